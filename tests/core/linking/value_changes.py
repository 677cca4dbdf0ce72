"""Changes to make and undo: of what a name, a call, a parameter or a container gives."""

from __future__ import annotations

from tests.core.linking.change_cases import DUO, Change

VALUES: dict[str, tuple[dict[str, str], Change]] = {
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
    "a decorator of another module": (
        {
            "deco.py": "def keep(f): return f\nclass Box:\n    def __call__(self): pass\n",
            "zoo.py": "from deco import keep\n@keep\ndef get(): pass\n",
            "use.py": "from zoo import get\nget()\n",
        },
        {"zoo.py": "from deco import Box as keep\n@keep\ndef get(): pass\n"},
    ),
    "a ring of calls": (
        {
            "a.py": "from b import two\ndef one(): return two()\n",
            "b.py": DUO + "from a import one\ndef two():\n    if x: return one()\n    return Cat()\n",
            "use.py": "from a import one\nfrom b import two\none().speak()\ntwo().speak()\n",
        },
        {"b.py": DUO + "from a import one\ndef two(): return one()\n"},
    ),
    "a global that a function sets": (
        {
            "zoo.py": DUO + "def set_up():\n    global PET\n    PET = Cat()\n",
            "use.py": "from zoo import PET\nPET.speak()\n",
        },
        {"zoo.py": DUO + "def set_up():\n    PET = Cat()\n"},
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
    "a name that is put together fits one more": (
        {
            "zoo.py": "def task_a(): pass\ndef get(x): return globals()['task_' + x]\n",
            "use.py": "from zoo import get\nget(1)()\n",
        },
        {"zoo.py": "def task_a(): pass\ndef task_b(): pass\ndef get(x): return globals()['task_' + x]\n"},
    ),
    "a file passes an object of another class": (
        {
            "zoo.py": DUO,
            "lib.py": "def pet(x): x.speak()\n",
            "use.py": "from zoo import *\nfrom lib import pet\npet(Cat())\n",
        },
        {"use.py": "from zoo import *\nfrom lib import pet\nx = [Dog()]\ndef go():\n    y = Dog()\n    pet(y)\n"},
    ),
}
