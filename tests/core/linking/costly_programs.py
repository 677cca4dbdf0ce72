"""Programs of any size that cost a linker as much as they can: by shape, from a size to a tree of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Tree = dict[str, str]

ITERATORS = "[enumerate, lambda r: filter(None, r), lambda r: map(max, r, ()), zip, reversed]"


def _module(text: str) -> Tree:
    return {"m.py": text}


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _wrapped_in_a_loop(size: int) -> Tree:
    """A value that each round of a loop wraps once more."""
    return _module(
        _lines(
            f"def f{i}(step):\n rows = (1, 2)\n while rows:\n  rows = step(rows)\n return rows\n"
            f"for step in {ITERATORS}:\n f{i}(step)"
            for i in range(size)
        )
    )


def _iterators_of_each_other(size: int) -> Tree:
    steps = (f"  x{i} = zip(enumerate(x{(i + 1) % size}), zip(x{(i + 2) % size}), x)" for i in range(size))
    return _module("def f(x):\n while 1:\n" + _lines(steps) + " return x0\nf([f])\n")


def _nested_iterators(size: int) -> Tree:
    steps = (" x = zip(enumerate(x), map(f, x), enumerate(zip(x, x)))" for _ in range(size))
    return _module("def f(x):\n" + _lines(steps) + " return x\nf([f])\n")


def _chain_of_classes(size: int) -> Tree:
    classes = (f"class C{i}(C{i - 1}):\n def m(self): super().m()" for i in range(1, size))
    return _module("class C0:\n def m(self): pass\n" + _lines(classes) + "def f(c: C0): c.m()\n")


def _chain_of_classes_in_files(size: int) -> Tree:
    chain = {
        f"m{i}.py": f"from m{i - 1} import C{i - 1}\nclass C{i}(C{i - 1}):\n def m(self): self.m()\n"
        for i in range(1, size)
    }
    return {"m0.py": "class C0:\n def m(self): pass\n", **chain}


def _diamonds(size: int) -> Tree:
    classes = (f"class L{i}(A{i}): pass\nclass R{i}(A{i}): pass\nclass A{i + 1}(L{i}, R{i}): pass" for i in range(size))
    return _module("class A0: pass\n" + _lines(classes) + f"A{size}().x()\n")


def _many_bases(size: int) -> Tree:
    mixins = (f"class M{i}:\n def m{i}(self): self.m{(i + 1) % size}()" for i in range(size))
    bases = ", ".join(f"M{i}" for i in range(size))
    return _module(_lines(mixins) + f"class A({bases}): pass\nA().m0()\n")


def _subclasses_and_sites(size: int) -> Tree:
    classes = (f"class C{i}(B):\n def m(self): pass" for i in range(size))
    return _module("class B:\n def m(self): pass\n" + _lines(classes) + "def f(c: B):\n" + " c.m()\n" * size)


def _branches(size: int) -> Tree:
    branches = (f" elif a == {i}: x = g{i}()\n  # {i}" for i in range(size))
    return _module("def f(a):\n if a: x = f()\n" + _lines(branches) + " x.m()\n")


def _assignments_to_one_name(size: int) -> Tree:
    return _module("x = 0\n" + _lines(f"if y: x = f{i}()\nx.m()" for i in range(size)))


def _assignments_to_one_attribute(size: int) -> Tree:
    lines = (f"  if y: self.x = f{i}()\n  self.x.m()" for i in range(size))
    return _module("class A:\n def f(self, y):\n" + _lines(lines))


def _chain_of_names(size: int) -> Tree:
    return _module("def f(): pass\na0 = f\n" + _lines(f"a{i} = a{i - 1}\na{i}()" for i in range(1, size)))


def _long_literals(size: int) -> Tree:
    return _module("def f(): pass\nX = [" + "f, " * size + "]\n" + "for g in X: g()\n" * size)


def _long_attributes(size: int) -> Tree:
    return _module("import a\nx = a" + ".b" * size + "()\n")


def _long_sums(size: int) -> Tree:
    return _module("x = a" + " + a" * size + "\nx.m()\n")


def _decorators(size: int) -> Tree:
    return _module("def d(f): return f\n" + "@d\n" * size + "def x(): pass\nx()\n")


def _containers_in_containers(size: int) -> Tree:
    steps = (f"x{i} = [x{i - 1}, x{i - 1}]\nx{i - 1}.append(x{i})" for i in range(1, size))
    return _module("x0 = []\n" + _lines(steps) + f"for a in x{size - 1}:\n for b in a: b()\n")


def _returns(size: int) -> Tree:
    returns = (f" if a: return g{i}()" for i in range(size))
    return _module("def f(a):\n" + _lines(returns) + "f(1).m()\n" * size)


def _yields(size: int) -> Tree:
    return _module("def f(a):\n" + _lines(f" yield g{i}()" for i in range(size)) + "for x in f(1): x.m()\n" * size)


def _parameters(size: int) -> Tree:
    return _module("def f(" + ", ".join(f"a{i}" for i in range(size)) + "): a0()\n" + "f(*x)\n" * size)


def _functions_that_pass_each_other(size: int) -> Tree:
    return _module(
        _lines(
            f"def f{i}(a):\n f{(i * 7 + 1) % size}(a)\n f{(i * 3 + 2) % size}(f{i})\n a(f{i})\n return a"
            for i in range(size)
        )
    )


def _handlers(size: int) -> Tree:
    handlers = (f"@f.register\ndef g{i}(x: int): pass" for i in range(size))
    start = "from functools import singledispatch\n@singledispatch\ndef f(x): pass\n"
    return _module(start + _lines(handlers) + "f(1)\n" * size)


def _names_made_of_text(size: int) -> Tree:
    methods = (f" def do_{i}(self): pass" for i in range(size))
    return _module("class A:\n" + _lines(methods) + " def r(self, n):\n" + "  getattr(self, 'do_' + n)()\n" * size)


def _mixins_of_many(size: int) -> Tree:
    calls = (f"  self.x{i}()" for i in range(size))
    classes = (f"class A{i}(M):\n def x{i}(self): pass" for i in range(size))
    return _module("class M:\n def r(self):\n" + _lines(calls) + _lines(classes))


def _stars_after_one_another(size: int) -> Tree:
    chain = {f"m{i}.py": f"from m{i + 1} import *\nz()\n" for i in range(size)}
    return {**chain, f"m{size}.py": "def z(): pass\n"}


def _stars_in_circles(size: int) -> Tree:
    return {
        f"m{i}.py": _lines(f"from m{(i * k + k) % size} import *" for k in range(1, 6)) + "z()\n" for i in range(size)
    }


SHAPES: dict[str, tuple[Callable[[int], Tree], int]] = {
    "wrapped in a loop": (_wrapped_in_a_loop, 4),
    "iterators of each other": (_iterators_of_each_other, 20),
    "nested iterators": (_nested_iterators, 6),
    "chain of classes": (_chain_of_classes, 60),
    "chain of classes in files": (_chain_of_classes_in_files, 60),
    "diamonds": (_diamonds, 40),
    "many bases": (_many_bases, 60),
    "subclasses and sites": (_subclasses_and_sites, 280),
    "branches": (_branches, 200),
    "assignments to one name": (_assignments_to_one_name, 200),
    "assignments to one attribute": (_assignments_to_one_attribute, 200),
    "chain of names": (_chain_of_names, 200),
    "long literals": (_long_literals, 200),
    "long attributes": (_long_attributes, 500),
    "long sums": (_long_sums, 500),
    "decorators": (_decorators, 200),
    "containers in containers": (_containers_in_containers, 200),
    "returns": (_returns, 150),
    "yields": (_yields, 150),
    "parameters": (_parameters, 150),
    "functions that pass each other": (_functions_that_pass_each_other, 60),
    "handlers": (_handlers, 150),
    "names made of text": (_names_made_of_text, 150),
    "mixins of many": (_mixins_of_many, 200),
    "stars after one another": (_stars_after_one_another, 60),
    "stars in circles": (_stars_in_circles, 60),
}
"""By name: the shape, and a size at which its work can be counted in a moment."""
