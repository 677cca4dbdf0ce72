import abc
class Plain: ...
class Counting(type):
    def __new__(mcs, name, bases, body): return super().__new__(mcs, name, bases, body)
    def __call__(cls, *args): return super().__call__(*args)
    def __len__(cls): return 0
    def __iter__(cls): return iter([Plain()])
    def create(cls): return cls()
class Counted(metaclass=Counting):  #> CALLS ::Counting.__new__ exact
    def __init__(self): ...
class Below(Counted): ...  #> CALLS ::Counting.__new__ exact; EXTENDS ::Counted
class Abstract(metaclass=abc.ABCMeta):  #> NOTHING
    def __init__(self): ...
class Own(metaclass=Counting):  #> CALLS ::Counting.__new__ exact
    def create(self): ...
def made():
    Counted()  #> CALLS ::Counting.__call__ exact; CALLS ::Counted.__init__ inferred
def made_below():
    Below()  #> CALLS ::Counting.__call__ exact; CALLS ::Counted.__init__ inferred
def of_another():
    Abstract()  #> CALLS ::Abstract.__init__ exact
def on_the_class():
    len(Counted)  #> CALLS ::Counting.__len__ inferred
def not_on_instances(counted: Counted):
    len(counted)  #> NOTHING
def over_the_class():
    for plain in Counted:  #> CALLS ::Counting.__iter__ inferred
        plain
def by_name():
    Counted.create()  #> CALLS ::Counting.create exact
def own_first():
    Own.create(Own)  #> CALLS ::Own.create exact
def not_by_instances(counted: Counted):
    counted.create()  #> UNRESOLVED no-such-member
class Registry:
    def __init_subclass__(cls, **options): cls.register()  #> CALLS ::Registry.register inferred; CALLS ::Plugin.register override
    @classmethod
    def register(cls): ...
class Plugin(Registry):  #> CALLS ::Registry.__init_subclass__ exact; EXTENDS ::Registry
    @classmethod
    def register(cls): ...
class Deep(Plugin):  #> CALLS ::Registry.__init_subclass__ exact; EXTENDS ::Plugin
    def __init_subclass__(cls): super().__init_subclass__()  #> CALLS ::Registry.__init_subclass__ exact
class Deeper(Deep): ...  #> CALLS ::Deep.__init_subclass__ exact; EXTENDS ::Deep
class Apart: ...  #> NOTHING
def locally():
    class Local(Registry): ...  #> CALLS ::Registry.__init_subclass__ exact; EXTENDS ::Registry
    return Local
class Field:
    def __set_name__(self, owner, name): ...
class Nameless:
    def __get__(self, owner, kind): ...
def field(): return Field()  #> CALLS ::Field
def wrap(function): return Field()  #> CALLS ::Field
class Form:  #> CALLS ::Field.__set_name__ inferred
    first = Field()
class Formed:  #> CALLS ::Field.__set_name__ inferred
    second = field()
class Wrapping:  #> CALLS ::Field.__set_name__ inferred
    @wrap
    def third(self): ...
class Informal:  #> NOTHING
    first = Nameless()
    kind = Field
    def __init__(self):
        self.second = Field()
class Replaced:  #> NOTHING
    first = Field()
    first = None
class Sealed(type):
    def create(cls, *args):
        return super().__call__(*args)
    def build(cls):
        made = type.__call__(cls)
        return made
    def count(cls):
        return 1
class Engine(metaclass=Sealed):
    def start_up(self): ...
class Motor:
    def start_up(self): ...
Engine.create(1).start_up()  #> CALLS ::Sealed.create; CALLS ::Engine.start_up
Engine.build().start_up()  #> CALLS ::Sealed.build; CALLS ::Engine.start_up
