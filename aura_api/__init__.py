"""HTTP: thin routes over `aura_core.service`."""
