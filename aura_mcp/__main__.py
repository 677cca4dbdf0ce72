"""``python -m aura_mcp``: the stdio server by itself, with nothing imported before stdout is kept for the protocol."""

import sys

from aura_mcp.stdio import serve

if __name__ == "__main__":
    sys.exit(serve())
