"""What every door calls: find the repository and the snapshot, open its view, answer."""

from aura_core.service.facade import Aura
from aura_core.service.follower import Keeper
from aura_core.service.locate import Located
from aura_core.service.snapshots import Listed, SnapshotDetail, SnapshotPage
from aura_core.service.status import Status

__all__ = ["Aura", "Keeper", "Listed", "Located", "SnapshotDetail", "SnapshotPage", "Status"]
