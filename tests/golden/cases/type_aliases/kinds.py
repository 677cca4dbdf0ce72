"""Names for types that are put together."""

from typing import Annotated, Optional, Union


class Boat:
    def sail(self): ...


class Car:
    def drive(self): ...


Marked = Annotated[Boat, "fast"]
Perhaps = Optional[Boat]
Either = Union[Boat, Car]
Other = Boat | Car
Nothing = Annotated[int, Boat]
BY_NAME = {"Boat": Car}
First = BY_NAME["Boat"]
