class Steps:
    def __aiter__(self): return self
    async def __anext__(self): return Steps()
    def __iter__(self): return iter([])
    async def __aenter__(self): return self
    async def __aexit__(self, *a): ...
    def __enter__(self): ...
    def __exit__(self, *a): ...
    def go(self): ...
async def asynchronous(s: Steps):
    async for step in s: ...  #> CALLS ::Steps.__aiter__; CALLS ::Steps.__anext__
    async with s as t:  #> CALLS ::Steps.__aenter__; CALLS ::Steps.__aexit__
        t.go()  #> CALLS ::Steps.go
def synchronous(s: Steps):
    for step in s: ...  #> CALLS ::Steps.__iter__
    [1 for x in s]  #> CALLS ::Steps.__iter__
    a, b = s  #> CALLS ::Steps.__iter__
    print(*s)  #> CALLS ::Steps.__iter__
    list(s)  #> CALLS ::Steps.__iter__
    with s: ...  #> CALLS ::Steps.__enter__; CALLS ::Steps.__exit__
    yield from s  #> CALLS ::Steps.__iter__
class Indexed:
    def __getitem__(self, key): ...
def old_style(x: Indexed):
    for y in x: ...  #> CALLS ::Indexed.__getitem__
class Reading:
    def note(self): ...
class Writing:
    def note(self): ...
class Source:
    def __aiter__(self): return self
    async def __anext__(self): return Reading()
async def drain():
    async for reading in Source():  #> CALLS ::Source; CALLS ::Source.__aiter__; CALLS ::Source.__anext__
        reading.note()  #> CALLS ::Reading.note inferred
    [each.note() async for each in Source()]  #> CALLS ::Source; CALLS ::Source.__aiter__; CALLS ::Source.__anext__; CALLS ::Reading.note
