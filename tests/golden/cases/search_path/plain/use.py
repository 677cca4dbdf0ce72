# pytest puts ``suite`` on the path; ``src`` is a folder of the repository; ``packed`` is nowhere on a path.
from checks import check  #> IMPORTS suite/checks.py
from src.flat import bare  #> IMPORTS src/flat/bare.py
from src.flat.bare import strip  #> IMPORTS src/flat/bare.py
import src.flat.bare  #> IMPORTS src/flat/bare.py
import wrapped  #> NOTHING
from wrapped import unwrap as open_up  #> NOTHING
def go():
    check()  #> CALLS suite/checks.py::check exact
    bare.strip()  #> CALLS src/flat/bare.py::strip exact
    strip()  #> CALLS src/flat/bare.py::strip exact
    src.flat.bare.strip()  #> CALLS src/flat/bare.py::strip exact
    wrapped.unwrap()  #> UNRESOLVED unknown-receiver
    open_up()  #> UNRESOLVED unknown-value
