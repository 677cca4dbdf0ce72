"""``python -m aura_cli.child FD MODULE …`` runs a server of ``aura dev`` that ends when its parent process ends, even
when the parent is killed.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

GRACE_SECONDS = 6.0


def main() -> None:
    """Watch the pipe ``FD``, whose other end only the parent holds, and run ``MODULE`` as a program in this process."""
    pipe, module, arguments = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    threading.Thread(target=_end_with, args=(pipe,), name="parent", daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with(pipe: int) -> None:
    """Wait until the parent's end of the pipe closes. Then send SIGTERM to this process and, after a grace period,
    SIGKILL to its process group.
    """
    while os.read(pipe, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    main()
