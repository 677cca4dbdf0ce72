import dataclasses
import enum
class Both:
    def __new__(cls):
        return super().__new__(cls)  #> NOTHING
    def __init__(self):
        super().__init__()  #> NOTHING
def both():
    Both()  #> CALLS ::Both.__new__ exact; CALLS ::Both.__init__ exact
@dataclasses.dataclass
class Point:
    x: int
    def __post_init__(self): ...
def point():
    Point(1)  #> CALLS ::Point.__post_init__ inferred
class Color(enum.Enum):
    RED = 1
    def paint(self): ...
    @classmethod
    def best(cls): ...
def member():
    Color.RED.paint()  #> CALLS ::Color.paint inferred
def named():
    Color["RED"].paint()  #> CALLS ::Color.paint inferred
def every():
    for color in Color:
        color.paint()  #> CALLS ::Color.paint inferred
def of_the_class():
    Color.best()  #> CALLS ::Color.best exact
class NoEnum:
    RED = 1
    def paint(self): ...
def no_member():
    NoEnum.RED.paint()  #> UNRESOLVED no-such-member
def really_missing(n: NoEnum):
    n.missing()  #> UNRESOLVED no-such-member
