"""When each vector was last wanted, and arrays that may be replaced."""

import hashlib
import time

import sqlalchemy as sa
from alembic import op

revision = "vectors_0002"
down_revision = "vectors_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vector_arrays", sa.Column("file", sa.Text, nullable=False, server_default=""))
    op.add_column("vector_places", sa.Column("epoch", sa.Integer, nullable=False, server_default="0"))
    op.execute(f"UPDATE vector_places SET epoch = {int(time.time() // 60)}")  # noqa: S608 - a number
    arrays = sa.table("vector_arrays", sa.column("embedder", sa.Text), sa.column("file", sa.Text))
    connection = op.get_bind()
    for embedder in connection.execute(sa.select(arrays.c.embedder)).scalars().all():
        file = f"vectors-{hashlib.blake2b(embedder.encode(), digest_size=8).hexdigest()}.i8"
        connection.execute(sa.update(arrays).where(arrays.c.embedder == embedder).values(file=file))
