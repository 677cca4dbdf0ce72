from . import own  #> IMPORTS pkg/own.py
from . import own as renamed  #> IMPORTS pkg/own.py
from .both import both  #> IMPORTS pkg/both.py
from . import deep  #> IMPORTS pkg/deep/__init__.py
