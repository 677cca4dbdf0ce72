"""The verbs of a sync: plan, parse, graph, embed, snapshot, cluster."""

from aura_core.indexing.apart import apart
from aura_core.indexing.checks import Finding, check
from aura_core.indexing.clusters import cluster, clusters_at
from aura_core.indexing.collecting import Collected, collect, retired
from aura_core.indexing.embed import embed
from aura_core.indexing.graph import graph
from aura_core.indexing.linked import forget
from aura_core.indexing.now import IndexReport, edits, index
from aura_core.indexing.parse import parse, read_text
from aura_core.indexing.planning import find_plan, finish, keep_lease, plan
from aura_core.indexing.polling import look
from aura_core.indexing.publish import snapshot
from aura_core.indexing.redoing import redoing
from aura_core.indexing.report import Progress, StepReport
from aura_core.indexing.resuming import abandon, resume
from aura_core.indexing.trees import snapshots_of
from aura_core.indexing.verify import Equality, Verdict, audit, choose, verify
from aura_core.indexing.versions import index_versions
from aura_core.indexing.views import ensure_view

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
    "index_versions",
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
