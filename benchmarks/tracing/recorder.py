"""The profile hook: records which code called which, at which instruction.

Standard library only: this runs inside the traced program.
"""

from __future__ import annotations

import dis
import gc
import importlib.machinery
import os
import sys
import threading
import types
from collections.abc import Callable
from typing import Any, NamedTuple

from creations import LAZY, instrumented

MAX_FRAMES_OUTSIDE = 8
"""A call that reaches the tree through at most this many frames outside is recorded with its place in the tree."""

Row = list[Any]


class SeenCode(NamedTuple):
    """A code object, which is kept alive so that its id stays its own, and whether it belongs to the tree."""

    code: types.CodeType
    is_inside: bool


class Recorder:
    """Records the calls made by code of one tree, each (place, callee) once."""

    def __init__(self, root: str) -> None:
        self.root = os.path.join(os.path.realpath(root), "")
        self.codes: dict[int, SeenCode] = {}
        self.calls: set[tuple[int, int, int, bool]] = set()
        self.natives: set[tuple[int, int, str]] = set()

    def start(self) -> None:
        """Trace this thread and every later one; generators of modules that are imported now report their creation."""
        _instrument_imports(self.root)
        hook = self.hook()
        threading.setprofile(hook)
        sys.setprofile(hook)

    @staticmethod
    def stop() -> None:
        """Stop tracing."""
        threading.setprofile(None)
        sys.setprofile(None)

    def hook(self) -> Callable[[types.FrameType, str, Any], None]:
        """Return the function for `sys.setprofile`. It is called for every call, so names are looked up once."""
        calls, natives, codes, is_inside = self.calls, self.natives, self.codes, self._is_inside

        def profile(frame: types.FrameType, event: str, arg: Any) -> None:
            if event == "c_call":
                code = frame.f_code
                seen = codes.get(id(code))
                if seen.is_inside if seen is not None else is_inside(code):
                    natives.add((id(code), frame.f_lasti, getattr(arg, "__qualname__", "?")))
            elif event == "call":
                code, back = frame.f_code, frame.f_back
                if back is None or code.co_flags & LAZY:
                    return
                caller = back.f_code
                seen = codes.get(id(caller))
                if seen.is_inside if seen is not None else is_inside(caller):
                    is_inside(code)
                    calls.add((id(caller), back.f_lasti, id(code), True))
                elif is_inside(code):
                    self._record_far_call(back, code)

        return profile

    def _is_inside(self, code: types.CodeType) -> bool:
        """Return whether code belongs to the tree."""
        seen = self.codes.get(id(code))
        if seen is None:
            seen = self.codes[id(code)] = SeenCode(code, code.co_filename.startswith(self.root))
        return seen.is_inside

    def _record_far_call(self, back: types.FrameType | None, code: types.CodeType) -> None:
        for _ in range(MAX_FRAMES_OUTSIDE):
            back = back.f_back if back is not None else None
            if back is None:
                return
            if self._is_inside(back.f_code):
                self.calls.add((id(back.f_code), back.f_lasti, id(code), False))
                return

    def rows(self) -> list[Row]:
        """Return a row of each call, sorted.

        A row is [file, position, operation, kind, callee's file or name, callee's name, callee's first line].
        A position is (line, column, end line, end column). Kinds: ``direct`` and ``far`` (through code outside the
        tree) calls of code in the tree, ``outside`` and ``native`` ones of other code.
        """
        codes, rows = self.codes, []
        for caller, offset, callee, is_direct in self.calls.copy():
            code, is_inside = codes[callee]
            kind = ("direct" if is_direct else "far") if is_inside else "outside"
            file = self._file(code) if is_inside else ""
            rows.append([*self._place(codes[caller].code, offset), kind, file, _dotted(code), code.co_firstlineno])
        for caller, offset, name in self.natives.copy():
            rows.append([*self._place(codes[caller].code, offset), "native", "", name, 0])
        return sorted(rows, key=repr)

    def _file(self, code: types.CodeType) -> str:
        return code.co_filename[len(self.root) :].replace(os.sep, "/")

    def _place(self, code: types.CodeType, offset: int) -> Row:
        """Return file, position and operation of the instruction at a byte offset."""
        line, end_line, column, end_column = list(code.co_positions())[offset // 2]
        binary = code.co_code
        while offset > 0 and binary[offset] == 0:  # a cache entry, which belongs to the instruction before it
            offset -= 2
        return [self._file(code), [line, column, end_line, end_column], dis.opname[binary[offset]]]

    def classes(self) -> list[Row]:
        """Return a row of each living class of the tree whose constructor is in the tree too.

        A row is [file, name, constructor's file, constructor's name, constructor's first line].
        """
        rows = []
        for cls in gc.get_objects():
            if isinstance(cls, type) and (file := self._module_file(cls)):
                for name in ("__init__", "__new__"):
                    code = getattr(_function(cls, name), "__code__", None)
                    if isinstance(code, types.CodeType) and self._is_inside(code):
                        class_name = cls.__qualname__.replace("<locals>.", "")
                        rows.append([file, class_name, self._file(code), _dotted(code), code.co_firstlineno])
                        break
        return sorted(rows)

    def _module_file(self, cls: type) -> str:
        module = sys.modules.get(cls.__module__)
        file = getattr(module, "__file__", None) or ""
        return file[len(self.root) :].replace(os.sep, "/") if file.startswith(self.root) else ""


def _function(cls: type, name: str) -> Any:
    """Return the plain function behind a class's attribute, None when no base has it."""
    for base in cls.__mro__:
        if name in vars(base):
            value = vars(base)[name]
            return getattr(value, "__func__", value)
    return None


def _dotted(code: types.CodeType) -> str:
    return code.co_qualname.replace("<locals>.", "")


def _instrument_imports(root: str) -> None:
    original = importlib.machinery.SourceFileLoader.source_to_code

    def source_to_code(self: Any, data: Any, path: Any, **options: Any) -> types.CodeType:
        code = original(self, data, path, **options)
        return instrumented(code) if str(path).startswith(root) else code

    importlib.machinery.SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign]
