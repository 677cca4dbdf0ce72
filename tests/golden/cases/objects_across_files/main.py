import lib
from lib import Stove, annotated, local, many
class Pan:
    def heat(self, n): ...
class Pot:
    def heat(self, n): ...
class Cup:
    def heat(self, n): ...
class Jug:
    def heat(self, n): ...
class Brush:
    def scrub(self, n): ...
class Sponge:
    def scrub(self, n): ...
def main(unknown):
    lib.warm(Pan())  #> CALLS lib.py::warm exact; CALLS ::Pan exact
    lib.each([Pan()], other=Pot())  #> CALLS lib.py::each exact; CALLS ::Pan exact; CALLS ::Pot exact
    many(Pan())  #> CALLS lib.py::many; CALLS ::Pan
    many(Pot())  #> CALLS lib.py::many; CALLS ::Pot
    many(Cup())  #> CALLS lib.py::many; CALLS ::Cup
    many(Jug())  #> CALLS lib.py::many; CALLS ::Jug
    annotated(Pan())  #> CALLS lib.py::annotated; CALLS ::Pan
    local(Pan())  #> CALLS lib.py::local; CALLS ::Pan
    stove = Stove(Pan())  #> CALLS lib.py::Stove.__init__; CALLS ::Pan
    brush = Brush()  #> CALLS ::Brush
    stove.clean(brush)  #> CALLS lib.py::Stove.clean
