# Starred arguments, ``*args`` and ``**kwargs``, partial application.
import functools
def a(): ...
def b(): ...
def c(): ...
class Cat:
    def speak(self): ...
class Base:
    def __init__(self, f):
        self.f = f
    def run(self):
        self.f()  #> CALLS ::a inferred; CALLS ::b inferred
class Derived(Base):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)  #> CALLS ::Base.__init__ exact
Derived(a)  #> CALLS ::Derived.__init__ exact
Derived(f=b)  #> CALLS ::Derived.__init__ exact
def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)  #> CALLS ::takes inferred
    return wrapper
@logged
def takes(g, h=None):
    g()  #> CALLS ::a inferred
    h()  #> CALLS ::b inferred
takes(a, h=b)  #> CALLS ::logged.wrapper inferred
def first_of(f, *rest):
    f()  #> CALLS ::a inferred
    rest[0]()  #> CALLS ::b inferred
    rest[1]()  #> CALLS ::c inferred
    for r in rest:
        r()  #> CALLS ::b inferred; CALLS ::c inferred
first_of(a, b, c)  #> CALLS ::first_of exact
def by_name(**kw):
    kw["f"]()  #> CALLS ::a inferred
    kw.get("g")()  #> CALLS ::b inferred
    kw.pop("h", c)()  #> CALLS ::c inferred
by_name(f=a, g=b)  #> CALLS ::by_name exact
def by_place(f, g):
    f()  #> CALLS ::a inferred
    g()  #> CALLS ::b inferred
by_place(*[a, b])  #> CALLS ::by_place exact
def by_key(f, g):
    f()  #> CALLS ::b inferred
    g()  #> CALLS ::a inferred
by_key(**{"g": a, "f": b})  #> CALLS ::by_key exact
def at_any_place(f, g, h):
    f()  #> CALLS ::a inferred
    g()  #> CALLS ::b inferred; CALLS ::c inferred
    h()  #> CALLS ::b inferred; CALLS ::c inferred
at_any_place(a, *{b, c})  #> CALLS ::at_any_place exact
def none_is_left(f, g=None):
    g()  #> UNRESOLVED parameter
none_is_left(*[a])  #> CALLS ::none_is_left exact
def under_another_name(f):
    f()  #> UNRESOLVED parameter
under_another_name(**{"g": a})  #> CALLS ::under_another_name exact
def annotated(*cats: Cat, **others: Cat):
    cats[0].speak()  #> CALLS ::Cat.speak inferred
    others["tom"].speak()  #> CALLS ::Cat.speak inferred
    for name, other in others.items():
        other.speak()  #> CALLS ::Cat.speak inferred
        name.speak()  #> UNRESOLVED no-such-member
def gives_back(first, second):
    return second
gives_back(*[a], b)()  #> CALLS ::gives_back exact; CALLS ::b inferred
def partly(f, g, h=None):
    f()  #> CALLS ::a inferred
    g()  #> CALLS ::b inferred
    h()  #> CALLS ::c inferred
part = functools.partial(partly, a)
part(b)  #> CALLS ::partly inferred
functools.partial(part, h=c)  #> NOTHING
class Keeps:
    part = functools.partial(partly, a)
    def use(self):
        self.part(b)  #> CALLS ::partly inferred
def under_any_name(**kw):
    kw["plain"]()  #> CALLS ::b inferred
under_any_name(plain=b)  #> CALLS ::under_any_name exact
def holds_no_dict(**kw):
    for value in kw.values():
        value["f"]()  #> UNRESOLVED computed
holds_no_dict(**{"f": a})  #> CALLS ::holds_no_dict exact
