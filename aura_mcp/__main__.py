"""``python -m aura_mcp``: the stdio server by itself, with nothing imported before stdout is kept for the protocol."""

import sys

from aura_core.private_files import private_umask
from aura_mcp.stdio import serve

if __name__ == "__main__":
    with private_umask():
        sys.exit(serve())
