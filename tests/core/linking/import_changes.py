"""Changes to make and undo: of what an import finds: names, star imports, modules, packages and their roots."""

from __future__ import annotations

from tests.core.linking.change_cases import DUO, Change

IMPORTS: dict[str, tuple[dict[str, str], Change]] = {
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
    "functions of one name": (
        {"zoo.py": "def a(): pass\nif x:\n    def a(): return 1\n", "use.py": "from zoo import a\na()\n"},
        {"zoo.py": "if x:\n    def a(): return 1\n"},
    ),
    "two files of one module": (
        {
            "zoo.py": "def a(): pass\n",
            "src/zoo.py": "def a(): pass\ndef b(): pass\n",
            "use.py": "import zoo\nzoo.a()\nzoo.b()\n",
        },
        {"zoo.py": None},
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
    "a re-export goes to another module": (
        {"p/__init__.py": "from .a import go\n", "p/a.py": "def go(): pass\n", "use.py": "import p\np.go()\n"},
        {"p/__init__.py": "from .c import go\n", "p/c.py": "def go(): pass\n", "p/a.py": None},
    ),
}
