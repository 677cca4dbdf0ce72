"""Source that the running interpreter refuses: translated from other grammars, or read without its broken statements."""
