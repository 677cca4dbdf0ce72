class Ctx:
    def __enter__(self): return self
    def __exit__(self, *a): ...
    def use(self): ...
with Ctx() as c:  #> CALLS ::Ctx; CALLS ::Ctx.__enter__; CALLS ::Ctx.__exit__
    c.use()  #> CALLS ::Ctx.use
class It:
    def __iter__(self): return self
    def __next__(self): ...
for i in It():  #> CALLS ::It; CALLS ::It.__iter__; CALLS ::It.__next__
    pass
class Err(Exception):
    def __init__(self): ...
def fails():
    raise Err  #> CALLS ::Err.__init__
class Callable_:
    def __call__(self): ...
Callable_()()  #> CALLS ::Callable_; CALLS ::Callable_.__call__
from contextlib import closing
class Stream:
    def connect(self): ...
with closing(Stream()) as stream:  #> CALLS ::Stream
    stream.connect()  #> CALLS ::Stream.connect
