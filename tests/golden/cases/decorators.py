import functools
def trace(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args)  #> CALLS ::work
    return wrapper
@trace  #> CALLS ::trace
def work(): ...
work()  #> CALLS ::work; CALLS ::trace.wrapper
@functools.lru_cache
def cached(): ...
cached()  #> CALLS ::cached
from typing import overload
@overload
def many(x: int) -> int: ...
@overload
def many(x: str) -> str: ...
def many(x): return x
many(1)  #> CALLS ::many#3 exact
