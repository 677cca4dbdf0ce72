"""Calls that really happened in packages' own tests, against the graph. See benchmarks/README.md."""
