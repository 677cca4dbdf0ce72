from typing import Union

from kinds import BY_NAME, Either, First, Marked, Nothing, Other, Perhaps


def moves(a: Marked, b: Perhaps, c: Either, d: Other, e: Union[Perhaps, int]):
    a.sail()  #> CALLS kinds.py::Boat.sail inferred
    b.sail()  #> CALLS kinds.py::Boat.sail inferred
    c.sail()  #> CALLS kinds.py::Boat.sail inferred
    c.drive()  #> CALLS kinds.py::Car.drive inferred
    d.drive()  #> CALLS kinds.py::Car.drive inferred
    e.sail()  #> CALLS kinds.py::Boat.sail inferred


def stays(a: Nothing, b: BY_NAME, d: First):
    a.sail()  #> UNRESOLVED no-such-member
    b.sail()  #> CALLS kinds.py::Boat.sail unique
    d.drive()  #> CALLS kinds.py::Car.drive inferred


Marked()  #> CALLS kinds.py::Boat inferred
