import functools
def trace(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args)  #> CALLS ::work
    return wrapper
@trace  #> CALLS ::trace
def work(): ...
work()  #> CALLS ::trace.wrapper inferred
@functools.lru_cache
def cached(): ...
cached()  #> CALLS ::cached inferred
def swap(f):
    return spare
def spare(): ...
@swap
def lost(): ...
lost()  #> CALLS ::spare inferred
import typing
def checked(f):
    def inner(*args):
        return f(*args)  #> CALLS ::job; CALLS ::Boss.work; CALLS ::Boss.pay; CALLS ::Boss.fee
    return typing.cast(typing.Any, functools.update_wrapper(inner, f))
def copied(f):
    def inner(*args):
        return f(*args)  #> CALLS ::twice_checked; CALLS ::Boss.all
    return functools.wraps(f)(inner)
@checked
def job(): ...
@functools.lru_cache
@copied
def twice_checked(): ...
class Boss:
    @checked
    def work(self): ...
    @property
    @checked
    def pay(self): return Purse()
    @staticmethod
    @checked
    def fee(): ...
    @classmethod
    @copied
    def all(cls): ...
    def day(self):
        self.work()  #> CALLS ::checked.inner inferred
        self.pay.count()  #> CALLS ::checked.inner inferred; CALLS ::Purse.count
        self.fee()  #> CALLS ::checked.inner inferred
        self.all()  #> CALLS ::copied.inner inferred
class Purse:
    def count(self): ...
def use():
    job()  #> CALLS ::checked.inner inferred
    twice_checked()  #> CALLS ::copied.inner inferred
    for each in [job, plain]:
        each()  #> CALLS ::checked.inner; CALLS ::plain
def plain(): ...
class Command:
    def __init__(self, f):
        self.f = f
    def __call__(self):
        self.f()  #> CALLS ::task
@Command
def task(): ...
task()  #> CALLS ::Command.__call__ inferred
def same(f):
    return f
@same
def marked(): ...
marked()  #> CALLS ::marked inferred
from typing import overload
@overload
def many(x: int) -> int: ...
@overload
def many(x: str) -> str: ...
def many(x): return x
many(1)  #> CALLS ::many#3 exact
def setup(f):
    def wrapper_func(self, *args):
        self.check()
        return f(self, *args)  #> CALLS ::Scaffold.add_route; CALLS ::Scaffold.make_purse
    return wrapper_func
class Scaffold:
    @setup
    def add_route(self, rule):
        def decorator(f):
            return f
        return decorator
    @setup
    def make_purse(self):
        return Purse()
def views(app):
    @app.add_route("/")  #> CALLS ::setup.wrapper_func unique; CALLS ::Scaffold.add_route.decorator unique
    def index(): ...
    app.unknown("/")(index)  #> UNRESOLVED computed; UNRESOLVED unknown-receiver
def typed_views(scaffold: Scaffold):
    @scaffold.add_route("/")  #> CALLS ::setup.wrapper_func inferred; CALLS ::Scaffold.add_route.decorator inferred
    def other(): ...
    scaffold.make_purse().count()  #> CALLS ::setup.wrapper_func; CALLS ::Purse.count inferred
