# A class calls on self what stands before it in the mro of a common subclass.
class Loud:
    def greet(self): ...
class Quiet:
    def leave(self): ...
    def greet(self): ...
class Person:
    def greet(self): ...
    def leave(self): ...
    def meet(self):
        self.greet()  #> CALLS ::Person.greet inferred; CALLS ::Loud.greet override
        self.leave()  #> CALLS ::Person.leave exact
class Singer(Loud, Person): ...
class Monk(Person, Quiet): ...
Person().greet()  #> CALLS ::Person exact; CALLS ::Person.greet
# A bound method that is passed on may be that of a subclass.
class Timer:
    def __init__(self, action):
        self.action = action
    def fire(self):
        self.action()  #> CALLS ::Lamp.switch; CALLS ::Neon.switch override
class Lamp:
    def __init__(self):
        self.timer = Timer(self.switch)  #> CALLS ::Timer.__init__
    def switch(self): ...
class Neon(Lamp):
    def switch(self): ...
class Stove:
    def switch(self): ...
def direct(action):
    action()  #> CALLS ::Stove.switch
direct(Stove().switch)  #> CALLS ::direct; CALLS ::Stove
class Oven(Stove):
    def switch(self):
        super().switch()  #> CALLS ::Stove.switch exact
class Grill(Oven):
    def switch(self):
        super().switch()  #> CALLS ::Oven.switch exact
# The only method of a name that others do not override may be overridden too.
class Leaf:
    def wander(self): ...
class Twig(Leaf):
    def wander(self): ...
class Stem:
    def settle(self): ...
def walk(plant):
    plant.wander()  #> CALLS ::Leaf.wander unique; CALLS ::Twig.wander override
    plant.settle()  #> CALLS ::Stem.settle unique
# A mixin reads the properties of the classes that it is mixed into.
class Measured:
    def report(self):
        return self.area, self.count  #> CALLS ::Box.area
class Box(Measured):
    @property
    def area(self): ...
    def count(self): ...
class Disc:
    @property
    def area(self): ...
# Registries of subclasses.
class Plugin:
    @classmethod
    def run_all(cls):
        for kind in cls.__subclasses__():  #> CALLS external:builtins.type.__subclasses__
            kind.run()  #> CALLS ::Fast.run; CALLS ::Slow.run
    def use(self):
        self.backend()  #> UNRESOLVED unknown-value
        self.nothing()  #> UNRESOLVED no-such-member
    def __init__(self, backend):
        self.backend = backend
class Fast(Plugin):
    @classmethod
    def run(cls): ...
class Slow(Fast):
    @classmethod
    def run(cls): ...
class Other:
    @classmethod
    def run(cls): ...
