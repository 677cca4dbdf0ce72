"""Changes after which an incremental linker is known to go wrong: each is made, and undone, and compared with linking
from nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from aura_core.linking import dependency_keys
from tests.core.linking.change_cases import CLASSES, DUO, FLOWING, SEARCHES, Change
from tests.core.linking.tree_history import TreeHistory, difference, link_from_nothing

TRAPS: dict[str, tuple[dict[str, str], Change]] = (
    FLOWING
    | CLASSES
    | SEARCHES
    | {
        "a local behind a return": (
            {
                "zoo.py": DUO + "def get():\n    pet = Cat()\n    return pet\n",
                "use.py": "from zoo import get\nget().speak()\n",
            },
            {"zoo.py": DUO + "def get():\n    pet = Dog()\n    return pet\n"},
        ),
        "a local behind an attribute": (
            {
                "zoo.py": DUO + "class Cage:\n    def __init__(self):\n        pet = Cat()\n        self.pet = pet\n",
                "use.py": "from zoo import Cage\nCage().pet.speak()\n",
            },
            {"zoo.py": DUO + "class Cage:\n    def __init__(self):\n        pet = Dog()\n        self.pet = pet\n"},
        ),
        "which assignment of a local reaches a nested function": (
            {
                "zoo.py": DUO + "def get():\n    pet = Cat()\n    pet = Dog()\n    def inner():\n        return pet\n"
                "    return inner\n",
                "use.py": "from zoo import get\nget()().speak()\n",
            },
            {
                "zoo.py": DUO + "def get(a):\n    pet = Cat()\n    if a:\n        pet = Dog()\n    def inner():\n"
                "        return pet\n    return inner\n"
            },
        ),
        "a lambda becomes a generator": (
            {
                "zoo.py": DUO + "get = lambda: Cat()\n",
                "use.py": "from zoo import get\nfor pet in get():\n    pet.speak()\nget().speak()\n",
            },
            {"zoo.py": DUO + "get = lambda: (yield Cat())\n"},
        ),
        "what a lambda yields": (
            {
                "zoo.py": DUO + "get = lambda: (yield Cat())\n",
                "use.py": "from zoo import get\nfor pet in get():\n    pet.speak()\n",
            },
            {"zoo.py": DUO + "get = lambda: (yield Dog())\n"},
        ),
        "a method becomes a property": (
            {
                "zoo.py": DUO + "class Cage:\n    def pet(self): return Cat()\n",
                "use.py": "from zoo import Cage\nCage().pet.speak()\n",
            },
            {"zoo.py": DUO + "class Cage:\n    @property\n    def pet(self): return Cat()\n"},
        ),
        "a method becomes static": (
            {
                "zoo.py": DUO + "class Cage:\n    def pet(self, x): return x\n",
                "use.py": "from zoo import *\nCage().pet(Cat()).speak()\n",
            },
            {"zoo.py": DUO + "class Cage:\n    @staticmethod\n    def pet(x): return x\n"},
        ),
        "a decorator of another module": (
            {
                "deco.py": "def keep(f): return f\nclass Box:\n    def __call__(self): pass\n",
                "zoo.py": "from deco import keep\n@keep\ndef get(): pass\n",
                "use.py": "from zoo import get\nget()\n",
            },
            {"zoo.py": "from deco import Box as keep\n@keep\ndef get(): pass\n"},
        ),
        "a name hides a submodule": (
            {"pkg/__init__.py": "", "pkg/part.py": "def go(): pass\n", "use.py": "from pkg import part\npart.go()\n"},
            {"pkg/__init__.py": "class part:\n    def go(): pass\n"},
        ),
        "something outside comes inside": (
            {"use.py": "import helper\nhelper.go()\n", "other.py": ""},
            {"helper.py": "def go(): pass\n"},
        ),
        "a part of a namespace appears": (
            {"use.py": "from space import part\npart.go()\n", "other.py": ""},
            {"space/part.py": "def go(): pass\n"},
        ),
        "an absent name appears": (
            {"zoo.py": "", "use.py": "from zoo import get\nget()\n"},
            {"zoo.py": "def get(): pass\n"},
        ),
        "an absent member appears": (
            {"zoo.py": "class Cat:\n    pass\n", "use.py": "from zoo import Cat\nCat().speak()\n"},
            {"zoo.py": "class Cat:\n    def speak(self): pass\n"},
        ),
        "a member appears between a class and its base": (
            {
                "base.py": "class Cat:\n    def speak(self): pass\n",
                "mid.py": "from base import Cat\nclass Lion(Cat):\n    pass\n",
                "use.py": "from mid import Lion\nLion().speak()\n",
            },
            {"mid.py": "from base import Cat\nclass Lion(Cat):\n    def speak(self): pass\n"},
        ),
        "an override appears elsewhere, and the base calls itself": (
            {
                "base.py": "class Cat:\n    def run(self): self.step()\n    def step(self): pass\n",
                "sub.py": "from base import Cat\nclass Lion(Cat):\n    pass\n",
            },
            {"sub.py": "from base import Cat\nclass Lion(Cat):\n    def step(self): pass\n"},
        ),
        "an overriding class goes away": (
            {
                "base.py": "class Cat:\n    def run(self): self.step()\n    def step(self): pass\n",
                "sub.py": "from base import Cat\nclass Lion(Cat):\n    def step(self): pass\n",
            },
            {"sub.py": None},
        ),
        "the order of an own class follows a base elsewhere": (
            {
                "base.py": "class Cat: pass\nclass Loud:\n    def roar(self): pass\n",
                "mid.py": "from base import Cat\nclass Big(Cat): pass\n",
                "use.py": "from mid import Big\nclass Lion(Big):\n    def go(self): self.roar()\n",
            },
            {"mid.py": "from base import Cat, Loud\nclass Big(Cat, Loud): pass\n"},
        ),
        "bases of an own class resolve otherwise": (
            {
                "base.py": "class Cat:\n    def roar(self): pass\n",
                "use.py": "import base\nclass Lion(base.Cat):\n    pass\n",
            },
            {"base.py": "Cat = int\n"},
        ),
        "a star source gains a name": (
            {"zoo.py": "def a(): pass\n", "all.py": "from zoo import *\n", "use.py": "from all import b\nb()\n"},
            {"zoo.py": "def a(): pass\ndef b(): pass\n"},
        ),
        "a star import appears": (
            {"zoo.py": "def b(): pass\n", "all.py": "", "use.py": "from all import b\nb()\n"},
            {"all.py": "from zoo import *\n"},
        ),
        "__all__ appears": (
            {"zoo.py": "def b(): pass\n", "all.py": "from zoo import *\n", "use.py": "from all import b\nb()\n"},
            {"zoo.py": "__all__ = ['c']\ndef b(): pass\n"},
        ),
        "__all__ lists another name": (
            {
                "zoo.py": "__all__ = ['b']\ndef b(): pass\n",
                "all.py": "from zoo import *\n",
                "use.py": "from all import b\nb()\n",
            },
            {"zoo.py": "__all__ = ['c']\ndef b(): pass\n"},
        ),
        "__all__ lists a private name": (
            {"zoo.py": "def _b(): pass\n", "all.py": "from zoo import *\n", "use.py": "from all import _b\n_b()\n"},
            {"zoo.py": "__all__ = ['_b']\ndef _b(): pass\n"},
        ),
        "star imports change places": (
            {
                "zoo.py": "def b(): pass\n",
                "den.py": "def b(): pass\n",
                "all.py": "from zoo import *\nfrom den import *\n",
                "use.py": "from all import b\nb()\n",
            },
            {"all.py": "from den import *\nfrom zoo import *\n"},
        ),
        "a ring of star imports": (
            {
                "a.py": "from b import *\n",
                "b.py": "from a import *\n",
                "use.py": "from a import go\ngo()\nfrom b import go as again\nagain()\n",
            },
            {"b.py": "from a import *\ndef go(): pass\n"},
        ),
        "a ring of imports": (
            {
                "a.py": "from b import go\n",
                "b.py": "from a import go\n",
                "use.py": "from a import go\ngo()\nfrom b import go as again\nagain()\n",
            },
            {"b.py": "try:\n    from a import go\nexcept ImportError:\n    def go(): pass\n"},
        ),
        "a ring of calls": (
            {
                "a.py": "from b import two\ndef one(): return two()\n",
                "b.py": DUO + "from a import one\ndef two():\n    if x: return one()\n    return Cat()\n",
                "use.py": "from a import one\nfrom b import two\none().speak()\ntwo().speak()\n",
            },
            {"b.py": DUO + "from a import one\ndef two(): return one()\n"},
        ),
        "a ring of bases": (
            {
                "a.py": "from b import B\nclass A(B):\n    def go(self): self.on()\n",
                "b.py": "from a import A\nclass B(A):\n    def on(self): self.go()\n",
            },
            {"b.py": "class B:\n    def on(self): self.go()\n"},
        ),
        "a class without an order": (
            {
                "a.py": "class A: pass\nclass B(A): pass\n",
                "use.py": "from a import A, B\nclass C(A, B):\n    def go(self): self.on()\n",
            },
            {"a.py": "class A: pass\nclass B:\n    def on(self): pass\n"},
        ),
        "a base that is inherited": (
            {
                "a.py": "class P:\n    class Meta:\n        def on(self): pass\n",
                "c.py": "from a import P\nclass Q(P): pass\n",
                "use.py": "from c import Q\nclass X(Q.Meta):\n    def go(self): self.on()\n",
            },
            {"c.py": "from a import P\nclass Q(P):\n    class Meta: pass\n"},
        ),
        "a module becomes a package": (
            {"zoo.py": "def a(): pass\n", "use.py": "from zoo import a\na()\n"},
            {"zoo.py": None, "zoo/__init__.py": "def a(): pass\n"},
        ),
        "a package appears beside a module": (
            {"zoo.py": "def a(): pass\n", "use.py": "from zoo import a\na()\n"},
            {"zoo/__init__.py": "def a(): pass\n"},
        ),
        "an import root moves up": (
            {
                "top/pkg/__init__.py": "",
                "top/pkg/m.py": "def a(): pass\n",
                "top/pkg/n.py": "from .m import a\na()\n",
                "one.py": "from pkg.m import a\na()\n",
                "two.py": "from top.pkg.m import a\na()\n",
            },
            {"top/__init__.py": ""},
        ),
        "a packaging file names another root": (
            {"lib/zoo.py": "def a(): pass\n", "use.py": "import zoo\nzoo.a()\n"},
            {"setup.py": "from setuptools import setup\nsetup(package_dir={'': 'lib'})\n"},
        ),
        "a packaging file of another kind": (
            {
                "lib/zoo.py": "def a(): pass\n",
                "use.py": "import zoo\nzoo.a()\n",
                "pyproject.toml": "[project]\nname = 'x'\n",
            },
            {"pyproject.toml": "[project]\nname = 'x'\n[tool.setuptools.packages.find]\nwhere = ['lib']\n"},
        ),
        "neighbours are no longer importable by bare name": (
            {
                "tools/run.py": "from helper import a\n",
                "tools/helper.py": DUO + "def a(): return Cat()\n",
                "use.py": "from tools.run import a\na().speak()\n",
            },
            {"tools/__init__.py": ""},
        ),
        "neighbours of a star import": (
            {
                "tools/run.py": "from helper import *\n",
                "tools/helper.py": "def a(): pass\n",
                "use.py": "from tools.run import a\na()\n",
            },
            {"tools/__init__.py": ""},
        ),
        "a folder moves with its bytes": (
            {
                "p/__init__.py": "",
                "p/a.py": "from .b import go\ngo()\n",
                "p/b.py": "def go(): pass\n",
                "use.py": "from p.a import go\ngo()\n",
            },
            {"p/a.py": None, "q/__init__.py": "", "q/a.py": "from .b import go\ngo()\n", "q/b.py": "def go(): pass\n"},
        ),
        "the target is deleted": (
            {"zoo.py": "def a(): pass\n", "use.py": "from zoo import a\na()\n"},
            {"zoo.py": None},
        ),
        "the target does not parse": (
            {"zoo.py": "def a(): pass\n", "use.py": "from zoo import a\na()\n"},
            {"zoo.py": "def (:\n"},
        ),
        "the target turns binary": (
            {"zoo.py": "def a(): pass\n", "use.py": "from zoo import a\na()\n"},
            {"zoo.py": "binary\n"},
        ),
        "a second definer of a method": (
            {"zoo.py": "class Cat:\n    def purr_softly(self): pass\n", "use.py": "def go(x): x.purr_softly()\n"},
            {"den.py": "class Lion:\n    def purr_softly(self): pass\n"},
        ),
        "the only definer moves": (
            {"zoo.py": "class Cat:\n    def purr_softly(self): pass\n", "use.py": "def go(x): x.purr_softly()\n"},
            {"zoo.py": "", "den.py": "class Cat:\n    def purr_softly(self): pass\n"},
        ),
        "functions of one name": (
            {"zoo.py": "def a(): pass\nif x:\n    def a(): return 1\n", "use.py": "from zoo import a\na()\n"},
            {"zoo.py": "if x:\n    def a(): return 1\n"},
        ),
        "classes of one name": (
            {"zoo.py": "class A:\n    def on(self): pass\n", "use.py": "from zoo import A\nA().on()\n"},
            {"zoo.py": "class A: pass\nclass A:\n    def on(self): pass\n"},
        ),
        "two files of one module": (
            {
                "zoo.py": "def a(): pass\n",
                "src/zoo.py": "def a(): pass\ndef b(): pass\n",
                "use.py": "import zoo\nzoo.a()\nzoo.b()\n",
            },
            {"zoo.py": None},
        ),
        "a stub beside a module": (
            {"zoo.pyi": "def a() -> int: ...\n", "use.py": "import zoo\nzoo.a()\n"},
            {"zoo.py": "def a(): pass\n"},
        ),
        "a stub alone becomes one beside a source": (
            {"zoo.pyi": "def a() -> int: ...\ndef b() -> int: ...\n", "use.py": "from zoo import a, b\na()\nb()\n"},
            {"zoo.py": "def a(): pass\n"},
        ),
        "a stub appears beside a source": (
            {"zoo.py": "def a(): pass\n", "use.py": "from zoo import b\nb()\n"},
            {"zoo.pyi": "def a() -> int: ...\ndef b() -> int: ...\n"},
        ),
        "a stub beside a source loses a name": (
            {"zoo.py": "", "zoo.pyi": "def b() -> int: ...\n", "use.py": "import zoo\nzoo.b()\n"},
            {"zoo.pyi": "def c() -> int: ...\n"},
        ),
        "a source gains a name of its stub": (
            {"zoo.py": "", "zoo.pyi": "def b() -> int: ...\n", "use.py": "from zoo import b\nb()\n"},
            {"zoo.py": "def b(): pass\n"},
        ),
        "a base stands in the stub beside a source": (
            {
                "zoo.py": "",
                "zoo.pyi": "class Cat:\n    def purr(self) -> int: ...\n",
                "use.py": "from zoo import Cat\nclass Lion(Cat):\n    def go(self): self.purr()\n",
            },
            {"zoo.py": "class Cat:\n    pass\n"},
        ),
        "another stub of a module comes nearer": (
            {
                "zoo.py": "",
                "typed/setup.cfg": "[options]\npackage_dir =\n    = .\n",
                "typed/zoo.pyi": "def b() -> int: ...\n",
                "use.py": "from zoo import b\nb()\n",
            },
            {"zoo.pyi": "def c() -> int: ...\n"},
        ),
        "the only definer is in a stub that a source shadows": (
            {
                "zoo.pyi": "class Cat:\n    def purr_softly(self) -> int: ...\n",
                "use.py": "def go(x): x.purr_softly()\n",
            },
            {"zoo.py": ""},
        ),
        "what a stub overrides is another file's when a source shadows it": (
            {
                "base.py": "class Cat:\n    def run(self): self.step()\n    def step(self): pass\n",
                "sub.pyi": "from base import Cat\nclass Lion(Cat):\n    def step(self) -> int: ...\n",
            },
            {"sub.py": ""},
        ),
        "a package of stubs becomes one of sources": (
            {
                "zoo/__init__.pyi": "from .den import a\n",
                "zoo/den.pyi": "def a() -> int: ...\n",
                "use.py": "from zoo import a\na()\n",
            },
            {"zoo/__init__.py": ""},
        ),
        "stubs of what is not here": (
            {"use.py": "import outside\noutside.a()\n", "other.py": ""},
            {"outside-stubs/__init__.pyi": "def a() -> int: ...\n"},
        ),
        "a global that a function sets": (
            {
                "zoo.py": DUO + "def set_up():\n    global PET\n    PET = Cat()\n",
                "use.py": "from zoo import PET\nPET.speak()\n",
            },
            {"zoo.py": DUO + "def set_up():\n    PET = Cat()\n"},
        ),
        "a long chain of imports": (
            {
                **{f"m{i}.py": f"from m{i + 1} import go\n" for i in range(9)},
                "m9.py": "def go(): pass\n",
                "use.py": "".join(f"from m{i} import go as g{i}\ng{i}()\n" for i in range(9)),
            },
            {"m9.py": "go = 1\n"},
        ),
        "an import that may fail": (
            {
                "zoo.py": "try:\n    from den import a\nexcept ImportError:\n    def a(): pass\n",
                "use.py": "from zoo import a\na()\n",
            },
            {"den.py": "def a(): pass\n"},
        ),
        "what an annotation means": (
            {
                "zoo.py": "class Cat:\n    def speak(self): pass\n",
                "use.py": "from zoo import Cat\ndef go(x: 'Cat'): x.speak()\n",
            },
            {"zoo.py": "from den import Cat\n", "den.py": "class Cat:\n    def speak(self): pass\n"},
        ),
        "what a parameter falls back on": (
            {"zoo.py": DUO + "def get(pet=Cat()): return pet\n", "use.py": "from zoo import get\nget().speak()\n"},
            {"zoo.py": DUO + "def get(pet=Dog()): return pet\n"},
        ),
        "the order of parameters": (
            {
                "zoo.py": DUO + "def get(a, b): return a\n",
                "use.py": "from zoo import get, Cat, Dog\nget(Cat(), Dog()).speak()\n",
            },
            {"zoo.py": DUO + "def get(b, a): return a\n"},
        ),
        "what a container holds": (
            {"zoo.py": DUO + "PETS = {'a': Cat, 'b': Dog}\n", "use.py": "from zoo import PETS\nPETS['a']().speak()\n"},
            {"zoo.py": DUO + "PETS = {'a': Dog, 'b': Dog}\n"},
        ),
        "a re-export goes to another module": (
            {"p/__init__.py": "from .a import go\n", "p/a.py": "def go(): pass\n", "use.py": "import p\np.go()\n"},
            {"p/__init__.py": "from .c import go\n", "p/c.py": "def go(): pass\n", "p/a.py": None},
        ),
        "super() finds another method": (
            {
                "a.py": "class A:\n    def on(self): pass\n",
                "b.py": "from a import A\nclass B(A):\n    def on(self): super().on()\n",
            },
            {"a.py": "class Z:\n    def on(self): pass\nclass A(Z):\n    pass\n"},
        ),
        "a member appears that fits a name put together": (
            {
                "zoo.py": "class Cat:\n    def do_a(self): pass\n",
                "use.py": "from zoo import Cat\ndef use(n): getattr(Cat(), 'do_' + n)()\n",
            },
            {"zoo.py": "class Cat:\n    def do_a(self): pass\n    def do_b(self): pass\n"},
        ),
        "a property gets a setter": (
            {
                "zoo.py": "class Cat:\n    @property\n    def a(self): pass\n",
                "use.py": "from zoo import Cat\nCat().a = 1\n",
            },
            {"zoo.py": "class Cat:\n    @property\n    def a(self): pass\n    @a.setter\n    def a(self, v): pass\n"},
        ),
        "a special method appears": (
            {"zoo.py": "class Cat:\n    pass\n", "use.py": "from zoo import Cat\nCat() + 1\n"},
            {"zoo.py": "class Cat:\n    def __add__(self, o): pass\n"},
        ),
        "a name that is put together fits one more": (
            {
                "zoo.py": "def task_a(): pass\ndef get(x): return globals()['task_' + x]\n",
                "use.py": "from zoo import get\nget(1)()\n",
            },
            {"zoo.py": "def task_a(): pass\ndef task_b(): pass\ndef get(x): return globals()['task_' + x]\n"},
        ),
        "a property gets a setter, and its name is not known": (
            {
                "zoo.py": "class Cat:\n    @property\n    def age(self): pass\n",
                "use.py": "from zoo import Cat\nclass Kit(Cat):\n    def put(self, n): super().__setattr__(n, 1)\n",
            },
            {
                "zoo.py": "class Cat:\n    @property\n    def age(self): pass\n"
                "    @age.setter\n    def age(self, x): pass\n"
            },
        ),
        "a file passes an object of another class": (
            {
                "zoo.py": DUO,
                "lib.py": "def pet(x): x.speak()\n",
                "use.py": "from zoo import *\nfrom lib import pet\npet(Cat())\n",
            },
            {"use.py": "from zoo import *\nfrom lib import pet\nx = [Dog()]\ndef go():\n    y = Dog()\n    pet(y)\n"},
        ),
        "a class comes before another in a common subclass": (
            {
                "base.py": "class Base:\n    def nick(self): pass\n    def title(self): self.nick()\n",
                "mixin.py": "class Mixin:\n    def nick(self): pass\n",
                "both.py": "from base import Base\nfrom mixin import Mixin\nclass Both(Base, Mixin): pass\n",
            },
            {"both.py": "from base import Base\nfrom mixin import Mixin\nclass Both(Mixin, Base): pass\n"},
        ),
        "a class before another gets a method": (
            {
                "base.py": "class Base:\n    def nick(self): pass\n    def title(self): self.nick()\n",
                "mixin.py": "class Mixin: pass\n",
                "both.py": "from base import Base\nfrom mixin import Mixin\nclass Both(Mixin, Base): pass\n",
            },
            {"mixin.py": "class Mixin:\n    def nick(self): pass\n"},
        ),
        "the only method is overridden": (
            {
                "base.py": "class Base:\n    def settle(self): pass\n",
                "more.py": "from base import Base\nclass More(Base): pass\n",
                "use.py": "def use(x): x.settle()\n",
            },
            {"more.py": "from base import Base\nclass More(Base):\n    def settle(self): pass\n"},
        ),
        "a registry gets a class": (
            {
                "base.py": "class Base:\n    def all(cls):\n        for kind in Base.__subclasses__(): kind.run()\n",
                "more.py": "class More:\n    def run(): pass\n",
            },
            {"more.py": "from base import Base\nclass More(Base):\n    def run(): pass\n"},
        ),
    }
)


@pytest.mark.parametrize("storage", ["memory", "compacted", "changes"])
@pytest.mark.parametrize("is_undone", [False, True], ids=["made", "undone"])
@pytest.mark.parametrize(("before", "change"), TRAPS.values(), ids=TRAPS)
def test_a_change_links_again_what_it_touches(
    before: dict[str, str], change: Change, is_undone: bool, storage: str
) -> None:
    after = apply(before, change)
    start, end = (after, before) if is_undone else (before, after)
    history = TreeHistory()
    history.link(start)
    if storage == "compacted":
        history.compact()
    if storage != "memory":
        history.reopen()
    result = history.link(end)
    assert not difference(history.state, link_from_nothing(end))
    ripple = {path for path in result.reads if start.get(path) == end.get(path)}
    assert ripple, "no file but the changed ones was linked again: the trap does not catch anything"


def test_a_change_inside_a_function_links_one_file() -> None:
    files = {f"m{i}.py": f"from m{(i + 1) % 9} import f\ndef f(x): f(x).g()\n" for i in range(9)}
    history = TreeHistory()
    history.link(files)
    result = history.link({**files, "m3.py": files["m3.py"] + "def other():\n    f(1)\n"})
    assert result.linked == ("m3.py",)


KEY_KINDS = sorted(kind for name, kind in vars(dependency_keys).items() if name.startswith("KEY_"))


def test_every_kind_of_key_has_a_letter_of_its_own() -> None:
    assert len(set(KEY_KINDS)) == len(KEY_KINDS) == 18


@pytest.mark.parametrize("kind", KEY_KINDS)
def test_every_kind_of_key_is_needed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what is recorded of one kind, some change is not noticed: the traps have teeth, and no kind is dead
    weight.
    """
    foreign = dependency_keys.KeyTable.foreign

    def foreign_of_other_kinds(table: dependency_keys.KeyTable, numbers: Iterable[int], path: str) -> list[int]:
        return [n for n in foreign(table, numbers, path) if table.keys[n][0] != kind]

    monkeypatch.setattr(dependency_keys.KeyTable, "foreign", foreign_of_other_kinds)
    assert any(is_missed(before, change) for before, change in TRAPS.values())


def is_missed(before: dict[str, str], change: Change) -> bool:
    """Whether incremental linking gives another fragment than linking from nothing, for a change or its reverse."""
    after = apply(before, change)
    for start, end in ((before, after), (after, before)):
        history = TreeHistory()
        history.link(start)
        history.link(end)
        rebuilt = link_from_nothing(end)
        if any(history.state.entries[path].fragment != entry.fragment for path, entry in rebuilt.entries.items()):
            return True
    return False


def apply(tree: dict[str, str], change: Change) -> dict[str, str]:
    """Return the tree after a change."""
    return {path: text for path, text in {**tree, **change}.items() if text is not None}
