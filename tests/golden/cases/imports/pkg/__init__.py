from .core import run as go, Thing
from .star import *

