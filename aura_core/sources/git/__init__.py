"""Git repositories: objects read through libgit2, the index file, mirrors fetched by the git program, differences.

Nothing here writes into a user's repository. Files on disk are read in ``worktree``.
"""
