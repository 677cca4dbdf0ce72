"""Repairs source that the running interpreter refuses: translates it from other versions, or omits what is broken."""
