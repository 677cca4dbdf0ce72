"""Decides which files of a tree are indexed: by gitignore patterns, git attributes, kinds of files, limits.

Nothing here reads a repository or a disk: callers give entries and contents. The code of this folder is part of the
version of every selection (``fingerprint.py``).
"""
