"""Small programs whose files lean on each other as badly as they can, and the things that can happen to them."""

from __future__ import annotations

import json
import re
from random import Random

DOTTED = ("'a.f'", "'p.a.A.f'", "'p.b:g'", "'q.A'", "'g'", "'a.B'")
CLASSES = ("A", "B", "C")
NAMES = (*CLASSES, "f", "g", "x", "_h")
PATHS = (
    "a.py", "b.py", "c.py", "a/__init__.py", "p.py", "p/__init__.py", "p/a.py", "p/b.py", "p/q.py", "p/q/__init__.py",
    "p/q/a.py", "q/a.py",
    "q/__init__.py", "src/a.py", "src/p/__init__.py", "src/p/a.py", "src/__init__.py", "__init__.py", "lib/p/b.py",
    "lib/q/a.py", "a.pyi", "b.pyi",
    "tools/c.py", "lib/tools/g.py", "c.ipynb", "p/n.ipynb", "c.pyx",
    "p/b.pyx", "c.pxd", "p/b.pxd", "g.pxi",
    "p/a.pyi", "p/__init__.pyi", "p-stubs/b.pyi", "p/q/b.pyi", "q.pyi", "q/__init__.pyi", "src/a.pyi",
)  # fmt: skip
MODULES = (
    "a",
    "b",
    "c",
    "p",
    "p.a",
    "p.b",
    "p.q",
    "p.q.a",
    "q",
    "q.a",
    "src.a",
    "lib.q.a",
    "os",
    "g",
    "tools.g",
    "src.p.a",
)
ROOTS = {
    "setup.py": ("from setuptools import setup\nsetup(package_dir={{'': '{0}'}})\n", "import a\n"),
    "setup.cfg": ("[options]\npackage_dir =\n    = {0}\n", "[metadata]\nname = x\n"),
    "pyproject.toml": ("[tool.setuptools.packages.find]\nwhere = ['{0}']\n", "[project]\nname = 'x'\n"),
    "pytest.ini": ("[pytest]\npythonpath = {0} tools\n", "[pytest]\n"),
    "requirements.txt": ("c\n{0}\n", "g\n"),
    "lib/pyproject.toml": ("[tool.setuptools.packages.find]\nwhere = ['{0}']\n",),
}
FOLDERS = (
    "'tools'", "'lib'",
    "os.path.join(os.path.dirname(__file__), '../tools')", "str(Path(__file__).parent / 'q')", "'.'",
)  # fmt: skip
"""What statements put on the search path."""
BROKEN = ("def (:\n", "class A(:\n    def f(self): pass\n", "binary\n", "")

Code = list[list[str]]
"""Statements of a module, each a list of lines."""


