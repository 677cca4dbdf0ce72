"""Tables of the catalog. A change here needs a revision of the branch ``catalog``: the next file
``migrations/versions/catalog_NNNN.py`` (tested).

Columns that end in ``_at`` are UTC seconds since the epoch.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

CATALOG = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)

Number = BigInteger().with_variant(Integer, "sqlite")


def _repo(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "repo", String(80), ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=primary_key, nullable=False
    )


repositories = Table(
    "repositories",
    CATALOG,
    Column("id", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("origin", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("added_by", String(16), nullable=False),
    Column("created_at", Double, nullable=False),
)

events = Table(
    "events",
    CATALOG,
    Column("id", Number, primary_key=True),
    _repo(),
    Column("delivery", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("target", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("error", Text, nullable=False),
    Column("fence", Number, nullable=False),
    UniqueConstraint("repo", "delivery"),
    Index("ix_events_state_due_at", "state", "due_at"),
    Index("ix_events_repo_state", "repo", "state"),
    sqlite_autoincrement=True,
)

# A lease outlives its repository: were its fence to start again, a late run of the old repository could publish into
# the new one.
leases = Table(
    "leases",
    CATALOG,
    Column("repo", String(80), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", Number, nullable=False),
    Column("acquired_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("process", Text, nullable=False, server_default=""),
)

plans = Table(
    "plans",
    CATALOG,
    Column("run", Text, primary_key=True),
    _repo(),
    Column("fence", Number, nullable=False),
    Column("events", JSON, nullable=False),
    Column("targets", JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("ix_plans_repo", "repo"),
)

refs = Table(
    "refs",
    CATALOG,
    _repo(primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("published_at", Double, nullable=False),
    Column("fence", Number, nullable=False, server_default="0"),
)

runs = Table(
    "runs",
    CATALOG,
    Column("run", Text, primary_key=True),
    _repo(),
    Column("state", String(16), nullable=False),
    Column("started_at", Double, nullable=False),
    Column("finished_at", Double, nullable=False),
    Column("message", Text, nullable=False),
    Column("counts", JSON, nullable=False),
    Index("ix_runs_repo_started_at", "repo", "started_at"),
)

heartbeats = Table(
    "heartbeats",
    CATALOG,
    Column("name", Text, primary_key=True),
    Column("beaten_at", Double, nullable=False),
)
