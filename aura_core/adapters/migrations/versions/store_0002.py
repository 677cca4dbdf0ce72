"""When each row was last wanted."""

import time

import sqlalchemy as sa
from alembic import op

revision = "store_0002"
down_revision = "store_0001"
branch_labels = None
depends_on = None

KINDS = {"facts": 1, "fragments": 2, "reads": 3, "texts": 4}


def upgrade() -> None:
    op.create_table(
        "touched",
        sa.Column("kind", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    for table, kind in KINDS.items():  # as if all had been wanted a moment ago: a sync may be about to name them
        op.execute(f"INSERT INTO touched (kind, key, epoch) SELECT {kind}, key, {int(time.time() // 60)} FROM {table}")  # noqa: S608 - constants
