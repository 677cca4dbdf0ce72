def __getattr__(name):
    if name == "Robot":
        from .bot import Robot
        return Robot
    if name in ("spawn", "halt"):
        from tested.bot import spawn, halt
        return {"spawn": spawn, "halt": halt}[name]
    raise AttributeError(name)
