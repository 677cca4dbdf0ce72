# Folders that statements put on the search path.
import sys
import os.path
from pathlib import Path
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "gear"))
HERE = Path(__file__).resolve()
for extra in [HERE.parents[1] / "vault" / "inner", "no/such/folder"]:
    sys.path.append(str(extra))
import lever  #> IMPORTS gear/lever.py exact
import lock as bolt  #> IMPORTS vault/inner/lock.py
from deep.cog import turn  #> IMPORTS gear/deep/cog.py
import missing  #> IMPORTS external:missing
def go():
    lever.Lever().pull()  #> CALLS gear/lever.py::Lever exact; CALLS gear/lever.py::Lever.pull inferred
    bolt.close()  #> CALLS vault/inner/lock.py::close exact
    turn()  #> CALLS gear/deep/cog.py::turn exact
    missing.turn()  #> CALLS external:missing.turn exact
