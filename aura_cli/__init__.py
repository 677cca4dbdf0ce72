"""The `aura` command: the only package that imports every entry point."""
