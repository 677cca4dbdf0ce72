# Functions that return their argument after it is awaited or copied.
import asyncio
import copy
from dataclasses import dataclass, replace
class Cat:
    def speak(self): ...
@dataclass
class Owner:
    cat: Cat
    def moved(self):
        return replace(self, cat=Cat())  #> CALLS ::Cat exact
class Dog:
    def speak(self): ...
async def a_cat() -> Cat: ...
async def a_dog() -> Dog: ...
async def gathers():
    cat, dog = await asyncio.gather(a_cat(), a_dog())  #> CALLS ::a_cat exact; CALLS ::a_dog exact
    cat.speak()  #> CALLS ::Cat.speak inferred
    dog.speak()  #> CALLS ::Dog.speak inferred
async def gathers_more(others):
    first, *rest = await asyncio.gather(a_cat(), *others)  #> CALLS ::a_cat exact
    first.speak()  #> CALLS ::Cat.speak inferred
async def gathers_any():
    cat = (await asyncio.gather(*[a_cat()]))[0]  #> CALLS ::a_cat exact
    cat.speak()  #> CALLS ::Cat.speak inferred
async def tasks():
    task = asyncio.create_task(a_cat())  #> CALLS ::a_cat exact
    (await task).speak()  #> CALLS ::Cat.speak inferred
    asyncio.sleep(a_dog)  #> NOTHING
def copies(owner: Owner):
    owner.moved().cat.speak()  #> CALLS ::Owner.moved inferred; CALLS ::Cat.speak inferred
    copy.copy(owner).cat.speak()  #> CALLS ::Cat.speak inferred
    owner.cat.copied().speak()  #> UNRESOLVED no-such-member; UNRESOLVED unknown-receiver
