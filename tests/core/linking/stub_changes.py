"""Changes to make and undo: of stubs, alone and beside a source."""

from __future__ import annotations

from tests.core.linking.change_cases import Change

STUBS: dict[str, tuple[dict[str, str], Change]] = {
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
}
