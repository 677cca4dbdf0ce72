from collections import namedtuple
from typing import NamedTuple
class Cat:
    def speak(self): ...
class Dog:
    def speak(self): ...
class Pair(NamedTuple):
    cat: Cat
    dog: Dog = Dog()
    LIMIT = Cat()
    def swap(self): ...
class Both(Pair): ...
class Plain:
    cat: Cat
    dog: Dog
def unpacked(pair: Pair):
    cat, dog = pair
    cat.speak()  #> CALLS ::Cat.speak inferred
    dog.speak()  #> CALLS ::Dog.speak inferred
def made():
    _, dog = Pair(Cat(), Dog())  #> CALLS ::Cat; CALLS ::Dog; CALLS ::Pair
    dog.speak()  #> CALLS ::Dog.speak inferred
def by_place(pair: Both):
    pair[0].speak()  #> CALLS ::Cat.speak inferred
def from_the_end(pair: Pair):
    pair[-1].speak()  #> CALLS ::Dog.speak inferred
def any_of_them(pair: Pair, i):
    pair[i].speak()  #> CALLS ::Cat.speak inferred; CALLS ::Dog.speak inferred
def one_by_one(pair: Pair):
    for animal in pair:
        animal.speak()  #> CALLS ::Cat.speak inferred; CALLS ::Dog.speak inferred
def beyond(pair: Pair):
    pair[2].speak()  #> UNRESOLVED unknown-receiver
def not_a_tuple(plain: Plain):
    cat, _ = plain
    cat.speak()  #> UNRESOLVED unknown-receiver
Made = namedtuple("Made", "cat, dog")
Listed = namedtuple("Listed", ["cat", "dog"])
Typed = NamedTuple("Typed", [("cat", Cat), ("dog", Dog)])
def unpacked_of_a_made_one():
    cat, dog = Made(Cat(), Dog())  #> CALLS ::Cat exact; CALLS ::Dog exact
    dog.speak()  #> CALLS ::Dog.speak inferred
def by_name():
    Listed(dog=Dog(), cat=Cat()).cat.speak()  #> CALLS ::Cat exact; CALLS ::Cat.speak inferred; CALLS ::Dog exact
def by_place_and_name():
    typed = Typed(Cat(), dog=Dog())  #> CALLS ::Cat exact; CALLS ::Dog exact
    typed[1].speak()  #> CALLS ::Dog.speak inferred
def make(): return Made(Cat(), Dog())  #> CALLS ::Cat exact; CALLS ::Dog exact
def through_a_call():
    make().dog.speak()  #> CALLS ::make exact; CALLS ::Dog.speak inferred
def no_such_field():
    made = Made(Cat(), Dog())  #> CALLS ::Cat exact; CALLS ::Dog exact
    made.bird.speak()  #> UNRESOLVED unknown-receiver
def not_spelled_out(*animals):
    Made(*animals).cat.speak()  #> UNRESOLVED unknown-receiver; CALLS external:builtins.tuple inferred
