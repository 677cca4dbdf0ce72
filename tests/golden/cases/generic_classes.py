import typing
from collections import defaultdict
T = typing.TypeVar("T")
class Slot(typing.Generic[T]):
    def __init__(self, name): ...
    def fill(self): ...
class Made:
    def __class_getitem__(cls, key):
        return Other
class Other:
    def fill(self): ...
class Meta(type):
    def __getitem__(cls, key):
        return Other()
class Indexed(metaclass=Meta): ...
slot = Slot[int]("a")  #> CALLS ::Slot.__init__ exact
slot.fill()  #> CALLS ::Slot.fill
class House:
    door = Slot[typing.Optional[str]]("door")  #> CALLS ::Slot.__init__ exact
Made[int]().fill()  #> CALLS ::Other inferred; CALLS ::Other.fill
Indexed[0].fill()  #> CALLS ::Meta.__getitem__; CALLS ::Other.fill
table = defaultdict[str, Slot](lambda: Slot("b"))
table["x"].fill()  #> CALLS ::Slot.fill
