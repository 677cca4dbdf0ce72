"""``python -m aura_cli.child FD MODULE …``: a server of ``aura dev``, which ends when the process that started it
does, however that ended.
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
    """Wait for the parent's end of the pipe to close; then end politely, and a little later with everything in this
    process group.
    """
    while os.read(pipe, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    main()
