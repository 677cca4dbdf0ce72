from typing import Optional, TYPE_CHECKING
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
