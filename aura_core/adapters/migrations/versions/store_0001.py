"""Content-addressed rows, manifests, snapshots, artifacts."""

import sqlalchemy as sa
from alembic import op

revision = "store_0001"
down_revision = None
branch_labels = ("store",)
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    for name in ("facts", "fragments", "reads", "texts"):
        op.create_table(
            name, sa.Column("key", sa.LargeBinary, primary_key=True), sa.Column("data", sa.LargeBinary, nullable=False)
        )
    op.create_table(
        "manifests",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("repo", sa.String(80), nullable=False),
        sa.Column("base", NUMBER, sa.ForeignKey("manifests.id")),
        sa.Column("depth", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_manifests_repo", "manifests", ["repo"])
    op.create_index("ix_manifests_base", "manifests", ["base"])
    op.create_table(
        "snapshots",
        sa.Column("repo", sa.String(80), primary_key=True),
        sa.Column("sha", sa.String(80), primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("versions", sa.Text, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("parent", sa.Text, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("stored_bytes", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("manifest", NUMBER, sa.ForeignKey("manifests.id"), nullable=False),
    )
    op.create_index("ix_snapshots_repo_created_at", "snapshots", ["repo", "created_at"])
    op.create_index("ix_snapshots_manifest", "snapshots", ["manifest"])
    op.create_table(
        "artifacts",
        sa.Column("repo", sa.String(80), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sha", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
