from typing import Callable, Optional, TYPE_CHECKING
class T:
    def m(self): return self
    def n(self): ...
def annotated(x: "T", y: Optional[T], zs: list[T]):
    x.m()  #> CALLS ::T.m
    y.m()  #> CALLS ::T.m
    for z in zs:
        z.m()  #> CALLS ::T.m
def gives() -> T: ...
gives().n()  #> CALLS ::gives exact; CALLS ::T.n inferred
T().m().n()  #> CALLS ::T exact; CALLS ::T.m inferred; CALLS ::T.n inferred
class Holder:
    def __init__(self):
        self.t = T()
    def use(self):
        self.t.m()  #> CALLS ::T.m
def narrowed(v):
    if isinstance(v, T):
        v.n()  #> CALLS ::T.n
def factories(make: Callable[[int], T], by_name: dict[str, Callable[..., T]], bare: Callable):
    make(1).m()  #> UNRESOLVED parameter; CALLS ::T.m inferred
    by_name["x"]().m()  #> UNRESOLVED computed; CALLS ::T.m inferred
    bare().strange()  #> UNRESOLVED parameter; UNRESOLVED unknown-receiver
def makes() -> Callable[[], T]:
    def inner(): return T()  #> CALLS ::T exact
    return inner
makes()().m()  #> CALLS ::makes exact; CALLS ::makes.inner inferred; CALLS ::T.m inferred
