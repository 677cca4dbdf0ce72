from . import sub  #> IMPORTS kit/inner/sub.py
from .. import sub as outer  #> IMPORTS kit/__init__.py
sub.run()  #> CALLS kit/inner/sub.py::run exact
outer.run()  #> UNRESOLVED unknown-receiver
