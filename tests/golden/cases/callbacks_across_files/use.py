from lib import Keeper, deco, run, through, untouched
import lib
def first(): ...
def second(): ...
def third(): ...
def fourth(): ...
class Bare: ...
class Job:
    def __init__(self):
        run(self.step)  #> CALLS lib.py::run
    def step(self): ...
    @deco  #> CALLS lib.py::deco
    def both(self): ...
@lib.deco  #> CALLS lib.py::deco
def decorated(): ...
run(first, second, key=third, x=fourth)  #> CALLS lib.py::run
run(Job)  #> CALLS lib.py::run
run(Bare)  #> CALLS lib.py::run
Keeper(first).fire()  #> CALLS lib.py::Keeper.__init__; CALLS lib.py::Keeper.fire
untouched(first())  #> CALLS lib.py::untouched; CALLS ::first
through(second)  #> CALLS lib.py::through
from lib import hold, mark
@mark  #> CALLS lib.py::mark
class Marked: ...
def forwards(work):
    run(work)  #> CALLS lib.py::run
forwards(decorated)  #> CALLS ::forwards
hold(first)  #> CALLS lib.py::hold
from lib import act
chosen = first
act(chosen)  #> CALLS lib.py::act
def chooses(swapped):
    either = second if swapped else decline
    act(either)  #> CALLS lib.py::act
    number = len(swapped)  #> NOTHING
    act(number)  #> CALLS lib.py::act
def decline(): ...
