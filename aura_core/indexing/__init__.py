"""Syncs: planning a run, its five steps, verification and garbage collection.

- ``runs``: the lease and the plan of a run, from its begin to its end.
- ``sync``: a whole run in this process. ``steps``: its five steps, which Dagster runs too.
- ``poll``: asks for a sync when a head has moved.
- ``trees``: the files of a commit or a working tree. ``snapshot_reader``: what the stores hold of a snapshot.
- ``unreadable``: the files that a snapshot lacks because git could not read them.
- ``link_cache``: link states, which the graph step starts from. ``view_cache``: views, which answers are read from.
- ``verify``: rebuilds a snapshot and compares. ``gc``: deletes what no snapshot needs.
"""

from aura_core.indexing.gc import GcReport, collect_garbage, plan_retention
from aura_core.indexing.link_cache import forget_link_states
from aura_core.indexing.poll import poll_head
from aura_core.indexing.runs import abandon, find_plan, finish, keep_lease, plan_run, resume
from aura_core.indexing.snapshot_reader import manifest_of, snapshots_of
from aura_core.indexing.steps.checks import CHECKS, check
from aura_core.indexing.steps.cluster import cluster, clusters_at
from aura_core.indexing.steps.context import Step, StepContext
from aura_core.indexing.steps.embed import embed
from aura_core.indexing.steps.graph import graph
from aura_core.indexing.steps.parse import parse
from aura_core.indexing.steps.report import Finding, Progress, StepReport
from aura_core.indexing.steps.snapshot import snapshot
from aura_core.indexing.steps.views import ensure_view
from aura_core.indexing.sync import IndexReport, index, index_worktree, run_step
from aura_core.indexing.unreadable import can_be_completed, unreadable_files
from aura_core.indexing.verify import VerifyOutcome, VerifyResult, commits_to_verify, verify, verify_sample

__all__ = [
    "CHECKS",
    "Finding",
    "GcReport",
    "IndexReport",
    "Progress",
    "Step",
    "StepContext",
    "StepReport",
    "VerifyOutcome",
    "VerifyResult",
    "abandon",
    "can_be_completed",
    "check",
    "cluster",
    "clusters_at",
    "collect_garbage",
    "commits_to_verify",
    "embed",
    "ensure_view",
    "find_plan",
    "finish",
    "forget_link_states",
    "graph",
    "index",
    "index_worktree",
    "keep_lease",
    "manifest_of",
    "parse",
    "plan_retention",
    "plan_run",
    "poll_head",
    "resume",
    "run_step",
    "snapshot",
    "snapshots_of",
    "unreadable_files",
    "verify",
    "verify_sample",
]
