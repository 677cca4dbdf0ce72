import kit.tool
import kit.other as tool  #> IMPORTS kit/other.py
from kit import shown  #> IMPORTS kit/__init__.py
from kit.public import *  #> IMPORTS kit/public.py
from kit.open import *  #> IMPORTS kit/open.py
from missing import run as f  #> IMPORTS external:missing
kit.tool.run()  #> CALLS kit/tool.py::run exact
tool.run()  #> CALLS kit/other.py::run exact
shown()  #> CALLS kit/tool.py::run exact
listed()  #> CALLS kit/public.py::listed exact
unlisted()  #> UNRESOLVED unknown-name
plain()  #> CALLS kit/open.py::plain exact
_private()  #> UNRESOLVED unknown-name
run()  #> UNRESOLVED unknown-name
f()  #> NOTHING
def inside():
    from kit.tool import only_here  #> IMPORTS kit/tool.py
    only_here()  #> CALLS kit/tool.py::only_here exact
only_here()  #> UNRESOLVED unknown-name
def shadowed(kit):
    kit.tool.run()  #> UNRESOLVED unknown-receiver
try:
    from kit.tool import fast as work
except ImportError:
    from kit.other import slow as work
work()  #> CALLS kit/tool.py::fast inferred; CALLS kit/other.py::slow inferred
kit.inner.run()  #> UNRESOLVED no-such-member
