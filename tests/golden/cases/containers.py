# What containers hold that a call creates, and which values flow into them.
import asyncio
import heapq
import queue
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
def a(): ...
def b(): ...
def c(): ...
class Cat:
    def speak(self): ...
class Dog:
    def speak(self): ...
def made_by_calls():
    some = set()
    some.add(a)
    others = set()
    others.add(b)
    for f in some:
        f()  #> CALLS ::a inferred
    for f in others:
        f()  #> CALLS ::b inferred
    row = list([a, c])
    row.append(b)
    for f in row:
        f()  #> CALLS ::a inferred; CALLS ::b inferred; CALLS ::c inferred
    queue = deque()
    queue.appendleft(c)
    queue.extendleft([a])
    queue.popleft()()  #> CALLS ::c inferred; CALLS ::a inferred
def by_name():
    table = dict(x=a, y=b)
    table["y"]()  #> CALLS ::b inferred
    table["z"]()  #> UNRESOLVED computed
    copied = dict(table, z=c)
    copied["x"]()  #> CALLS ::a inferred
    copied["z"]()  #> CALLS ::c inferred
    ordered = OrderedDict()
    ordered["x"] = b
    ordered["x"]()  #> CALLS ::b inferred
def from_pairs():
    table = dict([("x", a), ("y", b)])
    table["x"]()  #> CALLS ::a inferred
    table.update([("z", c)])
    table["z"]()  #> CALLS ::c inferred
    table.update(w=b)
    table["w"]()  #> CALLS ::b inferred
listeners = defaultdict(list)
def listen(event, f):
    listeners[event].append(f)
listen("start", a)  #> CALLS ::listen exact
listen("stop", b)  #> CALLS ::listen exact
def tell(event):
    for f in listeners[event]:
        f()  #> CALLS ::a inferred; CALLS ::b inferred
def makes_objects():
    cats = defaultdict(Cat)
    cats["tom"].speak()  #> CALLS ::Cat.speak inferred
    numbers = defaultdict(int)
    numbers["x"].speak()  #> UNRESOLVED unknown-receiver
def by_default(key):
    groups = {}
    groups.setdefault(key, []).append(a)
    for f in groups[key]:
        f()  #> CALLS ::a inferred
@dataclass
class Registry:
    handlers: list = field(default_factory=list)
    guards: list = field(default_factory=list)
    pet: Cat = field(default_factory=Cat)
    def register(self, f):
        self.handlers.append(f)
    def guard(self, f):
        self.guards.append(f)
    def run(self):
        for handler in self.handlers:
            handler()  #> CALLS ::b inferred
        self.pet.speak()  #> CALLS ::Cat.speak inferred
registry = Registry()
registry.register(b)  #> CALLS ::Registry.register
registry.guard(c)  #> CALLS ::Registry.guard
def not_the_builtin():
    def set(): return [b]
    some = set()  #> CALLS ::not_the_builtin.set exact
    some[0]()  #> CALLS ::b inferred
def behind_a_star(more):
    row = [*[a, b], c]
    row[0]()  #> CALLS ::a inferred; CALLS ::b inferred; CALLS ::c inferred
    first, second = *[a, b], c
    second()  #> CALLS ::a inferred; CALLS ::b inferred; CALLS ::c inferred
def extremes():
    max([Cat()], key=id).speak()  #> CALLS ::Cat exact; CALLS ::Cat.speak inferred
    max(Cat(), Dog()).speak()  #> CALLS ::Cat exact; CALLS ::Dog exact; CALLS ::Cat.speak inferred; CALLS ::Dog.speak inferred
def stored_again():
    table = {"x": a, "y": b}
    table["x"] = c
    table["x"]()  #> CALLS ::c inferred
    table["y"]()  #> CALLS ::b inferred
    merged = {**table, "y": a}
    merged["y"]()  #> CALLS ::a inferred
def stored_in_branches(wanted):
    table = {"x": a}
    if wanted:
        table["x"] = b
    else:
        table["x"] = c
    table["x"]()  #> CALLS ::a inferred; CALLS ::b inferred; CALLS ::c inferred
shared = {"x": a}
def stores_elsewhere():
    shared["x"] = b
def uses_shared():
    shared["x"]()  #> CALLS ::a inferred; CALLS ::b inferred
def slices(n):
    row = [a, b, c]
    row[1:3][0]()  #> CALLS ::b inferred
    row[:-1][1]()  #> CALLS ::b inferred
    for f in row[:2]:
        f()  #> CALLS ::a inferred; CALLS ::b inferred
    row[n:][0]()  #> CALLS ::a inferred; CALLS ::b inferred; CALLS ::c inferred
    row[-2:][0]()  #> CALLS ::a inferred; CALLS ::b inferred; CALLS ::c inferred
    row[1:n][0]()  #> CALLS ::b inferred
    first, *middle, last = row
    middle[0]()  #> CALLS ::b inferred
    last()  #> CALLS ::c inferred
def slices_of_what_is_far():
    row = [a, b, c]
    row[1000000] = a
    row[1:][0]()  #> CALLS ::a inferred; CALLS ::b inferred; CALLS ::c inferred
def joined(n):
    both = [a] + [b, c]
    both[0]()  #> CALLS ::a inferred
    both[2]()  #> CALLS ::c inferred
    more = [a] + [b]
    more.append(c)
    for f in more:
        f()  #> CALLS ::a inferred; CALLS ::b inferred; CALLS ::c inferred
    ([a] * n)[1]()  #> CALLS ::a inferred
    for f in {a} | {b}:
        f()  #> CALLS ::a inferred; CALLS ::b inferred
    ({"x": a} | {"y": b})["y"]()  #> CALLS ::b inferred
def stored_at_the_end():
    row = [a, b]
    row[-1] = c
    row[0]()  #> CALLS ::a inferred; CALLS ::c inferred
    takes_none(*row)  #> CALLS ::takes_none exact
def takes_none(): ...
class Loop:
    def __init__(self):
        self.due = []
    def later(self, when, f):
        heapq.heappush(self.due, (when, f))
    def run(self):
        when, f = heapq.heappop(self.due)
        f()  #> CALLS ::a inferred
        when()  #> UNRESOLVED unknown-value
Loop().later(1, a)  #> CALLS ::Loop.__init__ exact; CALLS ::Loop.later inferred
jobs = queue.Queue(10)
others = queue.Queue(10)
jobs.put(a)  #> CALLS external:queue.Queue.put
others.put_nowait(c)
def works():
    while True:
        jobs.get()()  #> CALLS ::a inferred
async def works_later():
    later = asyncio.Queue()
    await later.put((1, b))
    number, f = await later.get()
    f()  #> CALLS ::b inferred
