"""A helper: more changes to make and undo: of what flows where, of methods that override, of what classes call."""

from __future__ import annotations

Change = dict[str, str | None]

DUO = "class Cat:\n    def speak(self): return 1\nclass Dog:\n    def speak(self): return 2\n"

FLOWING: dict[str, tuple[dict[str, str], Change]] = {
    "what overrides a method loses its base": (
        {
            "zoo.py": "class Cat:\n    def purr_softly(self): pass\n",
            "den.py": "from zoo import Cat\nclass Lion(Cat):\n    def purr_softly(self): pass\n",
            "use.py": "def go(x): x.purr_softly()\n",
        },
        {"den.py": "class Lion:\n    def purr_softly(self): pass\n"},
    ),
    "a fixture comes in a file that was not there": (
        {"test_shop.py": "def test_sale(store): pass\n", "conftest.py": "def clock(): pass\n"},
        {"conftest.py": "import pytest\n@pytest.fixture\ndef store(): pass\n"},
    ),
    "a nearer fixture takes the place of another one": (
        {
            "conftest.py": "import pytest\n@pytest.fixture\ndef store(): pass\n",
            "a/b/test_shop.py": "def test_sale(store): pass\n",
        },
        {"a/conftest.py": "import pytest\n@pytest.fixture\ndef store(): pass\n"},
    ),
    "a fixture is given a name": (
        {
            "conftest.py": "import pytest\n@pytest.fixture\ndef shop(): pass\n",
            "test_shop.py": "def test_sale(store): pass\n",
        },
        {"conftest.py": "import pytest\n@pytest.fixture(name='store')\ndef shop(): pass\n"},
    ),
    "what an entry point names comes later": (
        {"pyproject.toml": "[tool.poetry.scripts]\nrun = 'lib:run'\n", "use.py": "x = 1\n"},
        {"lib.py": "def run(): pass\n"},
    ),
    "a class gets a method whose name is handed on": (
        {"lib.py": "class Part:\n    def fit(self): pass\n", "use.py": "import bus\ndef go(x): bus.on(x.refit)\n"},
        {"lib.py": "class Part:\n    def refit(self): pass\n"},
    ),
    "a thread gets something to run": (
        {
            "lib.py": "import threading\nclass Job(threading.Thread):\n    pass\n",
            "use.py": "from lib import Job\ndef go(): Job().start()\n",
        },
        {"lib.py": "import threading\nclass Job(threading.Thread):\n    def run(self): pass\n"},
    ),
    "a text names what comes later": (
        {"lib/__init__.py": "", "use.py": "HOOKS = ['lib.audit.run', 'lib.audit:run']\n"},
        {"lib/audit.py": "def run(): pass\n"},
    ),
    "a task is registered under another name": (
        {
            "lib.py": "@app.task(name='lib.clean')\ndef clean(): pass\n",
            "use.py": "from celery import current_app\ndef go(): current_app.send_task('lib.clean')\n",
        },
        {"lib.py": "@app.task(name='lib.sweep')\ndef clean(): pass\n"},
    ),
    "what a name hands on becomes another thing": (
        {"lib.py": "def hook(): pass\n", "use.py": "import outside\nfrom lib import hook\noutside.on(hook)\n"},
        {"lib.py": "class hook: pass\n"},
    ),
    "a subclass gets the method that is handed on": (
        {
            "lib.py": "class Base: pass\n",
            "own.py": "from lib import Base\nclass Own(Base): pass\n",
            "use.py": "import outside\nfrom lib import Base\ndef go(b: Base): outside.on(b.tick)\n",
        },
        {"own.py": "from lib import Base\nclass Own(Base):\n    def tick(self): pass\n"},
    ),
    "the task whose method is called loses its decorator": (
        {
            "lib.py": "from celery import shared_task\n@shared_task\ndef mail(): pass\n",
            "use.py": "from lib import mail\ndef go(): mail.delay()\n",
        },
        {"lib.py": "def mail(): pass\n"},
    ),
    "another function is passed to a parameter elsewhere": (
        {"lib.py": "def run(f):\n    f()\n", "use.py": "from lib import run\ndef a(): pass\ndef b(): pass\nrun(a)\n"},
        {"use.py": "from lib import run\ndef a(): pass\ndef b(): pass\nrun(b)\n"},
    ),
    "the only file that passes something goes": (
        {
            "lib.py": "class B:\n    def __init__(s, f): s.f = f\n    def go(s): s.f()\n",
            "use.py": "import lib\ndef a(): pass\nlib.B(a)",
        },
        {"use.py": None},
    ),
    "one of two files that pass the same goes": (
        {
            "lib.py": "def run(f):\n    f()\n",
            "zoo.py": "def a(): pass\ndef b(): pass\n",
            "one.py": "from lib import run\nfrom zoo import a\nrun(a)\n",
            "two.py": "from lib import run\nfrom zoo import a, b\nrun(a)\nrun(b)\n",
        },
        {"two.py": None},
    ),
    "what passes a function names another one": (
        {
            "lib.py": "def run(f):\n    f()\n",
            "mid.py": "from one import a\n",
            "one.py": "def a(): pass\n",
            "two.py": "def a(): pass\n",
            "use.py": "from lib import run\nfrom mid import a\nrun(a)\n",
        },
        {"mid.py": "from two import a\n"},
    ),
    "a parameter that something is passed for moves": (
        {
            "lib.py": "def run(f, g):\n    f()\n",
            "use.py": "from lib import run\ndef a(): pass\ndef b(): pass\nrun(a, b)\n",
        },
        {"lib.py": "def run(g, f):\n    f()\n"},
    ),
    "a class that is passed gets a constructor": (
        {
            "lib.py": "def make(c):\n    c()\n",
            "zoo.py": "class Cat:\n    pass\n",
            "use.py": "from lib import make\nfrom zoo import Cat\nmake(Cat)\n",
        },
        {"zoo.py": "class Cat:\n    def __init__(self): pass\n"},
    ),
    "a subclass gets what a mixin reads": (
        {
            "mix.py": "class Mix:\n    def go(self): self.box.open_up()\n",
            "zoo.py": "class Box:\n    def open_up(self): pass\nclass Cage:\n    def open_up(self): pass\n",
            "use.py": "from mix import Mix\nfrom zoo import Box\nclass Use(Mix):\n    pass\n",
        },
        {"use.py": "from mix import Mix\nfrom zoo import Box\nclass Use(Mix):\n    box = Box()\n"},
    ),
    "a mixin is mixed into another class": (
        {
            "mix.py": "class Mix:\n    def go(self): self.step_on()\n",
            "zoo.py": "class Cat:\n    def step_on(self): pass\nclass Dog:\n    def step_on(self): pass\n",
            "use.py": "from mix import Mix\nfrom zoo import Cat\nclass Use(Mix, Cat):\n    pass\n",
        },
        {"use.py": "from mix import Mix\nfrom zoo import Dog\nclass Use(Mix, Dog):\n    pass\n"},
    ),
}

