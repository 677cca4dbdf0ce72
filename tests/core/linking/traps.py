"""More changes to make and undo: what values flow where, and which methods override one another."""

from __future__ import annotations

Change = dict[str, str | None]

FLOWING: dict[str, tuple[dict[str, str], Change]] = {
    "what overrides a method loses its base": (
        {
            "zoo.py": "class Cat:\n    def purr_softly(self): pass\n",
            "den.py": "from zoo import Cat\nclass Lion(Cat):\n    def purr_softly(self): pass\n",
            "use.py": "def go(x): x.purr_softly()\n",
        },
        {"den.py": "class Lion:\n    def purr_softly(self): pass\n"},
    ),
}
