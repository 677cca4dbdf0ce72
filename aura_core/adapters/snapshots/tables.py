"""Tables of the snapshot store. A change here needs a revision of the branch ``store`` (tested)."""

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
    # A row with a base is a change of that row, which is whole: the database refuses to take a base away from what
    # builds on it.
    # Measured on 3,454 rows of 2.7 KB: an ordinary table reads in 12 ms, one WITHOUT ROWID in 28 ms and is a third
    # larger.
    # Naming Postgres in the index would load its dialect with every start: there it has the rows without a base too.
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

# The minute when a row was last wanted. Apart from the rows: a touch would write the whole row again.
touched = Table(
    "touched",
    STORE,
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, primary_key=True),
    Column("epoch", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Content of snapshots. What a row says never changes, so that a delta's base stays what it was when a snapshot is
# indexed again.
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
