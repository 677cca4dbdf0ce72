"""Each vector has a checksum; those that were stored before have none."""

import sqlalchemy as sa
from alembic import op

revision = "vectors_0003"
down_revision = "vectors_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vector_places", sa.Column("checksum", sa.BigInteger, nullable=False, server_default="-1"))
