"""Links the layers before links: bases, then method resolution orders and overrides, then callbacks across files.

What a layer makes of a file follows from the layers before alone. A layer links the files that are due,
and notes the keys whose values it changes, so that later layers know theirs.
"""

from __future__ import annotations

from aura_core.linking.batch_linker import Callbacks
from aura_core.linking.dependency_keys import (
    KEY_BASES,
    KEY_CALLBACKS,
    KEY_MRO,
    KEY_ONLY_METHOD,
    KEY_OVERRIDES,
    ReadsPacker,
)
from aura_core.linking.hierarchy import bases_of, mro_of, overrides_of
from aura_core.linking.inference.callbacks import CallbackFinder
from aura_core.linking.inference.evaluator import new_inference
from aura_core.linking.link_plan import LinkPlan, unequal
from aura_core.linking.program import ClassRefs, Override, public_methods
from aura_core.linking.source_file import Method
from aura_core.linking.state.columns import Layer

PackedReads = dict[str, bytes]
"""By path: what a file read in one layer, packed."""

OverrideChanges = dict[str, tuple[list[Override], list[Override]]]
"""By path: what a file's classes overrode in the previous tree, and what they override now."""


def link_bases(plan: LinkPlan, packer: ReadsPacker) -> PackedReads:
    """Link the bases of the files that are due; return their packed reads."""
    program = plan.program
    packed_reads: PackedReads = {}
    packer.forget_values()
    state = new_inference(program, plain=True)
    for path in plan.due(Layer.BASES):
        state.begin_file()
        _replace(plan, KEY_BASES, path, bases_of(state, program.files[path]))
        packed_reads[path] = packer.pack(state.reads, path)
    for path in plan.removed_modules:
        _replace(plan, KEY_BASES, path, {})
    return packed_reads


def link_mro(plan: LinkPlan, packer: ReadsPacker) -> PackedReads:
    """Link the MROs of the files that are due, then update the program's methods; return the packed reads."""
    program, previous = plan.program, plan.previous
    packed_reads: PackedReads = {}
    changes: OverrideChanges = {}
    packer.forget_values()
    for path in plan.due(Layer.MRO):
        reads: set[int] = set()
        # before ``_replace``, because overrides follow from the program's present MRO
        before = _overrides(plan, path, previous.methods(path), previous.bases(path))
        _replace(plan, KEY_MRO, path, mro_of(program, program.files[path], reads))
        packed_reads[path] = packer.pack(reads, path)
        methods = plan.methods.get(path, previous.methods(path))
        changes[path] = before, _overrides(plan, path, methods, program.bases.get(path))
    for path in sorted(plan.removed_modules):
        changes[path] = _overrides(plan, path, previous.methods(path), previous.bases(path)), []
        _replace(plan, KEY_MRO, path, {})
    _change_methods(plan, changes)
    return packed_reads


def link_callbacks(plan: LinkPlan) -> Callbacks:
    """Return the callbacks that the files whose links are due pass to functions of other files. The keys read to find
    them are recorded in the layer of links, so a file that passes something else is linked again.
    """
    program, finder = plan.program, CallbackFinder(plan.program)
    callbacks: Callbacks = {path: finder.callbacks_of(program.files[path]) for path in plan.due(Layer.LINKS)}
    for path in (*callbacks, *sorted(plan.removed_modules)):
        flows, _ = callbacks.get(path, ((), set()))
        changed_paths = program.change_callbacks(plan.previous.callbacks(path), flows)
        plan.note((KEY_CALLBACKS, target) for target in changed_paths)
    return callbacks


def _replace(plan: LinkPlan, key_kind: str, path: str, after: ClassRefs) -> None:
    """Replace a file's entry in the table of a key kind, and note the classes for which it differs."""
    table = plan.program.bases if key_kind == KEY_BASES else plan.program.mro
    before = {} if plan.previous.is_empty else table.get(path) or {}
    table[path] = after
    plan.note((key_kind, path, name) for name in unequal(before, after))


def _overrides(plan: LinkPlan, path: str, methods: tuple[Method, ...], bases: ClassRefs | None) -> list[Override]:
    return overrides_of(path, methods, plan.program.mro.get(path) or {}, bases or {})


def _change_methods(plan: LinkPlan, override_changes: OverrideChanges) -> None:
    """Update the program's methods and overrides, and note the names whose only method is another one now."""
    program = plan.program
    names = set() if plan.previous.is_empty else _changed_names(plan, override_changes)
    # asked before the change, to be compared with the answers after it
    only_methods = {name: program.only_method(name) for name in names}
    for path, (old, new) in plan.method_changes.items():
        program.change_methods(path, old, new)
    for before, after in override_changes.values():
        plan.note((KEY_OVERRIDES, *address) for address in program.change_overrides(before, after))
    plan.note((KEY_ONLY_METHOD, name) for name, uid in only_methods.items() if program.only_method(name) != uid)


def _changed_names(plan: LinkPlan, override_changes: OverrideChanges) -> set[str]:
    """Return the names of methods that come or go, or that override others than before."""
    names = {
        name for changes in plan.method_changes.values() for methods in changes for name, _ in public_methods(methods)
    }
    for before, after in override_changes.values():
        names |= {name for (_, _, name), _ in {*before} ^ {*after}}
    return names
