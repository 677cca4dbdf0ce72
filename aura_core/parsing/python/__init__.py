"""Turns Python source into definitions and linker facts."""
