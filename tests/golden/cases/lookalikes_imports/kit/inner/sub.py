from ..tool import run as other  #> IMPORTS kit/tool.py
import tool  #> NOTHING
def run():
    run()  #> CALLS kit/inner/sub.py::run exact
    other()  #> CALLS kit/tool.py::run exact
    tool.run()  #> UNRESOLVED unknown-receiver
