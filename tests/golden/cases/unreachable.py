import typing
from contextlib import suppress
from typing import TYPE_CHECKING
class Twin:
    def __init__(self): ...
    def lift(self): ...
class Crane:
    def __init__(self): ...
    def lift(self): ...
def idle(): ...
def busy(): ...
if TYPE_CHECKING:
    idle()  #> NOTHING
    Machine = Twin
    OnlyType = Crane
else:
    busy()  #> CALLS ::busy exact
    Machine = Crane
if not typing.TYPE_CHECKING:
    Engine = Crane
else:
    Engine = Twin
def start():
    Machine().lift()  #> CALLS ::Crane.__init__; CALLS ::Crane.lift
    Engine().lift()  #> CALLS ::Crane.__init__; CALLS ::Crane.lift
def typed(machine: "OnlyType"):
    machine.lift()  #> CALLS ::Crane.lift inferred
def early(flag):
    return busy()  #> CALLS ::busy exact
    idle()  #> NOTHING
def either(flag):
    if flag:
        return 1
    else:
        raise ValueError
    idle()  #> NOTHING
def loops(items):
    for item in items:
        if item:
            continue
            idle()  #> NOTHING
        busy()  #> CALLS ::busy exact
    if 0:
        idle()  #> NOTHING
    elif False:
        idle()  #> NOTHING
    else:
        busy()  #> CALLS ::busy exact
    while False:
        idle()  #> NOTHING
    return busy() if True else idle()  #> CALLS ::busy exact
def swallowed(table, key):
    with suppress(KeyError):
        return table[key]
    busy()  #> CALLS ::busy exact
def handled():
    try:
        return busy()  #> CALLS ::busy exact
    except ValueError:
        pass
    busy()  #> CALLS ::busy exact
def guarded():
    try:
        return 1
    finally:
        busy()  #> CALLS ::busy exact
    idle()  #> NOTHING
def answer():
    return Crane()  #> CALLS ::Crane.__init__
    return Twin()  #> NOTHING
answer().lift()  #> CALLS ::answer; CALLS ::Crane.lift
def stops():
    return
    yield Crane()  #> NOTHING
for crane in stops():  #> CALLS ::stops
    crane.lift()  #> CALLS ::Crane.lift
