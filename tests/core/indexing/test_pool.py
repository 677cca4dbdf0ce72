"""Parsing in processes: no code of the repository runs in ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support import PATIENCE_SECONDS

RUN = "from aura_core.indexing.pool import in_batches; print(sorted(in_batches(len, [[1], [1, 2]], 2)))"


def test_worker_processes_import_nothing_from_the_current_folder(tmp_path: Path) -> None:
    for name in ("multiprocessing", "pickle", "struct", "signal"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w').close()\n")
    code = f"if __name__ == '__main__':\n    {RUN}\n"
    script = tmp_path.parent / f"{tmp_path.name}-run.py"
    script.write_text(code)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert not (tmp_path / "ran").exists()
    assert (done.returncode, done.stdout.strip()) == (0, "[1, 2]"), done.stderr
