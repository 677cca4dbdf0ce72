# Values that seem to reach a call but do not.
import functools
def a(): ...
def b(): ...
def c(): ...
def aliases():
    f = a
    g = f
    f = b
    g()  #> CALLS ::a inferred
    f()  #> CALLS ::b inferred
def tuples():
    x, y = a, b
    x()  #> CALLS ::a inferred
    y()  #> CALLS ::b inferred
    first, *rest = a, b, c
    first()  #> CALLS ::a inferred
    x, y = y, x
    x()  #> CALLS ::b inferred
def by_name(first, second):
    first()  #> CALLS ::a inferred
    second()  #> CALLS ::b inferred
by_name(second=b, first=a)  #> CALLS ::by_name exact
def by_default(given, kept=a):
    kept()  #> CALLS ::a inferred
    given()  #> CALLS ::b inferred
by_default(b)  #> CALLS ::by_default exact
def never_called(f):
    f()  #> UNRESOLVED parameter
def gives_itself(f):
    return f
def gives_other(f):
    return b
gives_itself(a)()  #> CALLS ::gives_itself exact; CALLS ::a inferred
gives_other(a)()  #> CALLS ::gives_other exact; CALLS ::b inferred
def gives_what_it_calls(f):
    return f()  #> CALLS ::gives_b inferred
def gives_b():
    return b
gives_what_it_calls(gives_b)()  #> CALLS ::gives_what_it_calls exact; CALLS ::b inferred
def containers(key):
    table = {"a": a, "b": b, 1: c}
    table["b"]()  #> CALLS ::b inferred
    table[1]()  #> CALLS ::c inferred
    table["1"]()  #> UNRESOLVED computed
    row = [a, b]
    row[1]()  #> CALLS ::b inferred
    row[-1]()  #> CALLS ::b inferred
    table[key]()  #> CALLS ::a; CALLS ::b; CALLS ::c
    len(row)  #> NOTHING
def nested_containers():
    deep = {"in": {"a": a}, "out": {"a": b}}
    deep["out"]["a"]()  #> CALLS ::b inferred
def lambdas():
    f = lambda: a
    f()  #> NOTHING
    f()()  #> CALLS ::a inferred
    g = lambda a: a()  #> UNRESOLVED parameter
def closes_over(f):
    def inner():
        f()  #> CALLS ::a inferred
    return inner
closes_over(a)  #> CALLS ::closes_over exact
def inner():
    b()  #> CALLS ::b exact
def shadows():
    def b(): ...
    b()  #> CALLS ::shadows.b exact
    def below():
        b()  #> CALLS ::shadows.b exact
    below()  #> CALLS ::shadows.below exact
class Body:
    def b(self): ...
    def uses(self):
        b()  #> CALLS ::b exact
def comprehensions():
    f = a
    [f for f in [b]]
    f()  #> CALLS ::a
    [g() for g in [b]]  #> CALLS ::b inferred
    [h() for h in [c] if a()]  #> CALLS ::c inferred; CALLS ::a exact
    for key in {"x": a}:
        key()  #> UNRESOLVED unknown-value
    for value in {"x": a}.values():
        value()  #> CALLS ::a
def generates():
    yield a
    return b
def consumes():
    for f in generates():  #> CALLS ::generates exact
        f()  #> CALLS ::a inferred
    generates()()  #> CALLS ::generates exact; UNRESOLVED computed
    next(generates())()  #> CALLS ::generates exact; CALLS ::a inferred
def partials():
    functools.partial(a, b)()  #> CALLS ::a inferred
    functools.partial(a)  #> NOTHING
    functools.partial(by_default, b)()  #> CALLS ::by_default inferred
def wraps_nothing(f):
    @functools.wraps(f)
    def wrapper():
        return b()  #> CALLS ::b exact
    return wrapper
@wraps_nothing  #> CALLS ::wraps_nothing exact
def wrapped(): ...
def replaces(f):
    return b
@replaces  #> CALLS ::replaces exact
def replaced(): ...
def registered(f):
    return f
@registered  #> CALLS ::registered exact
def kept(): ...
kept()  #> CALLS ::kept
def only_named():
    a  #> NOTHING
    print(a, key=b)  #> NOTHING
    x = [a]  #> NOTHING
    return b  #> NOTHING
def deleted_name():
    f = a
    f = None
    f()  #> UNRESOLVED unknown-value
def text():
    "a()"  #> NOTHING
    f"{a}"  #> NOTHING
    eval("a()")  #> NOTHING
