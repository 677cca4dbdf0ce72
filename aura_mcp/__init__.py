"""The door for agents: a Model Context Protocol server over `aura_core.service`."""
