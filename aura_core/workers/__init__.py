"""Child processes, worker pools and periodic threads. Knows no step of a sync and no store."""
