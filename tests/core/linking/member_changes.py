"""Changes to make and undo: of methods, properties, bases and what overrides what."""

from __future__ import annotations

from tests.core.linking.change_cases import DUO, Change

MEMBERS: dict[str, tuple[dict[str, str], Change]] = {
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
    "a second definer of a method": (
        {"zoo.py": "class Cat:\n    def purr_softly(self): pass\n", "use.py": "def go(x): x.purr_softly()\n"},
        {"den.py": "class Lion:\n    def purr_softly(self): pass\n"},
    ),
    "the only definer moves": (
        {"zoo.py": "class Cat:\n    def purr_softly(self): pass\n", "use.py": "def go(x): x.purr_softly()\n"},
        {"zoo.py": "", "den.py": "class Cat:\n    def purr_softly(self): pass\n"},
    ),
    "classes of one name": (
        {"zoo.py": "class A:\n    def on(self): pass\n", "use.py": "from zoo import A\nA().on()\n"},
        {"zoo.py": "class A: pass\nclass A:\n    def on(self): pass\n"},
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
    "a property gets a setter, and its name is not known": (
        {
            "zoo.py": "class Cat:\n    @property\n    def age(self): pass\n",
            "use.py": "from zoo import Cat\nclass Kit(Cat):\n    def put(self, n): super().__setattr__(n, 1)\n",
        },
        {"zoo.py": "class Cat:\n    @property\n    def age(self): pass\n    @age.setter\n    def age(self, x): pass\n"},
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
