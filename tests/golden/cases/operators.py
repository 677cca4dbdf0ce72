class Number:
    def __add__(self, other): return self
    def __radd__(self, other): return self
    def __iadd__(self, other): return self
    def __mul__(self, other): return self
    def __lt__(self, other): ...
    def __gt__(self, other): ...
    def __eq__(self, other): ...
    def __neg__(self): ...
    def more(self): ...
def arithmetic(n: Number):
    n + 1  #> CALLS ::Number.__add__ inferred
    1 + n  #> CALLS ::Number.__radd__ inferred
    n += 1  #> CALLS ::Number.__iadd__ inferred
    n *= 1  #> CALLS ::Number.__mul__ inferred
    n - 1  #> NOTHING
    1 + 1  #> NOTHING
    (n + 1).more()  #> CALLS ::Number.__add__; CALLS ::Number.more
def unknown(n):
    n + 1  #> NOTHING
    n[0]  #> NOTHING
    len(n)  #> NOTHING
def comparisons(n: Number):
    n < 1  #> CALLS ::Number.__lt__
    1 < n  #> CALLS ::Number.__gt__
    n == n  #> CALLS ::Number.__eq__
    n != 1  #> CALLS ::Number.__eq__
    n is n  #> NOTHING
    -n  #> CALLS ::Number.__neg__
    +n  #> NOTHING
class Box:
    def __getitem__(self, key): return Number()
    def __setitem__(self, key, value): ...
    def __delitem__(self, key): ...
    def __contains__(self, key): ...
    def __len__(self): ...
    def __str__(self): ...
    def __call__(self): ...
    def __await__(self): ...
def items(b: Box):
    b[0].more()  #> CALLS ::Box.__getitem__; CALLS ::Number.more
    b[0] = 1  #> CALLS ::Box.__setitem__
    del b[0]  #> CALLS ::Box.__delitem__
    b[0:1]  #> CALLS ::Box.__getitem__
    b[0] -= 1  #> CALLS ::Box.__getitem__; CALLS ::Box.__setitem__
    1 in b  #> CALLS ::Box.__contains__
    b in [1]  #> NOTHING
def builtin_functions(b: Box):
    len(b)  #> CALLS ::Box.__len__
    str(b)  #> CALLS ::Box.__str__
    repr(b)  #> NOTHING
    f"{b}"  #> CALLS ::Box.__str__
    f"{b!r}"  #> NOTHING
    print(b)  #> CALLS ::Box.__str__
    len(None)  #> NOTHING
def truth(b: Box, n: Number):
    if b: ...  #> CALLS ::Box.__len__
    if n: ...  #> NOTHING
    while not b: ...  #> CALLS ::Box.__len__
    assert b  #> CALLS ::Box.__len__
    n if b else n  #> CALLS ::Box.__len__
    [1 for _ in [1] if b]  #> CALLS ::Box.__len__
    b or n  #> CALLS ::Box.__len__
    n or b  #> NOTHING
    if b is None: ...  #> NOTHING
async def awaits(b: Box):
    await b  #> CALLS ::Box.__await__
    b()  #> CALLS ::Box.__call__
class Words(list):
    def __len__(self): ...
    def size(self):
        return len(self)  #> CALLS ::Words.__len__; CALLS ::Few.__len__ override
    def first(self):
        return self[0]  #> NOTHING
class Few(Words):
    def __len__(self): ...
class Lone:
    def __len__(self): ...
    def size(self):
        return len(self)  #> CALLS ::Lone.__len__ exact
