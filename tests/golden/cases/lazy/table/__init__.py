import importlib
_NAMES = {"Engine": ".motor", "begin": (".motor", "start_up")}
_OTHER = {"never": ".motor"}
def __getattr__(name):
    target = _NAMES[name]
    return getattr(importlib.import_module(target, __name__), name)
def plain(): ...
