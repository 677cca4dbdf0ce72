import json
import kit
import kit.fast  #> IMPORTS kit/fast.pyi
import typed  #> IMPORTS typed-stubs/__init__.pyi
from kit import both, fast  #> IMPORTS kit/both.py; IMPORTS kit/fast.pyi
from kit.both import Late, early, late  #> IMPORTS kit/both.py
from kit.deep import only  #> IMPORTS kit/deep/only.pyi
from kit.fast import Engine, start  #> IMPORTS kit/fast.pyi
start()  #> CALLS kit/fast.pyi::start exact
fast.start().run()  #> CALLS kit/fast.pyi::start exact; CALLS kit/fast.pyi::Engine.run inferred; CALLS ::Turbo.run override
only.go()  #> CALLS kit/deep/only.pyi::go exact
typed.check()  #> CALLS typed-stubs/__init__.pyi::check exact
early()  #> CALLS kit/both.py::early exact
late()  #> CALLS kit/both.pyi::late exact
kit.both.late()  #> CALLS kit/both.pyi::late exact
both.never()  #> UNRESOLVED no-such-member
json.dumps(1)  #> CALLS external:json.dumps exact
class Turbo(Engine):  #> EXTENDS kit/fast.pyi::Engine
    def run(self):
        super().run()  #> CALLS kit/fast.pyi::Engine.run exact
class Later(Late): ...  #> EXTENDS kit/both.pyi::Late
class Sooner(both.Early): ...  #> EXTENDS kit/both.py::Early
def drive(engine: Engine, other):
    engine.run()  #> CALLS kit/fast.pyi::Engine.run inferred; CALLS ::Turbo.run override
    engine.size  #> CALLS kit/fast.pyi::Engine.size inferred
    other.wait_for_fuel()  #> CALLS kit/fast.pyi::Engine.wait_for_fuel unique
    other.twice_written()  #> CALLS kit/both.py::Early.twice_written unique
def local():
    from kit.both import hidden  #> IMPORTS kit/both.py
    hidden()  #> UNRESOLVED unknown-value
def by_arguments():
    fast.load(1).run()  #> CALLS kit/fast.pyi::load; CALLS kit/fast.pyi::load#2; CALLS kit/fast.pyi::Engine.run; CALLS ::Turbo.run override; CALLS kit/fast.pyi::Pump.run
