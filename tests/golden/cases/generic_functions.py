import atexit
import functools
from functools import partialmethod, singledispatch, singledispatchmethod
class Shape:
    def area(self): ...
@singledispatch
def show(value): ...
@show.register
def _(value: int): ...
@show.register(str)
def show_text(value): ...
def show_list(value): ...
show.register(list, show_list)
def not_registered(value): ...
def plain(value): ...
def use():
    show(1)  #> CALLS ::show inferred; CALLS ::_ inferred; CALLS ::show_list inferred
    show("a")  #> CALLS ::show inferred; CALLS ::show_text inferred; CALLS ::show_list inferred
    show(unknown)  #> CALLS ::show inferred; CALLS ::_ inferred; CALLS ::show_text inferred; CALLS ::show_list inferred
@functools.singledispatch
def feed(animal): ...
class Cat:
    def meow(self): ...
class Dog:
    def bark(self): ...
class Puppy(Dog): ...
@feed.register
def feed_cat(animal: Cat): animal.meow()  #> CALLS ::Cat.meow
@feed.register(Dog)
def feed_dog(animal): animal.bark()  #> CALLS ::Dog.bark
def use_feed():
    feed(Cat())  #> CALLS ::Cat; CALLS ::feed; CALLS ::feed_cat
    feed(Puppy())  #> CALLS ::Puppy; CALLS ::feed; CALLS ::feed_dog
    feed(Shape())  #> CALLS ::Shape; CALLS ::feed
def use_one():
    show_text("a")  #> CALLS ::show_text inferred
class Table:
    @singledispatchmethod
    def put(self, value): ...
    @put.register
    def put_number(self, value: int): ...
    @put.register(str)
    def put_text(self, value): self.done()  #> CALLS ::Table.done exact
    def done(self): ...
    def run(self):
        self.put(1)  #> CALLS ::Table.put inferred; CALLS ::Table.put_number inferred
class Signals:
    def register(self, function): ...
signals = Signals()
@signals.register  #> CALLS ::Signals.register inferred
def on_signal(): ...
@atexit.register
def at_exit(): ...
def no_register(function): return function
@no_register
def undecorated(): ...
def others():
    undecorated()  #> CALLS ::undecorated
class Cell:
    def set_state(self, state): ...
    set_alive = partialmethod(set_state, True)
    def revive(self):
        self.set_alive()  #> CALLS ::Cell.set_state
def from_outside(cell: Cell):
    cell.set_alive()  #> CALLS ::Cell.set_state inferred
def missing(cell: Cell):
    cell.set_dead()  #> UNRESOLVED no-such-member
