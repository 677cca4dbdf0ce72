# Another file puts the folder on the path, and no package requires a module of that name.
import lock  #> IMPORTS vault/inner/lock.py
import lever  #> IMPORTS gear/lever.py
import numpy  #> IMPORTS external:numpy
lock.close()  #> CALLS vault/inner/lock.py::close exact
numpy.zeros()  #> CALLS external:numpy.zeros exact
