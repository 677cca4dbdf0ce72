"""What a person typed, turned into values: Typer does it, with pydantic, which takes longer to load than a command may
need to answer.
"""

from __future__ import annotations

from typing import Any


class OnlyWhereNeeded:
    """Typer's conversion of one parameter, asked for what is not of the parameter's type yet. Texts, defaults and what
    was not given are.
    """

    def __init__(self, parameter: Any) -> None:
        self._own = parameter.get_runtime_param
        self._type = parameter.type_descriptor.annotation

    def __call__(self) -> OnlyWhereNeeded:
        """Stands where Typer asks for the conversion."""
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value, converted and checked."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if type(value) is self._type and (not isinstance(value, str) or _is_text(value)):
            return value
        return self._own().coerce(value, param=param, ctx=ctx)


def spare_conversions(command: Any) -> None:
    """Let a command and those below it convert only what must be. Where Typer has no such step (it is not part of its
    interface), nothing changes.
    """
    own_help = command.get_help_option
    for parameter in command.params:
        _spare(parameter)
    command.get_help_option = lambda ctx: _spare(own_help(ctx))
    for inner in getattr(command, "commands", {}).values():
        spare_conversions(inner)


def _spare(parameter: Any) -> Any:
    own = getattr(parameter, "get_runtime_param", None)
    if own is not None and not isinstance(own, OnlyWhereNeeded):
        parameter.get_runtime_param = OnlyWhereNeeded(parameter)
    return parameter


def _is_text(value: str) -> bool:
    """Whether an argument is UTF-8: what is not is Typer's to refuse."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