CLASSES: dict[str, tuple[dict[str, str], Change]] = {
    "a metaclass appears": (
        {
            "meta.py": "class Meta(type):\n    def __call__(cls): pass\n",
            "zoo.py": "from meta import Meta\nclass Cat: pass\n",
            "use.py": "from zoo import Cat\nCat()\n",
        },
        {"zoo.py": "from meta import Meta\nclass Cat(metaclass=Meta): pass\n"},
    ),
    "a metaclass elsewhere gets a method": (
        {
            "meta.py": "class Meta(type): pass\n",
            "zoo.py": "from meta import Meta\nclass Cat(metaclass=Meta): pass\nclass Lion(Cat): pass\n",
            "use.py": "from zoo import Lion\nLion.find()\nlen(Lion)\nLion()\n",
        },
        {
            "meta.py": "class Meta(type):\n    def find(cls): pass\n    def __len__(cls): pass\n"
            "    def __call__(cls): pass\n"
        },
    ),
    "a class above wants to know its subclasses": (
        {"zoo.py": "class Cat:\n    pass\n", "use.py": "from zoo import Cat\nclass Lion(Cat): pass\n"},
        {"zoo.py": "class Cat:\n    def __init_subclass__(cls): pass\n"},
    ),
    "a field wants to know its name": (
        {"zoo.py": "class Field:\n    pass\n", "use.py": "from zoo import Field\nclass Cat:\n    a = Field()\n"},
        {"zoo.py": "class Field:\n    def __set_name__(self, owner, name): pass\n"},
    ),
    "something more is registered with a generic function": (
        {
            "zoo.py": "from functools import singledispatch\n@singledispatch\ndef show(x): pass\n"
            "@show.register\ndef a(x: int): pass\n"
            "def b(x: str): pass\n",
            "use.py": "from zoo import show\nshow(anything)\n",
        },
        {
            "zoo.py": "from functools import singledispatch\n@singledispatch\ndef show(x): pass\n"
            "@show.register\ndef a(x: int): pass\n"
            "@show.register\ndef b(x: str): pass\n",
        },
    ),
    "fields of a named tuple change places": (
        {
            "zoo.py": DUO + "from typing import NamedTuple\nclass Pair(NamedTuple):\n    a: Cat\n    b: Dog\n",
            "use.py": "from zoo import Pair\ndef go(p: Pair):\n    a, b = p\n    a.speak()\n",
        },
        {"zoo.py": DUO + "from typing import NamedTuple\nclass Pair(NamedTuple):\n    b: Dog\n    a: Cat\n"},
    ),
    "a made named tuple gets other fields": (
        {
            "zoo.py": DUO + "from collections import namedtuple\nPair = namedtuple('Pair', 'a b')\n"
            "def get(): return Pair(Cat(), Dog())\n",
            "use.py": "from zoo import get\nget().a.speak()\nx, y = get()\ny.speak()\n",
        },
        {
            "zoo.py": DUO + "from collections import namedtuple\nPair = namedtuple('Pair', 'b a')\n"
            "def get(): return Pair(Cat(), Dog())\n"
        },
    ),
    "a class becomes a named tuple": (
        {
            "zoo.py": DUO + "from typing import NamedTuple\nclass Pair:\n    a: Cat\n    b: Dog\n",
            "use.py": "from zoo import Pair\ndef go(p: Pair):\n    a, b = p\n    a.speak()\n",
        },
        {"zoo.py": DUO + "from typing import NamedTuple\nclass Pair(NamedTuple):\n    a: Cat\n    b: Dog\n"},
    ),
    "a constructor appears": (
        {"zoo.py": "class Cat:\n    pass\n", "use.py": "from zoo import Cat\nCat()\n"},
        {"zoo.py": "class Cat:\n    def __init__(self): pass\n"},
    ),
}

