"""How work is divided: one partition per registered repository, named by its id. Nothing else is partitioned."""

from __future__ import annotations

import dagster as dg

NAME = "repository"

repositories = dg.DynamicPartitionsDefinition(name=NAME)


def keep_partitions(instance: dg.DagsterInstance, wanted: set[str]) -> tuple[set[str], set[str]]:
    """Make the partitions equal to the registered repositories; (added, removed)."""
    known = set(instance.get_dynamic_partitions(NAME))
    added, removed = wanted - known, known - wanted
    if added:
        instance.add_dynamic_partitions(NAME, sorted(added))
    for gone in sorted(removed):
        instance.delete_dynamic_partition(NAME, gone)
    return added, removed
