from contextlib import AsyncExitStack, ExitStack, aclosing, closing, nullcontext
class Pipe:
    def __enter__(self): return Inner()
    def __exit__(self, *a): ...
    async def __aenter__(self): return Inner()
    async def __aexit__(self, *a): ...
    def close(self): ...
    async def aclose(self): ...
    def read(self): ...
class Inner:
    def peek(self): ...
def use():
    with closing(Pipe()) as pipe:  #> CALLS ::Pipe; CALLS ::Pipe.close inferred
        pipe.read()  #> CALLS ::Pipe.read
    with nullcontext(Pipe()) as pipe:  #> CALLS ::Pipe
        pipe.read()  #> CALLS ::Pipe.read
    with Pipe() as inner:  #> CALLS ::Pipe; CALLS ::Pipe.__enter__; CALLS ::Pipe.__exit__
        inner.peek()  #> CALLS ::Inner.peek
    with ExitStack() as stack:
        inner = stack.enter_context(Pipe())  #> CALLS ::Pipe; CALLS ::Pipe.__enter__; CALLS ::Pipe.__exit__
        inner.peek()  #> CALLS ::Inner.peek
async def use_async():
    async with aclosing(Pipe()) as pipe:  #> CALLS ::Pipe; CALLS ::Pipe.aclose inferred
        pipe.read()  #> CALLS ::Pipe.read
    async with AsyncExitStack() as stack:
        inner = await stack.enter_async_context(Pipe())  #> CALLS ::Pipe; CALLS ::Pipe.__aenter__; CALLS ::Pipe.__aexit__
        inner.peek()  #> CALLS ::Inner.peek
