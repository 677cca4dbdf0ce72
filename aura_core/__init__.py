"""The core of Aura: facts, links, snapshots, views and ranking. It knows neither Dagster nor HTTP nor MCP."""

import os

# The products here are small: a second BLAS thread costs half as much CPU again and saves no time. Read when numpy is
# first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
