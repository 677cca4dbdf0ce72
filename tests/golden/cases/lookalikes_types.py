# Annotations that name a class although the value is not an instance of it.
from __future__ import annotations
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, Self, TypeVar
if TYPE_CHECKING:
    from collections.abc import Mapping
V = TypeVar("V")
class T:
    def m(self): ...
    @classmethod
    def made(cls) -> Self: ...
    def same(self) -> Self: ...
class U(T):
    def u(self): ...
class X:
    def m(self): ...
    def u(self): ...
def containers(ts: list[T], by_t: dict[T, X], maybe: Optional[T], either: T | None):
    ts.m()  #> UNRESOLVED no-such-member
    ts[0].m()  #> CALLS ::T.m inferred
    by_t[ts[0]].m()  #> CALLS ::X.m inferred
    for key in by_t:
        key.m()  #> CALLS ::T.m inferred
    maybe.m()  #> CALLS ::T.m inferred
    either.m()  #> CALLS ::T.m inferred
def classes(kind: type[T], factory: Callable[[X], T]):
    kind()  #> CALLS ::T inferred
    kind().m()  #> CALLS ::T inferred; CALLS ::T.m inferred
    factory().m()  #> UNRESOLVED parameter; CALLS ::T.m inferred
    factory.m()  #> UNRESOLVED unknown-receiver
def unknown(any: Any, word: "str", number: int, mapping: Mapping[str, T]):
    any.m()  #> UNRESOLVED unknown-receiver
    word.m()  #> UNRESOLVED no-such-member
    number.u()  #> UNRESOLVED no-such-member
    mapping["a"].m()  #> CALLS ::T.m inferred
def narrowed(v):
    if isinstance(v, T):
        v.m()  #> CALLS ::T.m inferred
    else:
        v.m()  #> UNRESOLVED unknown-receiver
    v.m()  #> CALLS ::T.m
def narrowed_to_either(v):
    if isinstance(v, (T, X)):
        v.m()  #> CALLS ::T.m inferred; CALLS ::X.m inferred
def not_narrowed(v, w):
    if not isinstance(v, T):
        return
    if issubclass(w, T):
        w.m()  #> UNRESOLVED unknown-receiver
    if type(w) is T:
        ...
def chained(u: U):
    u.same().u()  #> CALLS ::T.same inferred; CALLS ::U.u inferred
    U.made().u()  #> CALLS ::T.made exact; CALLS ::U.u inferred
class Box(Generic[V]):
    def get(self) -> V: ...
def boxed(box: Box[T]):
    box.m()  #> UNRESOLVED no-such-member
    box.get()  #> CALLS ::Box.get inferred
def annotated_only(x):
    x: T
    T: int
    return T
def in_a_text(x: "no type at all"):
    x.m()  #> UNRESOLVED unknown-receiver
