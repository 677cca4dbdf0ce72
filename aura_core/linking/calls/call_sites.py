"""The call site as it is while its targets are being resolved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from aura_core.linking.source_file import SourceFile
from aura_core.model.graph import Resolution
from aura_core.parsing.python import ir

MAX_TEXT = 80
"""Most characters of a call site's text that are kept."""

TOO_COMPLEX = "too-complex"
"""The reason why a site has no targets, or not all of them: there were no steps left to follow its values."""

Target = tuple[str, Resolution]
"""``(uid, resolution)``: the uid is ``path::name``, ``external:…``, or "" for a lambda, which is no node."""


@dataclass(slots=True)
class CallSite:
    """One call site, with its targets or the ``reason`` why it has none, or not all of them.

    ``site_kind``: one of the ``C_`` constants of ``parsing.python.ir``. ``flows``: numbers of the heap
    entries that its targets depend on. ``outside``: the path of a callee outside the tree.
    ``is_bound``: the callee is a bound method. ``is_getattr``: the callee is ``getattr``. ``handed``: what the callee,
    outside the tree, calls because the site hands it over. ``constructed``: the classes that the site makes an instance
    of with a constructor of a base.
    """

    scope: int
    site_kind: int
    place: int
    line: int
    text: str
    targets: list[Target] = field(default_factory=list)
    reason: str = ""
    name: str = ""
    flows: Collection[int] = ()
    outside: str = ""
    is_bound: bool = False
    is_getattr: bool = False
    handed: Sequence[Target] = ()
    constructed: Sequence[str] = ()

    def add(self, uid: str, resolution: Resolution) -> None:
        """Add a target with its resolution."""
        self.targets.append((uid, resolution))

    def as_written(self, file: SourceFile) -> str:
        """Return the callee as the source spells it, cut to 80 characters."""
        if self.text:
            return self.text[:MAX_TEXT]
        row = file.exprs[self.place]
        if ir.is_call(row):
            _, callee, _, _ = row
            return _dotted(file, callee)[:MAX_TEXT]
        return _dotted(file, self.place)[:MAX_TEXT]


def _dotted(file: SourceFile, place: int) -> str:
    """Return an expression of names and dots as the source spells it."""
    row = file.exprs[place]
    if row is None:
        return ""
    if ir.is_attribute(row):
        _, base, name = row
        return f"{_dotted(file, base)}.{name}"
    if ir.is_in_scope(row):
        _, _, inner = row
        return _dotted(file, inner)
    if ir.is_name(row):
        _, name, *_ = row
        return name
    return ""
