"""What a call gives: an instance, or what a function is declared to return, else what it returns."""

from __future__ import annotations

from typing import Any

from aura_core.linking import named_tuples
from aura_core.linking.dependency_keys import KEY_SIGNATURE
from aura_core.linking.inference import builtins
from aura_core.linking.inference.state import NOTHING, Questions
from aura_core.linking.signatures import by_name, first_starred
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import Ref
from aura_core.parsing.python.ir import (
    B_PARAM,
    E_BOUND,
    E_CALL,
    E_NAME,
    F_GENERATOR,
    P_ARGS,
    P_CLS,
    P_KEYWORD,
    P_KWARGS,
    P_PLAIN,
    P_SELF,
)


class Calls(Questions):
    """Follows calls into what functions return."""

    def called(self, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
        """What a call gives."""
        out: list[Ref] = []
        row = file.exprs[place]
        for function in self.evaluate(file, scope, row[1], depth):
            if function[0] == "x" and function[1] in named_tuples.MAKING:
                out.append(("d", file.path, scope, place))
            elif function[0] == "d":
                out.append(("l", file.path, scope, place))
            elif function[0] == "x":
                out += builtins.external(self, function[1], file, scope, place, depth)
            elif function[0] == "e":
                out += builtins.method(self, function, file, scope, row, depth)
            else:
                out += self.call(function, depth, (file, scope, row))
        return out

    def call(self, function: Ref, depth: int, site: tuple[SourceFile, int, Any] | None = None) -> Any:
        """What calling a value gives; ``site`` is where, with the call's row, for what depends on its arguments."""
        kind = function[0]
        if kind == "c":
            return (("i", function[1], function[2], function[3]),)
        if kind == "f":
            return self._returned(function, depth, site)
        if kind == "v":
            return function[1]
        if kind == "x":
            return (("y", function[1] if function[1].rpartition(".")[2][:1].isupper() else f"{function[1]}()"),)
        if kind == "i" and depth > 1:
            return [
                r
                for method in self.attribute(function, "__call__", depth - 1)
                if method[0] == "f"
                for r in self.call(method, depth - 1)
            ]
        return NOTHING

    def _returned(self, function: Ref, depth: int, site: tuple[SourceFile, int, Any] | None) -> list[Ref]:
        file = self.program.files[function[1]]
        row = file.functions[function[2]]
        if row[0] >= 0:
            self.read(KEY_SIGNATURE, file.path, file.function_name(function[2]))
        if row[2] & F_GENERATOR:
            return [("g", file.path, function[2])]
        callables: list[Ref] = []
        if row[6]:
            declared = self.instances(file, file.scopes[row[1]][2], row[6], depth - 1)
            if any(r[0] in "icn" for r in declared) and not (
                function[3] is not None and self._is_self(file, row, function[3])
            ):
                return declared
            callables = [r for r in declared if r[0] == "v"]
            if len(declared) > len(callables) and not any(r[0] == "i" for r in declared):
                return declared
        out: list[Ref] = []
        for place in row[4]:
            passed = self._passed(file, row[1], place, function, depth, site)
            out += passed if passed is not None else self.evaluate(file, row[1], place, depth - 1)
        if not out and row[6] and function[3] is not None and self._is_self(file, row, function[3]):
            return [("i", *function[3][1:4])]
        return out or callables

    def _is_self(self, file: SourceFile, row: Any, receiver: Ref) -> bool:
        annotation = file.exprs[row[6]]
        return annotation is not None and annotation[0] == E_NAME and annotation[1] == "Self" and receiver[0] in "ic"

    def _passed(self, file: SourceFile, scope: int, place: int, function: Ref, depth: int, site: Any) -> Any:
        """What ``return parameter`` and ``return cls(…)`` give, which the caller knows best; None for any other
        expression.
        """
        row = file.exprs[place]
        calls = row[0] == E_CALL
        if calls:
            row = file.exprs[row[1]]
        if row is None or row[0] not in (E_NAME, E_BOUND):
            return None
        found = file.scopes[scope][3].get(row[1], ())
        if len(found) != 1 or found[0][0] != B_PARAM:
            return None
        _, _, position, role = found[0]
        receiver = function[3]
        if role in (P_SELF, P_CLS):
            if receiver is None or calls != (role == P_CLS):
                return None
            return self.call(receiver, depth) if calls else (receiver,)
        if calls or site is None or role in (P_ARGS, P_KWARGS):
            return None
        first = int(receiver is not None) + sum(function[4:])
        argument = _argument(site[0], site[2], file.functions[function[2]][3], position, first)
        return self.evaluate(site[0], site[1], argument, depth - 1) if argument else None


def _argument(file: SourceFile, row: Any, params: Any, position: int, first: int) -> int:
    """The argument expression of a call in a file that a plain parameter gets, when so many first ones are bound; 0
    when the call does not say.
    """
    name, kind, *_ = params[position]
    if kind in (P_PLAIN, P_KEYWORD):
        for key, e in by_name(row):
            if key == name:
                return int(e)
    place = position - first
    if kind != P_PLAIN or not 0 <= place < len(row[2]) or first_starred(file, row) <= place:
        return 0
    return int(row[2][place])
