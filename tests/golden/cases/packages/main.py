from pkg import own  #> IMPORTS pkg/own.py
from pkg import renamed  #> IMPORTS pkg/__init__.py
from pkg import both  #> IMPORTS pkg/__init__.py
from pkg import late  #> IMPORTS pkg/late.py
from pkg import absent  #> IMPORTS pkg/__init__.py
from pkg import deep as d  #> IMPORTS pkg/deep/__init__.py
import pkg
own.f()  #> CALLS pkg/own.py::f exact
renamed.f()  #> CALLS pkg/own.py::f exact
both()  #> CALLS pkg/both.py::both exact
pkg.own.f()  #> CALLS pkg/own.py::f exact
d.up.f()  #> CALLS pkg/own.py::f exact
class A(pkg.own.Base): ...  #> EXTENDS pkg/own.py::Base
class B(d.Other): ...  #> EXTENDS pkg/deep/other.py::Other
