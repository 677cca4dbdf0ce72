from .tool import run as shown
