import functools
from collections.abc import Awaitable, Callable, Coroutine, Generator
from asyncio import Future
class Answer:
    def read(self): ...
def coroutine(function: Callable[..., Generator]) -> Callable[..., "Future[Answer]"]:
    @functools.wraps(function)
    def wrapper(*args):
        return drive(function(*args))  #> CALLS ::drive exact; CALLS ::Client.fetch inferred; CALLS ::Client.twice inferred; CALLS ::loose inferred
    return wrapper
def drive(generator): ...
def ask() -> "Future[Answer]": ...
async def later() -> Answer: ...
def promised() -> Awaitable[Answer]: ...
def planned() -> Coroutine[None, None, Answer]: ...
class Client:
    @coroutine
    def fetch(self):
        answer = yield ask()
        answer.read()  #> CALLS ::Answer.read inferred
    @coroutine
    def twice(self):
        yield self.fetch()  #> CALLS ::coroutine.wrapper inferred
@coroutine
def loose():
    yield
loose()  #> CALLS ::coroutine.wrapper inferred
def plain():
    answer = yield ask()
    answer.read()  #> UNRESOLVED unknown-receiver
async def main():
    (await promised()).read()  #> CALLS ::promised; CALLS ::Answer.read inferred
    (await planned()).read()  #> CALLS ::planned; CALLS ::Answer.read inferred
    (await later()).read()  #> CALLS ::later; CALLS ::Answer.read inferred
    ask().add_done_callback(print)  #> CALLS ::ask
