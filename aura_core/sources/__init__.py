"""Sources of text: git repositories and plain folders, read and never written.

``git`` reads objects, mirrors and git's index, ``worktree`` reads files on disk, ``rules`` decides which files are
indexed. The files beside them name a repository (``identity``, ``urls``) and open it (``opener``).
"""

from aura_core.sources.git.mirror import MirrorSource
from aura_core.sources.identity import identify
from aura_core.sources.local_source import LocalSource
from aura_core.sources.opener import RepositorySources
from aura_core.sources.worktree.folder import FolderSource

__all__ = ["FolderSource", "LocalSource", "MirrorSource", "RepositorySources", "identify"]
