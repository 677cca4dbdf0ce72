"""Finds the pytest fixtures that tests and other fixtures ask for by the names of their parameters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from aura_core.linking.calls.call_sites import CallSite
from aura_core.linking.calls.call_targets import CallTargets
from aura_core.linking.dependency_keys import KEY_MEMBER, KEY_NAME, KEY_ONLY_METHOD
from aura_core.linking.inference.names import infer_bindings, infer_global
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState, TooComplex
from aura_core.linking.source_file import MODULE_SCOPE, REGISTERED_NAME, SourceFile
from aura_core.linking.values import V_FUNCTION, CallableRef, functions_in
from aura_core.model.graph import Resolution
from aura_core.parsing.python import ir

CONFTEST: Final = "conftest.py"

_PYTEST: Final = frozenset({"pytest", "fixture", "pytest_asyncio"})

_PARAMETERS: Final = frozenset({ir.P_PLAIN, ir.P_KEYWORD})


class FixtureCalls:
    """Finds the fixtures that pytest calls for the functions of one file."""

    def __init__(self, state: InferenceState, file: SourceFile, targets: CallTargets) -> None:
        self._state, self._file, self._targets = state, file, targets
        self._visible: dict[str, list[CallableRef]] = {}

    def sites(self) -> Iterator[CallSite]:
        """Yield a site of each test and fixture that asks for fixtures, with these as its targets."""
        file = self._file
        _, _, _, module_bindings, _ = file.scopes[MODULE_SCOPE]
        # the rest of a file is looked at only where it may be about tests
        if not _is_test_file(file.path) and _PYTEST.isdisjoint(module_bindings):
            return
        fixtures = file.fixtures
        for place, (definition, scope, flags, parameters, *_) in enumerate(file.functions):
            if definition < 0 or not (place in fixtures or _is_test(file, place)):
                continue
            receivers = int(bool(flags & ir.F_METHOD) and not flags & ir.F_STATIC)
            site = CallSite(scope, ir.C_CALL, 0, file.definitions[definition].def_line, "")
            for name, kind, default, _ in parameters[receivers:]:
                if kind in _PARAMETERS and not default:
                    self._state.begin()
                    with suppress(TooComplex):
                        for function in self._fixtures(place, name):
                            site.add(self._targets.uid(function), Resolution.INFERRED)
            if site.targets:
                yield site

    def _fixtures(self, place: int, name: str) -> list[CallableRef]:
        """Return the fixture that a parameter of the function at a place means: of the class around the function, else
        of the file, else of a ``conftest.py``. A fixture that asks for its own name gets the next one.
        """
        for fixtures in (self._of_class(place, name), self._of_module(self._file, name)):
            others = [f for f in fixtures if not self._is_at(f, place)]
            if others:
                return others
        if name not in self._visible:
            self._visible[name] = self._of_conftests(name) or self._registered(name)
        return [f for f in self._visible[name] if not self._is_at(f, place)]

    def _is_at(self, function: CallableRef, place: int) -> bool:
        _, path, function_place, *_ = function
        return path == self._file.path and function_place == place

    def _of_class(self, place: int, name: str) -> list[CallableRef]:
        file = self._file
        _, scope, *_ = file.functions[place]
        around = file.class_around(scope)
        if around is None:
            return []
        _, class_scope, *_ = file.classes[file.class_places[around]]
        self._state.read(KEY_MEMBER, file.path, around, name)
        bindings = file.reaching(class_scope, name) or ()
        return self._fixtures_in(functions_in(infer_bindings(self._state, file, class_scope, bindings, MAX_CHAIN)))

    def _of_module(self, file: SourceFile, name: str) -> list[CallableRef]:
        return self._fixtures_in(functions_in(infer_global(self._state, file, name, MAX_CHAIN) or ()))

    def _of_conftests(self, name: str) -> list[CallableRef]:
        """Return the fixture of the nearest ``conftest.py`` in the folder of the file or above."""
        folder = self._file.path
        while folder:
            folder, _, _ = folder.rpartition("/")
            path = f"{folder}/{CONFTEST}" if folder else CONFTEST
            # also of a file that does not exist: it may come
            self._state.read(KEY_NAME, path, name)
            file = self._state.program.files.get(path)
            fixtures = self._of_module(file, name) if file is not None and file is not self._file else []
            if fixtures:
                return fixtures
        return []

    def _registered(self, name: str) -> list[CallableRef]:
        """Return the fixture that a decorator gives the name: ``@pytest.fixture(name="shop")``."""
        registered = f"{REGISTERED_NAME}{name}"
        self._state.read(KEY_ONLY_METHOD, registered)
        path, _, function = (self._state.program.only_method(registered) or "").partition("::")
        file = self._state.program.files.get(path)
        folder, _, base = path.rpartition("/")
        is_visible = path == self._file.path or (base == CONFTEST and self._file.path.startswith(folder))
        if file is None or not is_visible:
            return []
        return self._fixtures_in([(V_FUNCTION, path, file.function_places[function], None)])

    def _fixtures_in(self, functions: list[CallableRef]) -> list[CallableRef]:
        files = self._state.program.files
        return [f for f in functions for _, path, place, *_ in (f,) if place in files[path].fixtures]


def _is_test_file(path: str) -> bool:
    _, _, name = path.rpartition("/")
    return name.startswith("test_") or name.endswith("_test.py") or name == CONFTEST


def _is_test(file: SourceFile, place: int) -> bool:
    _, _, name = file.function_name(place).rpartition(".")
    return name.startswith("test")
