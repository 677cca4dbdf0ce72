# What a builtin type lacks is no attribute of it; what is not known of a value from outside is not said.
import datetime
import json
import os
import re
from asyncio import Queue
from collections import deque
from collections.abc import AsyncIterator, Iterable
class Pump:
    def prime(self): ...
    def append(self, x): ...
def pumps(rows: list[int], waiting: deque[Pump], lines: Iterable[str], ticks: AsyncIterator[int]):
    rows.prime()  #> UNRESOLVED no-such-member
    rows.append(1)  #> CALLS external:builtins.list.append inferred
    waiting.appendleft(Pump())  #> CALLS external:collections.deque.appendleft inferred; CALLS ::Pump exact
    waiting.popleft().prime()  #> CALLS external:collections.deque.popleft inferred; CALLS ::Pump.prime inferred
    waiting.prime()  #> UNRESOLVED no-such-member
    lines.popleft()  #> UNRESOLVED unknown-receiver
    lines.prime()  #> UNRESOLVED no-such-member
    ticks.aclose()  #> CALLS external:builtins.generator.aclose inferred
def literals():
    [].prime()  #> UNRESOLVED no-such-member
    {}.prime()  #> UNRESOLVED no-such-member
    "a".prime()  #> UNRESOLVED no-such-member
    (1).prime()  #> UNRESOLVED no-such-member
    str.prime("a")  #> UNRESOLVED no-such-member
    str.upper("a")  #> CALLS external:builtins.str.upper exact
    (x for x in "ab").send(1)  #> CALLS external:builtins.generator.send inferred
    (x for x in "ab").prime()  #> UNRESOLVED no-such-member
    Queue().put_nowait(1)  #> CALLS external:asyncio.Queue.put_nowait inferred; CALLS external:asyncio.Queue exact
    Queue().prime()  #> CALLS external:asyncio.Queue exact; UNRESOLVED no-such-member
def results(port):
    json.load(port).prime()  #> CALLS external:json.load exact; UNRESOLVED unknown-receiver
    json.load(port).first.prime()  #> CALLS external:json.load exact; UNRESOLVED unknown-receiver
    first = json.load(port).first
    first()  #> UNRESOLVED unknown-value
    os.getenv("PUMP").prime()  #> CALLS external:os.getenv exact; UNRESOLVED no-such-member
    os.getenv("PUMP").strip().upper()  #> CALLS external:os.getenv exact; CALLS external:builtins.str.strip inferred; CALLS external:builtins.str.upper inferred
    re.compile("a").match("a")  #> CALLS external:re.compile exact; CALLS external:re.Pattern.match inferred
    datetime.datetime(2000, 1, 1).replace().date()  #> CALLS external:datetime.datetime exact; CALLS external:datetime.datetime.replace inferred; CALLS external:datetime.datetime.date inferred
    open("a").read().split()[0].prime()  #> CALLS external:builtins.open exact; CALLS external:io.TextIOWrapper.read inferred; CALLS external:builtins.str.split inferred; UNRESOLVED no-such-member
def either(port):
    pump = json.load(port) or [1]
    if port:
        pump = Pump()  #> CALLS ::Pump exact
    pump.prime()  #> CALLS ::Pump.prime inferred
def default(row="", known: str = ""):
    row.prime()  #> UNRESOLVED unknown-receiver
    known.prime()  #> UNRESOLVED no-such-member
