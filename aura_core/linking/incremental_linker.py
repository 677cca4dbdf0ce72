"""Links a tree from the state that the previous one left. It links exactly the files for which a value that they have
read has changed, and all files when there is no previous tree.

There are fixed layers: summaries, the hierarchy (bases, then method resolution orders with overrides), callbacks across
files, links. Each is a pure function of those before it. A file records the dependency keys that it reads in a layer.
It is due there when it is altered itself (other facts, another module name) or when one of those keys has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aura_core.linking.batch_linker import BatchLinker, BatchRunner, run_in_one_batch
from aura_core.linking.dependency_keys import ReadsPacker
from aura_core.linking.early_layers import link_bases, link_callbacks, link_mro
from aura_core.linking.interface import FileInput, LinkResult, RowSource
from aura_core.linking.link_plan import LinkPlan
from aura_core.linking.state.columns import Layer
from aura_core.linking.state.link_state import LinkState
from aura_core.linking.state.previous import PreviousTree
from aura_core.linking.state_writer import write_state


def link_changes(
    state: LinkState,
    changed: Mapping[str, FileInput],
    removed: Collection[str],
    source: RowSource,
    run_batches: BatchRunner = run_in_one_batch,
) -> LinkResult:
    """Link the tree in which the ``changed`` files are new and the ``removed`` paths do not exist, and move the state
    to it. The result depends on that tree alone.

    Raises ``StateIncomplete``. The state is unchanged after that, as after any other error.
    """
    return link_plan(plan_changes(state, changed, removed, source), run_batches)


def plan_changes(
    state: LinkState, changed: Mapping[str, FileInput], removed: Collection[str], source: RowSource
) -> LinkPlan:
    """Return the plan that compares the previous tree with the new one. Raises ``StateIncomplete``."""
    return LinkPlan(PreviousTree(state, source), changed, removed)


def link_plan(plan: LinkPlan, run_batches: BatchRunner = run_in_one_batch) -> LinkResult:
    """Link every layer, move the plan's state to the new tree, and return the new rows. Raises ``StateIncomplete``."""
    packer = ReadsPacker(plan.program.keys, plan.program.value)
    bases_reads = link_bases(plan, packer)
    mro_reads = link_mro(plan, packer)
    callbacks = link_callbacks(plan)
    # the layers before may have changed values after they were packed
    packer.forget_values()
    from_nothing = plan.previous.is_empty
    linker = BatchLinker(plan.program, packer, callbacks, saves_memory=from_nothing)
    if not from_nothing:  # the program loads other files from the store, which is not shared with other processes
        run_batches = run_in_one_batch
    # sorted by path, because batches come back in any order
    links = sorted(file for batch in run_batches(linker, plan.due(Layer.LINKS)) for file in batch)
    return write_state(plan, (bases_reads, mro_reads, {file.path: file.reads for file in links}), callbacks, links)
