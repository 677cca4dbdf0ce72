"""How work is divided: one partition per registered repository, named by its id. Nothing else is partitioned."""

from __future__ import annotations

import dagster as dg

NAME = "repository"

repositories = dg.DynamicPartitionsDefinition(name=NAME)


def keep_partitions(instance: dg.DagsterInstance, repositories: set[str]) -> tuple[set[str], set[str]]:
    """Make the partitions equal to the registered repositories; return (added, removed)."""
    partitions = set(instance.get_dynamic_partitions(NAME))
    added, removed = repositories - partitions, partitions - repositories
    if added:
        instance.add_dynamic_partitions(NAME, sorted(added))
    for name in sorted(removed):
        instance.delete_dynamic_partition(NAME, name)
    return added, removed
