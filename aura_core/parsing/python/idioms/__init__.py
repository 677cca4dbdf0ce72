"""Reads what a program spells out in an idiom instead of in statements that bind names."""
