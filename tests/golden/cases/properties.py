from functools import cached_property
class Value:
    def use(self): ...
    def __call__(self): ...
class Plain:
    def __init__(self):
        self.value = Value()
    @property
    def width(self): return Value()
    @width.setter
    def width(self, value): ...
    @width.deleter
    def width(self): ...
    @cached_property
    def depth(self): return Value()
    @property
    def sized(self): ...
    def method(self): ...
    def reads(self):
        self.width  #> CALLS ::Plain.width exact
        self.width.use()  #> CALLS ::Plain.width; CALLS ::Value.use inferred
        self.depth.use()  #> CALLS ::Plain.depth; CALLS ::Value.use inferred
        self.width()  #> CALLS ::Plain.width; CALLS ::Value.__call__
        self.sized  #> CALLS ::Plain.sized; CALLS ::Wide.sized override
        self.value  #> NOTHING
        self.method  #> NOTHING
    def writes(self):
        self.width = 1  #> CALLS ::Plain.width#2 exact
        self.width += 1  #> CALLS ::Plain.width; CALLS ::Plain.width#2
        del self.width  #> CALLS ::Plain.width#3 exact
        self.value = 1  #> NOTHING
class Wide(Plain):
    @property
    def sized(self): ...
def outside(p: Plain, q):
    p.width  #> CALLS ::Plain.width inferred
    Plain.width  #> NOTHING
    q.width  #> NOTHING
class Described:
    def __get__(self, instance, owner): return Value()
    def __set__(self, instance, value): ...
    def __delete__(self, instance): ...
class Holder:
    item = Described()
    def use(self):
        self.item.use()  #> CALLS ::Described.__get__; CALLS ::Value.use
        self.item = 1  #> CALLS ::Described.__set__
        del self.item  #> CALLS ::Described.__delete__
        self.missing = 1  #> NOTHING
class Watched:
    def __setattr__(self, name, value): ...
    def use(self):
        self.anything = 1  #> CALLS ::Watched.__setattr__
