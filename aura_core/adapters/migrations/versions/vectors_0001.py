"""Arrays of vectors and the place of each key in them."""

import sqlalchemy as sa
from alembic import op

revision = "vectors_0001"
down_revision = None
branch_labels = ("vectors",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vector_arrays",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("embedder", sa.Text, nullable=False, unique=True),
        sa.Column("dimensions", sa.Integer, nullable=False),
        sa.Column("length", sa.Integer, nullable=False),
    )
    op.create_table(
        "vector_places",
        sa.Column("array", sa.Integer, sa.ForeignKey("vector_arrays.id"), primary_key=True),
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
