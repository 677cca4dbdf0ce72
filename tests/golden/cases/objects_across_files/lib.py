def warm(thing):
    thing.heat(3)  #> CALLS main.py::Pan.heat inferred
def each(things, *, other=None):
    for thing in things:
        thing.heat(1)  #> CALLS main.py::Pan.heat inferred
    other.heat()  #> CALLS main.py::Pot.heat inferred
def many(thing):
    thing.heat(1)  #> UNRESOLVED unknown-receiver
def annotated(thing: "Unknown"):
    thing.heat(1)  #> UNRESOLVED unknown-receiver
class Own:
    def heat(self): ...
def local(thing):
    thing.heat(1)  #> CALLS ::Own.heat inferred
local(Own())  #> CALLS ::local; CALLS ::Own
class Stove:
    def __init__(self, pan):
        self.pan = pan
    def cook(self):
        self.pan.heat(2)  #> CALLS main.py::Pan.heat inferred
    def clean(self, brush):
        brush.scrub(2)  #> CALLS main.py::Brush.scrub inferred
