"""The profile hook: which code called which, at which instruction. Standard library only: this runs inside the traced
program.
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
from typing import Any

from creations import LAZY, instrumented

FAR = 8
"""A call that reaches the tree through at most so many frames outside it still says where in the tree it started."""

Row = list[Any]


class Recorder:
    """Calls made by code of one tree, each (place, callee) once."""

    def __init__(self, root: str) -> None:
        self.root = os.path.join(os.path.realpath(root), "")
        self.codes: dict[int, tuple[types.CodeType, bool]] = {}
        self.calls: set[tuple[int, int, int, bool]] = set()
        self.natives: set[tuple[int, int, str]] = set()

    def start(self) -> None:
        """Trace this thread and every later one, and have generators report their creation in whatever is imported
        from the tree.
        """
        _instrument_imports(self.root)
        hook = self.hook()
        threading.setprofile(hook)
        sys.setprofile(hook)

    @staticmethod
    def stop() -> None:
        """Trace no further."""
        threading.setprofile(None)
        sys.setprofile(None)

    def hook(self) -> Callable[[types.FrameType, str, Any], None]:
        """The function for `sys.setprofile`."""
        calls, natives, codes, known = self.calls, self.natives, self.codes, self._known

        def profile(frame: types.FrameType, event: str, arg: Any) -> None:
            if event == "c_call":
                code = frame.f_code
                seen = codes.get(id(code))
                if seen[1] if seen is not None else known(code):
                    natives.add((id(code), frame.f_lasti, getattr(arg, "__qualname__", "?")))
            elif event == "call":
                code, back = frame.f_code, frame.f_back
                if back is None or code.co_flags & LAZY:
                    return
                caller = back.f_code
                seen = codes.get(id(caller))
                if seen[1] if seen is not None else known(caller):
                    known(code)
                    calls.add((id(caller), back.f_lasti, id(code), True))
                elif known(code):
                    self._far(back, code)

        return profile

    def _known(self, code: types.CodeType) -> bool:
        """Whether code stands in the tree; it is kept alive, so that its id stays its own."""
        seen = self.codes.get(id(code))
        if seen is None:
            seen = self.codes[id(code)] = code, code.co_filename.startswith(self.root)
        return seen[1]

    def _far(self, back: types.FrameType | None, code: types.CodeType) -> None:
        for _ in range(FAR):
            back = back.f_back if back is not None else None
            if back is None:
                return
            if self._known(back.f_code):
                self.calls.add((id(back.f_code), back.f_lasti, id(code), False))
                return

    def rows(self) -> list[Row]:
        """[file, position, operation, kind, callee's file or name, callee's name, callee's first line] of each call,
        sorted.

        A position is (line, column, end line, end column). Kinds: ``direct`` and ``far`` (through code outside the
        tree) calls of code in the tree, ``outside`` and ``native`` ones of other code.
        """
        codes, out = self.codes, []
        for caller, at, callee, near in self.calls.copy():
            code, inside = codes[callee]
            kind = ("direct" if near else "far") if inside else "outside"
            out.append(
                [
                    *self._place(codes[caller][0], at),
                    kind,
                    self._file(code) if inside else "",
                    _dotted(code),
                    code.co_firstlineno,
                ]
            )
        for caller, at, name in self.natives.copy():
            out.append([*self._place(codes[caller][0], at), "native", "", name, 0])
        return sorted(out, key=repr)

    def _file(self, code: types.CodeType) -> str:
        return code.co_filename[len(self.root) :].replace(os.sep, "/")

    def _place(self, code: types.CodeType, at: int) -> Row:
        line, end_line, column, end_column = list(code.co_positions())[at // 2]
        binary = code.co_code
        while at > 0 and binary[at] == 0:
            at -= 2
        return [self._file(code), [line, column, end_line, end_column], dis.opname[binary[at]]]

    def classes(self) -> list[Row]:
        """[file, name, constructor's file, constructor's name and first line] of each class of the tree that is alive
        and has one there.
        """
        out = []
        for made in gc.get_objects():
            if isinstance(made, type) and (file := self._module_file(made)):
                for name in ("__init__", "__new__"):
                    code = getattr(_plain(made, name), "__code__", None)
                    if isinstance(code, types.CodeType) and self._known(code):
                        out.append(
                            [
                                file,
                                made.__qualname__.replace("<locals>.", ""),
                                self._file(code),
                                _dotted(code),
                                code.co_firstlineno,
                            ]
                        )
                        break
        return sorted(out)

    def _module_file(self, made: type) -> str:
        module = sys.modules.get(made.__module__)
        file = getattr(module, "__file__", None) or ""
        return file[len(self.root) :].replace(os.sep, "/") if file.startswith(self.root) else ""


def _plain(made: type, name: str) -> Any:
    for base in made.__mro__:
        if name in vars(base):
            found = vars(base)[name]
            return getattr(found, "__func__", found)
    return None


def _dotted(code: types.CodeType) -> str:
    return code.co_qualname.replace("<locals>.", "")


def _instrument_imports(root: str) -> None:
    original = importlib.machinery.SourceFileLoader.source_to_code

    def source_to_code(self: Any, data: Any, path: Any, **options: Any) -> types.CodeType:
        code = original(self, data, path, **options)
        return instrumented(code) if str(path).startswith(root) else code

    importlib.machinery.SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign]
