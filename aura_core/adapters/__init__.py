"""Stores over real engines; the only room that imports their clients."""
