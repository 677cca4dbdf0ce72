from .fast import start
