# Everything of one module outside the tree: a name that nothing else binds comes from it.
from typing import *  #> IMPORTS external:typing
from shop.names import *  #> IMPORTS shop/names.py
class Cat:
    def speak(self): ...
def use(cats: List[Cat], maybe: Optional[Cat]):
    cats[0].speak()  #> CALLS ::Cat.speak inferred
    maybe.speak()  #> CALLS ::Cat.speak inferred
    cast(Cat, maybe).speak()  #> CALLS external:typing.cast exact; CALLS ::Cat.speak inferred
    sell()  #> CALLS shop/names.py::sell exact
    print()  #> CALLS external:builtins.print exact
class Named(Protocol):  #> EXTENDS external:typing.Protocol
    name: str
