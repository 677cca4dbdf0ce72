"""Tables of the embedded vector store. A change here needs a revision of the branch ``vectors``: the next file
``migrations/versions/vectors_NNNN.py`` (tested).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text

VECTORS = MetaData()

# ``length``: how many places of the array's file belong to rows; the file may be longer by what a crash left behind,
# never shorter. ``file`` is its name in the home.
# An array whose ``embedder`` begins with a dash is detached: it is being written, or another array has replaced it.
arrays = Table(
    "vector_arrays",
    VECTORS,
    Column("id", Integer, primary_key=True),
    Column("embedder", Text, nullable=False, unique=True),
    Column("dimensions", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("file", Text, nullable=False, server_default=""),
)

# ``epoch``: the minute of the vector's last use; 0 in rows of an older version of Aura. ``checksum``: the CRC-32 of the
# vector's codes; -1 where it was never taken.
places = Table(
    "vector_places",
    VECTORS,
    Column("array", Integer, ForeignKey("vector_arrays.id"), primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("checksum", BigInteger, nullable=False, server_default="-1"),
    sqlite_with_rowid=False,
)
