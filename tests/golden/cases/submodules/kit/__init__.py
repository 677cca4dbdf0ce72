from . import fields
from .tools import hammer
from .same import same
def own(): ...
