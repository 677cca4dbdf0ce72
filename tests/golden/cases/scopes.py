# Names that are bound by other scopes.
def a(): ...
def b(): ...
class Cat:
    def speak(self): ...
class Dog:
    def speak(self): ...
pet = None
def sets():
    global pet
    pet = Cat()  #> CALLS ::Cat exact
def does_not_set():
    pet = Dog()  #> CALLS ::Dog exact
    pet.speak()  #> CALLS ::Dog.speak inferred
def reads():
    pet.speak()  #> CALLS ::Cat.speak inferred
sets()  #> CALLS ::sets exact
pet.speak()  #> CALLS ::Cat.speak inferred
def outer():
    f = a
    f()  #> CALLS ::a inferred
    def inner():
        nonlocal f
        f = b
    f()  #> CALLS ::a inferred; CALLS ::b inferred
    inner()  #> CALLS ::outer.inner exact
    f()  #> CALLS ::a inferred; CALLS ::b inferred
def not_nonlocal():
    f = a
    def inner():
        f = b
        f()  #> CALLS ::b inferred
    inner()  #> CALLS ::not_nonlocal.inner exact
    f()  #> CALLS ::a inferred
def walrus(x):
    if cat := Cat():  #> CALLS ::Cat exact
        cat.speak()  #> CALLS ::Cat.speak inferred
    while (dog := Dog()) is not None:  #> CALLS ::Dog exact
        dog.speak()  #> CALLS ::Dog.speak inferred
    [y.speak() for i in x if (y := Cat())]  #> CALLS ::Cat exact; CALLS ::Cat.speak inferred
    y.speak()  #> CALLS ::Cat.speak inferred
def matches(x):
    match x:
        case Cat():
            x.speak()  #> CALLS ::Cat.speak inferred
        case Dog(name="rex") as dog:
            dog.speak()  #> CALLS ::Dog.speak inferred
            x.speak()  #> CALLS ::Dog.speak inferred
        case [Cat() as cat, *_]:
            cat.speak()  #> CALLS ::Cat.speak inferred
            x.speak()  #> UNRESOLVED unknown-receiver
        case {"pet": Dog() as dog}:
            dog.speak()  #> CALLS ::Dog.speak inferred
        case _:
            x.speak()  #> UNRESOLVED unknown-receiver
    x.speak()
def matches_either(x):
    match x:
        case Cat() | Dog():
            x.speak()  #> CALLS ::Cat.speak inferred; CALLS ::Dog.speak inferred
        case Cat() | None:
            x.speak()  #> UNRESOLVED unknown-receiver
class Owner:
    def tells(self):
        match self.pet:
            case Dog():
                self.pet.speak()  #> CALLS ::Dog.speak inferred
