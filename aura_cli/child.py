"""``python -m aura_cli.child PARENT MODULE …`` runs a server of ``aura dev`` that ends when its parent process ends,
even when the parent is killed.
"""

from __future__ import annotations

import runpy
import signal
import sys

from aura_core.workers.parent import end_with_parent

GRACE_SECONDS = 6.0
"""How long the server may take to end before its whole process group is killed."""


def main() -> None:
    """Watch the process ``PARENT`` and run ``MODULE`` as a program in this process."""
    _, parent, *arguments = sys.argv
    end_with_parent(int(parent), signal.SIGTERM, GRACE_SECONDS)
    sys.argv = arguments
    runpy.run_module(next(iter(arguments)), run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
