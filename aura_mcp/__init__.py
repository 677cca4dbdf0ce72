"""A Model Context Protocol server for agents, over `aura_core.service`."""
