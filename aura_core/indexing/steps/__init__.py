"""The five steps of a sync, named as the Dagster assets, and what they share."""
