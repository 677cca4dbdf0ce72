"""Runs a package's tests under the recorder, in the package's own environment.

``python traced_run.py ROOT OUT [--path P]… MODULE ARGUMENT…``
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import runpy
import sys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root")
    parser.add_argument("out")
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    from recorder import Recorder

    root = os.path.realpath(options.root)
    sys.path[:1] = [os.path.normpath(os.path.join(root, p)) for p in options.path]
    sys.argv = [options.module, *options.arguments]
    sys.dont_write_bytecode = True
    recorder = Recorder(root)
    recorder.start()
    code: object = 0
    try:
        runpy.run_module(options.module, run_name="__main__", alter_sys=True)
    except SystemExit as error:
        code = error.code
    finally:
        recorder.stop()
    trace = {"python": platform.python_version(), "exit": code, "calls": recorder.rows(), "classes": recorder.classes()}
    partial = options.out + ".partial"
    with gzip.open(partial, "wt", encoding="utf-8") as file:
        json.dump(trace, file)
    os.replace(partial, options.out)


if __name__ == "__main__":
    main()
