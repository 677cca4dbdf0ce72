"""How work is divided: one partition per registered repository, named by its id. Nothing else is partitioned."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

NAME = "repository"

repositories = dg.DynamicPartitionsDefinition(name=NAME)


@contextmanager
def preview_features() -> Iterator[None]:
    """Use parts of Dagster that it calls a preview or beta, without its warnings: partitions of checks (without them
    the UI calls a check "Not Evaluated" as soon as another repository is indexed) and links to source code.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        yield


def keep_partitions(instance: dg.DagsterInstance, repositories: set[str]) -> tuple[set[str], set[str]]:
    """Make the partitions equal to the registered repositories; return (added, removed)."""
    partitions = set(instance.get_dynamic_partitions(NAME))
    added, removed = repositories - partitions, partitions - repositories
    if added:
        instance.add_dynamic_partitions(NAME, sorted(added))
    for name in sorted(removed):
        instance.delete_dynamic_partition(NAME, name)
    return added, removed
