import pkg, os.path  #> IMPORTS pkg/__init__.py
from pkg import go, listed  #> IMPORTS pkg/__init__.py
from pkg import sub  #> IMPORTS pkg/sub/__init__.py
import pkg.core as c  #> IMPORTS pkg/core.py
from ns import mod  #> IMPORTS ns/mod.py
from lib.a import f  #> IMPORTS src/lib/a.py
go()  #> CALLS pkg/core.py::run exact
listed()  #> CALLS pkg/star.py::listed exact
pkg.Thing().do()  #> CALLS pkg/core.py::Thing exact; CALLS pkg/core.py::Thing.do inferred
c.run()  #> CALLS pkg/core.py::run exact
mod.f()  #> CALLS ns/mod.py::f exact
f()  #> CALLS src/lib/a.py::f exact
os.path.join("a")  #> CALLS external:os.path.join exact
pkg.unlisted()  #> UNRESOLVED no-such-member
try:
    from absent import run
except ImportError:
    from pkg.core import run
run()  #> CALLS pkg/core.py::run; CALLS external:absent.run
