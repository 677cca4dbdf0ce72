"""Frozen values that every room uses. Standard library only."""