SEARCHES: dict[str, tuple[dict[str, str], Change]] = {
    "another file puts a folder on the search path": (
        {"den/zoo.py": "def speak(): pass\n", "use/use.py": "import zoo\nzoo.speak()\n", "other.py": "import sys\n"},
        {"other.py": "import sys\nsys.path.append('den')\n"},
    ),
    "a file puts another folder on the search path": (
        {
            "den/zoo.py": DUO,
            "cage/zoo.py": DUO,
            "mid.py": "import sys\nsys.path.append('den')\nfrom zoo import *\nfrom zoo import Dog\n",
            "use.py": "from mid import Cat, Dog\nCat().speak()\nDog().speak()\n",
        },
        {"mid.py": "import sys\nsys.path.append('cage')\nfrom zoo import *\nfrom zoo import Dog\n"},
    ),
    "a module becomes installed": (
        {
            "den/zoo.py": "def speak(): pass\n",
            "use/use.py": "import zoo\nzoo.speak()\n",
            "requirements.txt": "other\n",
        },
        {"requirements.txt": "zoo==1.0\n"},
    ),
    "pytest searches a folder": (
        {"den/zoo.py": "def speak(): pass\n", "use/use.py": "import zoo\nzoo.speak()\n", "pytest.ini": "[pytest]\n"},
        {"pytest.ini": "[pytest]\npythonpath = den\n"},
    ),
    "a searched folder gets a module": (
        {
            "den/zoo/cats.py": DUO,
            "use.py": "import sys\nsys.path.append('den')\nfrom zoo.dogs import Dog\nDog()\n",
        },
        {"den/zoo/dogs.py": DUO},
    ),
}
