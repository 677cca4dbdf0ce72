"""Reads files whose language is nearly Python: ``notebook`` cells and ``cython``."""
