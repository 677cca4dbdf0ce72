class Base:
    def __init__(self): ...
    def run(self):
        self.step()  #> CALLS ::Base.step; CALLS ::Child.step override
    def step(self): ...
    @classmethod
    def make(cls):
        return cls()  #> CALLS ::Base.__init__
    @property
    def twin(self): return Base()
class Child(Base):  #> EXTENDS ::Base exact
    def step(self):
        super().step()  #> CALLS ::Base.step exact
    def only_here(self): ...
class Plain: ...
Child()  #> CALLS ::Base.__init__ exact
Plain()  #> CALLS ::Plain exact
Child().step()  #> CALLS ::Base.__init__; CALLS ::Child.step inferred
Child.make().only_here()  #> CALLS ::Base.make; CALLS ::Child.only_here
Base().twin.run()  #> CALLS ::Base.__init__; CALLS ::Base.twin; CALLS ::Base.run
Plain().missing()  #> CALLS ::Plain; UNRESOLVED no-such-member
def anything(x):
    x.only_here()  #> CALLS ::Child.only_here unique
    x.join([])  #> UNRESOLVED unknown-receiver
class Shape:
    def scale_up(self): ...
    def twin_of(self):
        return self.__class__()  #> CALLS ::Shape inferred
class Round(Shape):
    def scale_up(self): ...
class Oval(Round):
    def scale_up(self): ...
    def flatten(self): ...
class Paper:
    def flatten(self): ...
def unknown_receivers(x):
    x.scale_up()  #> CALLS ::Shape.scale_up unique; CALLS ::Oval.scale_up override; CALLS ::Round.scale_up override
    x.flatten()  #> UNRESOLVED unknown-receiver
def known_receiver():
    Shape().twin_of().scale_up()  #> CALLS ::Shape; CALLS ::Shape.twin_of; CALLS ::Shape.scale_up; CALLS ::Round.scale_up override; CALLS ::Oval.scale_up override
