class Cat:
    def speak(self): ...
    def purr(self): ...
class Dog:
    def speak(self): ...
class Puppy(Dog):
    def speak(self): ...
class Cage:
    def __init__(self, pet, other):
        self.pet = pet
        self.other = other
    def on_an_attribute(self):
        if isinstance(self.pet, Cat):
            self.pet.speak()  #> CALLS ::Cat.speak inferred
            self.other.speak()  #> UNRESOLVED unknown-receiver
        else:
            self.pet.speak()  #> UNRESOLVED unknown-receiver
        self.pet.speak()  #> UNRESOLVED unknown-receiver
    def left_before(self):
        if not isinstance(self.pet, Cat):
            return
        self.pet.speak()  #> CALLS ::Cat.speak inferred
    def in_one_expression(self):
        return isinstance(self.pet, Cat) and self.pet.speak()  #> CALLS ::Cat.speak inferred
    def in_the_other_branch(self):
        return self.pet.speak() if not isinstance(self.pet, Cat) else None  #> UNRESOLVED unknown-receiver
    def assigned_since(self):
        assert isinstance(self.pet, Cat)
        self.pet.speak()  #> CALLS ::Cat.speak inferred
        self.pet = make()
        self.pet.speak()  #> UNRESOLVED unknown-receiver
    def assigned_in_a_loop(self, pets):
        assert isinstance(self.pet, Cat)
        for pet in pets:
            self.pet.speak()  #> UNRESOLVED unknown-receiver
            self.pet = pet
        self.pet.speak()  #> CALLS ::Cat.speak inferred
    def later(self):
        if isinstance(self.pet, Cat):
            return lambda: self.pet.speak()  #> UNRESOLVED unknown-receiver
def of_another(cage):
    if isinstance(cage.pet, (Cat, Dog)):
        cage.pet.speak()  #> CALLS ::Cat.speak inferred; CALLS ::Dog.speak inferred; CALLS ::Puppy.speak override
        cage = make()
        cage.pet.speak()  #> UNRESOLVED unknown-receiver
def in_a_comprehension(cages):
    return [c.pet.speak() for c in cages if isinstance(c.pet, Cat)]  #> CALLS ::Cat.speak inferred
def in_a_branch(cage):
    if isinstance(cage.pet, Cat):
        cage.pet.purr()  #> CALLS ::Cat.purr inferred
    elif isinstance(cage.pet, Dog):
        cage.pet.speak()  #> CALLS ::Dog.speak inferred; CALLS ::Puppy.speak override
    cage.pet.speak()  #> UNRESOLVED unknown-receiver
def by_its_type(pet):
    if type(pet) is Dog:
        pet.speak()  #> CALLS ::Dog.speak inferred
    elif pet.__class__ == Cat:
        pet.speak()  #> CALLS ::Cat.speak inferred
    else:
        pet.speak()  #> UNRESOLVED unknown-receiver
def by_another_type(pet):
    if type(pet) is not Dog:
        return pet.speak()  #> UNRESOLVED unknown-receiver
    pet.speak()  #> CALLS ::Dog.speak inferred
def by_two_types(pet, other):
    if type(pet) is type(other):
        pet.speak()  #> UNRESOLVED unknown-receiver
def not_a_type(pet):
    if pet is Dog:
        pet.speak()  #> UNRESOLVED unknown-receiver
def make(): ...
