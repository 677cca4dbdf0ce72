def a(): ...
def b(): ...
def call(f):
    f()  #> CALLS ::a; CALLS ::b
call(a)  #> CALLS ::call
call(f=b)  #> CALLS ::call
table = {"a": a, "b": b}
table["a"]()  #> CALLS ::a
both = [a]
both.append(b)
both[0]()  #> CALLS ::a; CALLS ::b
x, (y, z) = a, (b, a)
y()  #> CALLS ::b
def passes(v): return v
passes(a)()  #> CALLS ::passes; CALLS ::a
def outer():
    def inner(): a()  #> CALLS ::a
    return inner
outer()()  #> CALLS ::outer; CALLS ::outer.inner
def generates():
    yield a
for g in generates():  #> CALLS ::generates
    g()  #> CALLS ::a
handlers = []
def runs_all():
    for handler in handlers:
        handler()  #> CALLS ::a inferred; CALLS ::b inferred
def registers(f):
    handlers.append(f)
registers(a)  #> CALLS ::registers exact
registers(f=b)  #> CALLS ::registers exact
