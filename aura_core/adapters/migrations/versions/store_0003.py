"""Rows may be changes of other rows. Those that are there stay whole."""

import sqlalchemy as sa
from alembic import op

revision = "store_0003"
down_revision = "store_0002"
branch_labels = None
depends_on = None

TABLES = ("facts", "fragments", "reads", "texts")


def upgrade() -> None:
    binary = sa.LargeBinary().compile(dialect=op.get_bind().dialect)
    for table in TABLES:  # plain SQL, since Alembic would copy the whole table on SQLite
        op.execute(f"ALTER TABLE {table} ADD COLUMN base {binary} REFERENCES {table} (key)")
        op.create_index(f"ix_{table}_base", table, ["base", "key"], sqlite_where=sa.text("base IS NOT NULL"))
