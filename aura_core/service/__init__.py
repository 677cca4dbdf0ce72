"""What every entry point calls: find the repository and the snapshot, open its view, answer."""

from aura_core.service.facade import Aura
from aura_core.service.follower import CheckoutFollower
from aura_core.service.snapshot import Snapshot
from aura_core.service.snapshot_list import SnapshotDetail, SnapshotPage, SnapshotSummary
from aura_core.service.status import Status

__all__ = ["Aura", "CheckoutFollower", "Snapshot", "SnapshotDetail", "SnapshotPage", "SnapshotSummary", "Status"]
