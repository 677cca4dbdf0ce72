# Everything of two modules outside the tree: either may bind a name.
from tkinter import *  #> IMPORTS external:tkinter
from typing import *  #> IMPORTS external:typing
def sell():
    cast(int, 1)  #> UNRESOLVED unknown-name
