"""The verbs of a sync: plan, parse, graph, embed, snapshot, cluster."""

from aura_core.indexing.gc import Collected, collect, retired
from aura_core.indexing.isolated import apart
from aura_core.indexing.link_cache import forget
from aura_core.indexing.polling import look
from aura_core.indexing.redoing import redoing
from aura_core.indexing.resuming import abandon, resume
from aura_core.indexing.runs import find_plan, finish, keep_lease, plan
from aura_core.indexing.steps.checks import Finding, check
from aura_core.indexing.steps.cluster import cluster, clusters_at
from aura_core.indexing.steps.embed import embed
from aura_core.indexing.steps.graph import graph
from aura_core.indexing.steps.parse import parse, read_text
from aura_core.indexing.steps.report import Progress, StepReport
from aura_core.indexing.steps.snapshot import snapshot
from aura_core.indexing.steps.views import ensure_view
from aura_core.indexing.sync import IndexReport, edits, index
from aura_core.indexing.trees import snapshots_of
from aura_core.indexing.verify import Equality, Verdict, audit, choose, verify

__all__ = [
    "Collected",
    "Equality",
    "Finding",
    "IndexReport",
    "Progress",
    "StepReport",
    "Verdict",
    "abandon",
    "apart",
    "audit",
    "check",
    "choose",
    "cluster",
    "clusters_at",
    "collect",
    "edits",
    "embed",
    "ensure_view",
    "find_plan",
    "finish",
    "forget",
    "graph",
    "index",
    "keep_lease",
    "look",
    "parse",
    "plan",
    "read_text",
    "redoing",
    "resume",
    "retired",
    "snapshot",
    "snapshots_of",
    "verify",
]
