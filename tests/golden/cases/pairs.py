# Pairs: the first element is not taken for the second.
import itertools
from collections.abc import Iterable, Mapping
class Cat:
    def speak(self): ...
class Dog:
    def speak(self): ...
def a(): ...
def b(): ...
def items_of_a_literal():
    for key, f in {"x": a, "y": b}.items():
        f()  #> CALLS ::a inferred; CALLS ::b inferred
        key()  #> UNRESOLVED unknown-value
def items_of_annotated(pets: dict[Cat, Dog], others: Mapping[Dog, Cat]):
    for cat, dog in pets.items():
        cat.speak()  #> CALLS ::Cat.speak inferred
        dog.speak()  #> CALLS ::Dog.speak inferred
    for dog in others:
        dog.speak()  #> CALLS ::Dog.speak inferred
    for dog in others.keys():
        dog.speak()  #> CALLS ::Dog.speak inferred
    for cat in others.values():
        cat.speak()  #> CALLS ::Cat.speak inferred
    dog, cat = others.popitem()
    cat.speak()  #> CALLS ::Cat.speak inferred
def items_with_functions_for_keys():
    for first, second in {a: b}.items():
        first()  #> CALLS ::a inferred
        second()  #> CALLS ::b inferred
    for key in {a: b}:
        key()  #> CALLS ::a inferred
def side_by_side():
    for cat, dog in zip([Cat()], [Dog()], strict=True):  #> CALLS ::Cat exact; CALLS ::Dog exact
        cat.speak()  #> CALLS ::Cat.speak inferred
        dog.speak()  #> CALLS ::Dog.speak inferred
    for f, g in itertools.product([a], [b]):
        g()  #> CALLS ::b inferred
def nothing_is_known_of_one(strangers):
    for cat, stranger in zip([a], strangers):
        cat()  #> CALLS ::a inferred
        stranger()  #> UNRESOLVED unknown-value
def all_alike(rows):
    for f, g in zip(*[[a], [b]]):
        g()  #> CALLS ::a inferred; CALLS ::b inferred
def numbered():
    for number, f in enumerate([a, b], 1):
        f()  #> CALLS ::a inferred; CALLS ::b inferred
        number()  #> UNRESOLVED unknown-value
    for number, (f, g) in enumerate(zip([a], [b])):
        f()  #> CALLS ::a inferred
        g()  #> CALLS ::b inferred
def annotated(both: tuple[Cat, Dog], many: tuple[Cat, ...], listed: Iterable[tuple[Dog, Cat]]):
    both[0].speak()  #> CALLS ::Cat.speak inferred
    both[-1].speak()  #> CALLS ::Dog.speak inferred
    both[2].speak()  #> UNRESOLVED unknown-receiver
    many[7].speak()  #> CALLS ::Cat.speak inferred
    cat, dog = both
    dog.speak()  #> CALLS ::Dog.speak inferred
    _, *rest = both
    rest[0].speak()  #> CALLS ::Dog.speak inferred
    for dog, cat in listed:
        cat.speak()  #> CALLS ::Cat.speak inferred
    for either in both:
        either.speak()  #> CALLS ::Cat.speak inferred; CALLS ::Dog.speak inferred
def any_of_them(both: tuple[Cat, Dog], i):
    both[i].speak()  #> CALLS ::Cat.speak inferred; CALLS ::Dog.speak inferred
def gives() -> tuple[Cat, Dog]: ...
def unpacked():
    cat, dog = gives()  #> CALLS ::gives exact
    cat.speak()  #> CALLS ::Cat.speak inferred
def in_a_comprehension():
    return [f() for _, f in sorted({"x": a}.items())]  #> CALLS ::a inferred
def sorted_is_another_order():
    sorted([a, b])[0]()  #> CALLS ::a inferred; CALLS ::b inferred
def from_pairs_to_a_dict():
    table = dict(zip(["x", "y"], [a, b]))
    for key, f in table.items():
        f()  #> CALLS ::a inferred; CALLS ::b inferred
def chained():
    for f in itertools.chain([a], [b]):
        f()  #> CALLS ::a inferred; CALLS ::b inferred
    for key, group in itertools.groupby([Cat()]):  #> CALLS ::Cat exact
        for cat in group:
            cat.speak()  #> CALLS ::Cat.speak inferred
def by_keyword(**pets: Cat):
    for name, pet in pets.items():
        pet.speak()  #> CALLS ::Cat.speak inferred
        name.speak()  #> UNRESOLVED no-such-member
