"""The `aura` command: the only place that knows every door."""
