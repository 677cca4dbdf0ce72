"""Leases name the process that holds them, and refs the fence under which they were published."""

import sqlalchemy as sa
from alembic import op

revision = "catalog_0002"
down_revision = "catalog_0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("leases", sa.Column("process", sa.Text, nullable=False, server_default=""))
    op.add_column("refs", sa.Column("fence", NUMBER, nullable=False, server_default="0"))
    # A ref counts as published under the newest fence: a plan from before that has another sha is made anew.
    op.execute("UPDATE refs SET fence = COALESCE((SELECT fence FROM leases WHERE leases.repo = refs.repo), 0)")
