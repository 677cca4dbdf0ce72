# Arguments that builtin functions pass to the functions that they call.
import functools
import itertools
class Cat:
    def speak(self): ...
class Dog:
    def speak(self): ...
def keyed(cats: list[Cat], dog: Dog):
    sorted(cats, key=lambda c: c.speak())  #> CALLS ::Cat.speak inferred
    max(cats, key=lambda c: c.speak())  #> CALLS ::Cat.speak inferred
    min(dog, dog, key=lambda d: d.speak())  #> CALLS ::Dog.speak inferred
    cats.sort(key=lambda c: c.speak())  #> CALLS ::Cat.speak inferred
    cats.sort(key=tells)  #> CALLS ::tells inferred
    for _, group in itertools.groupby(cats, key=lambda c: c.speak()):  #> CALLS ::Cat.speak inferred
        next(group).speak()  #> CALLS ::Cat.speak inferred
def tells(cat):
    cat.speak()  #> CALLS ::Cat.speak inferred
def mapped(cats: list[Cat], dogs: list[Dog]):
    list(map(lambda c, d: d.speak(), cats, dogs))  #> CALLS ::Dog.speak inferred
    list(filter(lambda c: c.speak(), cats))  #> CALLS ::Cat.speak inferred
    functools.reduce(lambda before, c: c.speak(), cats, None)  #> CALLS ::Cat.speak inferred
    functools.reduce(lambda before, c: before.speak(), cats, dogs[0])  #> CALLS ::Cat.speak inferred; CALLS ::Dog.speak inferred
def not_the_key(cats: list[Cat]):
    sorted(cats, other=lambda c: c.speak())  #> UNRESOLVED unknown-receiver
    print(cats, key=lambda c: c.speak())  #> UNRESOLVED unknown-receiver
    def sorted_(cats, key): ...
    sorted_(cats, key=lambda c: c.speak())  #> CALLS ::not_the_key.sorted_ exact; UNRESOLVED unknown-receiver
def never_given(cat):
    cat.speak()  #> UNRESOLVED unknown-receiver
