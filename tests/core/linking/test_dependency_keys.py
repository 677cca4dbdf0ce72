"""Changes after which an incremental linker is known to go wrong: each is made, and undone, and compared with linking
from nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from aura_core.linking import dependency_keys
from tests.core.linking.change_cases import CLASSES, FLOWING, SEARCHES, Change
from tests.core.linking.import_changes import IMPORTS
from tests.core.linking.member_changes import MEMBERS
from tests.core.linking.stub_changes import STUBS
from tests.core.linking.tree_history import TreeHistory, difference, link_from_nothing
from tests.core.linking.value_changes import VALUES

TRAPS: dict[str, tuple[dict[str, str], Change]] = FLOWING | CLASSES | SEARCHES | VALUES | MEMBERS | IMPORTS | STUBS


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
