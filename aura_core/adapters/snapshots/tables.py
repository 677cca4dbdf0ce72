"""Tables of the snapshot store. A change here needs a revision of the branch ``store``: the next file
``migrations/versions/store_NNNN.py`` (tested).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from aura_core.ports.snapshots import RowKind

STORE = MetaData()

Number = BigInteger().with_variant(Integer, "sqlite")


def _rows(name: str) -> Table:
    # A row with a base is a change of that row, which is whole: the database refuses to delete a base before its
    # changes.
    # Measured on 3,454 rows of 2.7 KB: an ordinary table reads in 12 ms, one WITHOUT ROWID in 28 ms and is a third
    # larger.
    # To name Postgres in the index would load its dialect at every start, so its index has rows without a base too.
    return Table(
        name,
        STORE,
        Column("key", LargeBinary, primary_key=True),
        Column("data", LargeBinary, nullable=False),
        Column("base", LargeBinary, ForeignKey(f"{name}.key")),
        Index(f"ix_{name}_base", "base", "key", sqlite_where=text("base IS NOT NULL")),
    )


ROWS = {
    RowKind.FACTS: _rows("facts"),
    RowKind.FRAGMENT: _rows("fragments"),
    RowKind.READS: _rows("reads"),
    RowKind.TEXT: _rows("texts"),
}

KIND_NUMBERS = {RowKind.FACTS: 1, RowKind.FRAGMENT: 2, RowKind.READS: 3, RowKind.TEXT: 4}

# ``epoch``: the minute of a row's last use. In a table of its own, because a new stamp would write the whole row again.
last_uses = Table(
    "touched",
    STORE,
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, primary_key=True),
    Column("epoch", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# The content of snapshots: ``data`` is whole, or a change of the row ``base``, with ``depth`` rows below it. The
# content that a row stands for never changes, so a change stays right when the snapshot of its base is indexed again.
manifests = Table(
    "manifests",
    STORE,
    Column("id", Number, primary_key=True),
    Column("repo", String(80), nullable=False),
    Column("base", Number, ForeignKey("manifests.id")),
    Column("depth", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_manifests_repo", "repo"),
    Index("ix_manifests_base", "base"),
    sqlite_autoincrement=True,
)

snapshots = Table(
    "snapshots",
    STORE,
    Column("repo", String(80), primary_key=True),
    Column("sha", String(80), primary_key=True),
    Column("digest", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("files", Integer, nullable=False),
    Column("stored_bytes", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("manifest", Number, ForeignKey("manifests.id"), nullable=False),
    Index("ix_snapshots_repo_created_at", "repo", "created_at"),
    Index("ix_snapshots_manifest", "manifest"),
)

artifacts = Table(
    "artifacts",
    STORE,
    Column("repo", String(80), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