class HostileTree:
    """A tree of programs and the operations on it. Everything follows from the seeds that the operations are given."""

    def __init__(self) -> None:
        self.code: dict[str, Code] = {}
        self.other: dict[str, str] = {}

    def tree(self) -> dict[str, str]:
        """path → text."""
        return {
            **{path: _text(path, code) for path, code in self.code.items()},
            **self.other,
        }

    def add(self, random: Random) -> None:
        """A new file, or a file anew."""
        self._put(random.choice(PATHS), [self._statement(random) for _ in range(random.randint(2, 7))])

    def delete(self, random: Random) -> None:
        """A file goes away."""
        tree = self.tree()
        if len(tree) > 3:
            path = random.choice(sorted(tree))
            self.code.pop(path, None)
            self.other.pop(path, None)

    def rename(self, random: Random) -> None:
        """A file's bytes turn up under another path, and stay at the old one or not."""
        if self.code:
            path = random.choice(sorted(self.code))
            self._put(random.choice(PATHS), [*self.code[path]])
            if random.random() < 0.7:
                self.code.pop(path, None)

    def swap(self, random: Random) -> None:
        """A module becomes a package, a package a module, a source a stub, a stub a source."""
        for path in sorted(self.code):
            other = (
                path.replace("/__init__.py", ".py") if "/__init__.py" in path else path.replace(".py", "/__init__.py")
            )
            if random.random() < 0.3:
                other = path[:-1] if path.endswith(".pyi") else f"{path}i"
            if other in PATHS and random.random() < 0.5:
                self._put(other, self.code.pop(path))
                return

    def root(self, random: Random) -> None:
        """A packaging file comes, goes, or names another root."""
        path = random.choice(sorted(ROOTS))
        if path in self.other and random.random() < 0.4:
            del self.other[path]
        else:
            self.other[path] = random.choice(ROOTS[path]).format(random.choice(("src", "lib", "p", "q", ".")))

    def spoil(self, random: Random) -> None:
        """A file no longer parses, turns binary, or is emptied."""
        if self.code:
            path = random.choice(sorted(self.code))
            del self.code[path]
            self.other[path] = random.choice(BROKEN)

    def edit(self, random: Random) -> None:
        """One statement of one file: another word in it, a decorator, gone, new, or elsewhere."""
        if not self.code:
            return
        path = random.choice(sorted(self.code))
        code = [[*statement] for statement in self.code[path]]
        roll = random.random()
        place = random.randrange(len(code)) if code else 0
        if roll < 0.6 and code:
            code[place] = self._word(random, code[place])
        elif roll < 0.75 or not code:
            code.insert(place, self._statement(random))
        elif roll < 0.85:
            del code[place]
        elif roll < 0.95:
            code[place] = self._statement(random)
        else:
            random.shuffle(code)
        self.code[path] = code[:10]

    def _put(self, path: str, code: Code) -> None:
        self.other.pop(path, None)
        self.code[path] = code

    def _word(self, random: Random, lines: list[str]) -> list[str]:
        place = random.randrange(len(lines))
        line = lines[place]
        indent = line[: len(line) - len(line.lstrip())]
        if line.lstrip().startswith(("def ", "async def ")) and random.random() < 0.3:
            return [*lines[:place], indent + self._decorator(random), *lines[place:]]
        if line.lstrip().startswith("@"):
            return [*lines[:place], *lines[place + 1 :]]
        words = [*re.finditer(r"\b(A|B|C|f|g|x|_h|a|b|p|q)\b", line)]
        if words:
            word = random.choice(words)
            new = random.choice(CLASSES if word.group() in CLASSES else ("f", "g", "x", "_h", "A", "B"))
            line = line[: word.start()] + new + line[word.end() :]
        return [*lines[:place], line, *lines[place + 1 :]]

    # Programs

    def _statement(self, random: Random) -> list[str]:
        roll = random.random()
        if roll < 0.05:
            return [f"sys.path.insert(0, {random.choice(FOLDERS)})"]
        if roll < 0.3:
            return [self._import(random)]
        if roll < 0.42:
            return [f"{random.choice(NAMES)} = {self._expression(random)}"]
        if roll < 0.47:
            return [f"__all__ = {random.sample(NAMES, random.randint(0, 4))}"]
        if roll < 0.51:
            return [
                "try:",
                f"    {self._import(random)}",
                "except ImportError:",
                f"    {random.choice(NAMES)} = {self._expression(random)}",
            ]
        if roll < 0.73:
            return self._class(random, "", 0)
        if roll < 0.95:
            return self._function(random, "", 0, method=False)
        return [f"{self._expression(random)}.{random.choice(NAMES)}()"]

    def _import(self, random: Random) -> str:
        """Mostly of something that is there."""
        if random.random() < 0.05:
            return random.choice(
                (
                    "from functools import partialmethod, singledispatch",
                    "from functools import partial",
                    "from typing import *",
                )
            )
        if random.random() < 0.05:
            return "from collections import defaultdict, deque"
        if random.random() < 0.1:
            return random.choice(
                (
                    "from threading import Thread",
                    "from concurrent.futures import ThreadPoolExecutor as pool",
                    "from fastapi import Depends; from typing import Annotated",
                )
            )
        if random.random() < 0.05:
            return random.choice(
                (
                    "from typing import NamedTuple",
                    "from collections import namedtuple as f",
                    "from collections import namedtuple",
                )
            )
        name = random.choice(NAMES)
        module = random.choice(MODULES)
        if self.code and random.random() < 0.6:
            path = random.choice(sorted(self.code))
            module = (
                re.sub(r"^(src|lib)/|-stubs", "", path).rpartition(".")[0].replace("/__init__", "").replace("/", ".")
            )
            bound = [
                w
                for statement in self.code[path]
                for w in re.findall(r"^(?:class |def )?(\w+)(?: =|\(|:)", statement[0])
            ]
            name = random.choice(bound) if bound else name
        roll = random.random()
        if roll < 0.2:
            return f"from {module} import *"
        if roll < 0.35:
            return f"import {module}" + (f" as {random.choice(NAMES)}" if random.random() < 0.4 else "")
        if roll < 0.5:
            dots = "." * random.randint(1, 3)
            module = random.choice(("", "a", "b", "q", "q.a"))
            return f"from {dots}{module} import {random.choice((name, '*', 'a', 'b', 'q'))}"
        return f"from {module} import {name}" + (f" as {random.choice(NAMES)}" if random.random() < 0.3 else "")

    def _expression(self, random: Random, depth: int = 0) -> str:
        name = random.choice(NAMES)
        if depth > 2:
            return name
        inner = self._expression(random, depth + 1)
        shapes = (
            name, name, f"{name}()", f"{name}()", f"{inner}.{name}", f"{inner}.{name}()", f"{inner}()",
            f"{name}({inner})", f"{name}(x={inner})",
            f"[{inner}, {name}]", f"[{inner}][0]", f"{{'k': {inner}}}['k']", f"({inner}, {name}())",
            f"[y for y in {inner}]",
            f"({inner} or {name})", f"({inner} if x else {name}())", f"(lambda x: {inner})",
            f"(lambda: (yield {inner}))()",
            f"super().{name}()", f"self.{name}", f"self.{name}()", "a.A()", "p.a.B", "q.f()", f"next({inner})",
            f"{inner} + {name}()", f"{inner}[x]",
            f"(isinstance(self.{name}, A) and self.{name}.f())", f"(type({name}) is B and {name}.g())", f"len({name})",
            f"partialmethod({name})",
            "namedtuple('A', 'x g')", f"f(*{inner})", f"{name}(*x)", f"{name}(**x)", f"f(**{{'x': {inner}}})",
            f"dict({inner})", f"dict(x={inner})",
            f"list({inner})", f"defaultdict({name})", f"defaultdict(list)[{name}]", f"partial({name}, {inner})",
            f"zip({inner}, {name})",
            f"sorted({inner}, key=lambda x: x.{name}())", f"[*map({name}, {inner})]", f"{inner}.items()",
            f"{inner}.setdefault({name}, [])",
            f"max({inner}, {name})", f"{inner}[1:]", f"{inner}[-1]", f"[{inner}] + [{name}]",
            f"{{'k': {name}}} | {inner}", f"[*{inner}, {name}]",
            f"Thread(target={inner}, args=({name},))", f"pool().submit({name}, {inner}).result()", f"Depends({inner})",
            f"{name}.delay({inner})", f"app.send_task({random.choice(DOTTED)})", f"lib.on({inner}, then={name})",
            random.choice(DOTTED),
        )  # fmt: skip
        return random.choice(shapes)

    def _decorator(self, random: Random) -> str:
        return "@" + random.choice(
            (
                "property",
                "staticmethod",
                "classmethod",
                "f",
                "A",
                "a.f",
                "B()",
                "singledispatch",
                "f.register",
                "g.register(x)",
                "lib.on",
                "app.task(name='a.f')",
                "app.task(name='g')",
            )
        )

    def _function(self, random: Random, indent: str, depth: int, *, method: bool) -> list[str]:
        method_names = (
            "__init__",
            "__call__",
            "__enter__",
            "__iter__",
            "__next__",
            "__getitem__",
            "__add__",
            "__new__",
            "__init_subclass__",
            "__set_name__",
            "__len__",
            "f",
            "g",
            "x",
            "_h",
            "f",
            "g",
        )
        name = random.choice(method_names) if method else random.choice(NAMES[3:])
        parameters = ["self"] if method else []
        shapes = (
            "x",
            f"x: {random.choice(NAMES)}",
            f"x: '{random.choice(CLASSES)}'",
            f"x={self._expression(random)}",
            "*x",
            "**x",
            "x: 'list[A]' = ()",
            "*x: 'A'",
            "x: 'dict[A, tuple[B, C]]' = {}",
            "x: 'Callable[..., A]'",
            f"x: Annotated[{random.choice(CLASSES)}, Depends()]",
            f"x: {random.choice(CLASSES)} = Depends({random.choice(('', *NAMES))})",
        )
        if random.random() < 0.5:
            parameters.append(random.choice(shapes))
        returns = (
            f" -> {random.choice((*CLASSES, 'Self', 'list[B]', chr(39) + 'a.A' + chr(39)))}"
            if random.random() < 0.2
            else ""
        )
        lines = [indent + self._decorator(random)] if random.random() < 0.2 else []
        lines.append(
            f"{indent}{'async ' if random.random() < 0.1 else ''}def {name}({', '.join(parameters)}){returns}:"
        )
        return lines + self._body(random, indent + "    ", depth)

    def _body(self, random: Random, indent: str, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(random.randint(1, 4)):
            name, value = random.choice(NAMES), self._expression(random)
            shapes = (
                f"return {value}", f"return {value}", f"yield {value}", f"{name} = {value}", f"self.{name} = {value}",
                f"self.{name}()",
                f"{value}.{name}()", f"{value}()",
                f"x.{name}()", f"with {value} as {name}: {name}.f()", f"for {name} in {value}: {name}.g()",
                f"global {name}",
                f"if x: {name} = {value}", f"raise {name}", f"{name}, x = {value}, {name}", f"{name}.append({value})",
                f"self.{name}[{name}] = {value}", f"if isinstance(x.{name}, A): x.{name}.f()",
                f"assert type(self.{name}) is B", f"x, _h = {name}",
                self._import(random).replace("import *", "import A"), f"return super().{name}()",
                f"{name}.{name} = {value}",
                f"{name}[0] = {value}", f"x['k'] = {value}", f"{name}.update(x={value})", f"{name}.extend({value})",
                f"for x, {name} in {value}: {name}()",
                f"for _, x in enumerate({value}): x.f()", f"return {name}(*x)", f"return {name}(**x)",
                f"x = {name} = {value}",
            )  # fmt: skip
            if depth < 2 and random.random() < 0.1:
                lines += self._function(random, indent, depth + 1, method=False)
            elif depth < 2 and random.random() < 0.05:
                lines += self._class(random, indent, depth + 1)
            else:
                lines.append(indent + random.choice(shapes))
        return lines

    def _class(self, random: Random, indent: str, depth: int) -> list[str]:
        bases = [random.choice((*NAMES, "p.A", "a.B", "B.C", "C[int]", "A", "B")) for _ in range(random.randint(0, 2))]
        bases += random.choices(([], ["NamedTuple"], [f"metaclass={random.choice(CLASSES)}"], ["a.A"]), (12, 1, 2, 1))[
            0
        ]
        lines = [f"{indent}class {random.choice(CLASSES)}({', '.join(dict.fromkeys(bases))}):"]
        for _ in range(random.randint(1, 4)):
            roll = random.random()
            if roll < 0.75:
                lines += self._function(random, indent + "    ", depth, method=True)
            elif roll < 0.8 and depth < 2:
                lines += self._class(random, indent + "    ", depth + 1)
            elif roll < 0.9:
                lines.append(f"{indent}    {random.choice(NAMES)} = {self._expression(random)}")
            else:
                lines.append(f"{indent}    {random.choice(NAMES)}: {random.choice(CLASSES)}")
        return lines


def _text(path: str, code: Code) -> str:
    """Return statements as a file; of a notebook each is a cell."""
    if not path.endswith(".ipynb"):
        return "".join(f"{line}\n" for statement in code for line in statement)
    cells = [{"cell_type": "code", "source": [f"{line}\n" for line in statement]} for statement in code]
    return json.dumps({"cells": cells}, indent=1)
