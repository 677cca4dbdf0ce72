from ..core import run  #> IMPORTS pkg/core.py
run()  #> CALLS pkg/core.py::run exact
