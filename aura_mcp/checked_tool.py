"""Tools that say in our words what is wrong with their arguments, and take the words of commands and HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Self, cast

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import ValidationError

from aura_core.errors import AuraError, InvalidRequest
from aura_core.service.input_errors import reason_of
from aura_mcp.answers import failure

PUBLIC_NAMES: Final[Mapping[str, str]] = MappingProxyType({"start": "from", "end": "to"})
"""Names that agents use for parameters whose own names Python does not allow."""

SYNONYMS: Final[Mapping[str, str]] = MappingProxyType(
    {"budget": "max_tokens", "name": "symbol", "q": "query", "kinds": "kind", "start": "from", "end": "to"}
)
"""Other words for the same argument, which are taken too."""

MAX_NAME_CHARS: Final = 100


class CheckedTool(Tool):
    """A tool whose wrong arguments are answered with what is wrong, and with the arguments that there are."""

    @classmethod
    def of(cls, function: Callable[..., Any], title: str, annotations: ToolAnnotations) -> Self:
        """Return the tool of a function. Its docstring is what agents read about it."""
        description = " ".join((function.__doc__ or "").split())
        # It makes an object of this class, and says less of its type.
        tool = cast("Self", cls.from_function(function, title=title, description=description, annotations=annotations))
        schema = tool.parameters
        schema["properties"] = {PUBLIC_NAMES.get(name, name): value for name, value in schema["properties"].items()}
        schema["required"] = [PUBLIC_NAMES.get(name, name) for name in schema.get("required", ())]
        schema["additionalProperties"] = False
        return tool

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        """Run the tool, or answer what is wrong with its arguments."""
        try:
            checked = self._checked(arguments)
        except AuraError as error:
            return failure(error)
        return await super().run(checked, context, convert_result)

    def _checked(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments by the names of the function's parameters. Raises ``InvalidRequest``."""
        names = self.parameters["properties"]
        values: dict[str, Any] = {}
        for word, value in arguments.items():
            name = word if word in names else SYNONYMS.get(word, word)
            if name not in names:
                raise self._invalid(f"{self.name} has no argument {_short(word)!r}.", word)
            if name in values:
                twin = next(
                    (other for other in arguments if other != word and SYNONYMS.get(other, other) == name), name
                )
                raise self._invalid(f"{_short(word)} and {_short(twin)} mean the same, and both are there.", name)
            values[name] = [value] if name == "kind" and _is_one_word(value) else value
        own_names = {public: own for own, public in PUBLIC_NAMES.items() if public in names}
        checked = {own_names.get(name, name): value for name, value in values.items()}
        try:
            self.fn_metadata.validate_arguments(checked)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            own_name = str(first["loc"][0])
            name = ".".join([PUBLIC_NAMES.get(own_name, own_name), *map(str, first["loc"][1:])])
            raise self._invalid(f"{name} {reason_of(first)}.", name) from error
        return checked

    def _invalid(self, message: str, name: str) -> InvalidRequest:
        names = ", ".join(self.parameters["properties"])
        return InvalidRequest(message, remedy=f"Arguments of {self.name}: {names}.", field=_short(name))


def _short(name: str) -> str:
    return name[:MAX_NAME_CHARS]


def _is_one_word(value: object) -> bool:
    # A text that begins like a list is one in JSON, as some clients send it.
    return isinstance(value, str) and not value.lstrip().startswith("[")
