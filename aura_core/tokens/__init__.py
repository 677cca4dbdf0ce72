"""Exact token counts."""
