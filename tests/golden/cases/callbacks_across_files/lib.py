import re
from functools import partial
def run(work, *more, key=None, **named):
    work()  #> CALLS use.py::first inferred; CALLS use.py::Job.step inferred; CALLS use.py::Job.__init__; CALLS use.py::Bare
    for extra in more:
        extra()  #> CALLS use.py::second
    key()  #> CALLS use.py::third
    named["x"]()  #> CALLS use.py::fourth
def later(work):
    return partial(work, 1)
def deco(function):
    def wrapper(*args):
        return function(*args)  #> CALLS use.py::decorated; CALLS use.py::Job.both
    return wrapper
class Keeper:
    def __init__(self, callback):
        self.callback = callback
    def fire(self):
        self.callback()  #> CALLS use.py::first
        re.sub("a", self.callback, "b")  #> CALLS use.py::first
def untouched(work):
    work()  #> UNRESOLVED parameter
    return work.step()  #> UNRESOLVED unknown-receiver
def through(work):
    run_it(work)  #> CALLS ::run_it
def run_it(work):
    work()  #> CALLS use.py::second
def mark(cls):
    return cls
def hold(thing):
    thing.x()  #> UNRESOLVED unknown-receiver
def act(step):
    step()  #> CALLS use.py::first inferred; CALLS use.py::second inferred; CALLS use.py::decline inferred
