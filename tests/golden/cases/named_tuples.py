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
