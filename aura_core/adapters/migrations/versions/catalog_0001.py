"""Repositories, events, leases, plans, refs, runs, heartbeats."""

import sqlalchemy as sa
from alembic import op

revision = "catalog_0001"
down_revision = None
branch_labels = ("catalog",)
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def repo(primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(
        "repo",
        sa.String(80),
        sa.ForeignKey("repositories.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


def upgrade() -> None:
    create_repositories_and_events()
    create_leases_and_plans()
    create_refs_and_runs()
    op.create_table(
        "heartbeats", sa.Column("name", sa.Text, primary_key=True), sa.Column("beaten_at", sa.Double, nullable=False)
    )


def create_repositories_and_events() -> None:
    op.create_table(
        "repositories",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("added_by", sa.String(16), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", NUMBER, primary_key=True),
        repo(),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("fence", NUMBER, nullable=False),
        sa.UniqueConstraint("repo", "delivery", name="uq_events_repo_delivery"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_state_due_at", "events", ["state", "due_at"])
    op.create_index("ix_events_repo_state", "events", ["repo", "state"])


def create_leases_and_plans() -> None:
    op.create_table(
        "leases",
        sa.Column("repo", sa.String(80), primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("fence", NUMBER, nullable=False),
        sa.Column("acquired_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
    op.create_table(
        "plans",
        sa.Column("run", sa.Text, primary_key=True),
        repo(),
        sa.Column("fence", NUMBER, nullable=False),
        sa.Column("events", sa.JSON, nullable=False),
        sa.Column("targets", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
    )
    op.create_index("ix_plans_repo", "plans", ["repo"])


def create_refs_and_runs() -> None:
    op.create_table(
        "refs",
        repo(primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sha", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("published_at", sa.Double, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("run", sa.Text, primary_key=True),
        repo(),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("finished_at", sa.Double, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
    )
    op.create_index("ix_runs_repo_started_at", "runs", ["repo", "started_at"])
