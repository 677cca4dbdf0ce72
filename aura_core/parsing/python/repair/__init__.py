"""Source that the running interpreter refuses: translated from other versions, or read without its broken statements."""
