"""Dagster over the verbs of `aura_core.indexing`: assets, partitions, resources, sensors, schedules, checks, jobs."""
