from ..tool import run as other  #> IMPORTS kit/tool.py
import tool  #> IMPORTS external:tool
def run():
    run()  #> CALLS kit/inner/sub.py::run exact
    other()  #> CALLS kit/tool.py::run exact
    tool.run()  #> NOTHING
