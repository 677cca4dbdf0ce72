"""Finds what a parameter depends on by the name of its type: ``UserDep = Annotated[User, Depends(user)]``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from aura_core.linking.call_arguments import function_argument
from aura_core.linking.calls.call_sites import CallSite
from aura_core.linking.calls.call_targets import CallTargets
from aura_core.linking.inference.state import InferenceState, TooComplex
from aura_core.linking.libraries.runners import DEPENDENCIES, RUNNERS
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import V_CONTAINER, LiteralRef, Ref, Refs, outside_in
from aura_core.parsing.python import ir


class NamedDependencies:
    """Finds what a framework calls for the parameters of one file whose annotations are names."""

    def __init__(self, state: InferenceState, file: SourceFile, targets: CallTargets) -> None:
        self._state, self._file, self._targets = state, file, targets
        self._by_annotation: dict[tuple[int, int], list[Ref]] = {}

    def sites(self) -> Iterator[CallSite]:
        """Yield a site of each function that has such parameters, at the line of its ``def``."""
        file = self._file
        for definition, scope, _, parameters, *_ in file.functions:
            values = [r for *_, annotation in parameters for r in self._dependencies(file.parent(scope), annotation)]
            if definition < 0 or not values:
                continue
            site = CallSite(scope, ir.C_CALL, 0, file.definitions[definition].def_line, "")
            for value in values:
                with suppress(TooComplex):
                    self._targets.add_callback(site, value)
            yield site

    def _dependencies(self, scope: int, annotation: int) -> list[Ref]:
        """Return the functions and classes that an annotation says by a name."""
        row = self._file.exprs[annotation]
        if not ir.is_name(row) and not ir.is_attribute(row):
            return []
        values = self._by_annotation.get((scope, annotation))
        if values is None:
            named_values = self._state.infer_alone(self._file, scope, annotation)
            values = [
                r
                for value in named_values
                if value[0] == V_CONTAINER and len(value) == 4
                for r in self._in_metadata(value)
            ]
            self._by_annotation[scope, annotation] = values
        return values

    def _in_metadata(self, container: LiteralRef) -> Iterator[Ref]:
        """Yield what the dependencies in the arguments of ``Annotated`` call; without a function that is the type."""
        _, path, scope, place = container
        file = self._state.program.files[path]
        row = file.exprs[place]
        if not ir.is_sequence(row):
            return
        _, _, *places = row
        kind, *metadata = places or (0,)
        for item in metadata:
            call = file.exprs[item]
            if not ir.is_call(call):
                continue
            _, callee, _, _ = call
            for _, dotted in outside_in(self._infer(file, scope, callee)):
                if dotted in DEPENDENCIES:
                    yield from self._infer(file, scope, function_argument(call, RUNNERS[dotted]) or kind)

    def _infer(self, file: SourceFile, scope: int, place: int) -> Refs:
        return self._state.infer_alone(file, scope, place)
