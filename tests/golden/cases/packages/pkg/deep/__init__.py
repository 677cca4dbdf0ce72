from .. import own as up  #> IMPORTS pkg/own.py
from . import other  #> IMPORTS pkg/deep/other.py
Other = other.Other
