"""What people and git do to a checkout: edits, switches of branches, moves, odd names."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable

from tests.support import GitRepository


def by_rename(repo: GitRepository) -> None:
    """As many editors save."""
    (repo.path / "a.py.tmp~").write_text("written aside\n")
    os.replace(repo.path / "a.py.tmp~", repo.path / "a.py")


def stash(repo: GitRepository) -> None:
    repo.git("stash", "--include-untracked")


def pop(repo: GitRepository) -> None:
    subprocess.run(["git", "stash", "pop"], cwd=repo.path, capture_output=True, check=False)


def switch(repo: GitRepository) -> None:
    repo.git("checkout", "-q", "-f", "-B", "side")
    repo.commit({"pkg/b.py": "side\n", "side.py": "s\n"})
    repo.git("checkout", "-q", "-f", "main")


def rebase(repo: GitRepository) -> None:
    repo.git("checkout", "-q", "-f", "-B", "topic")
    repo.commit({"topic.py": "t\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"main.py": "m\n"})
    repo.git("checkout", "-q", "topic")
    repo.git("rebase", "-q", "main")


def odd_name(repo: GitRepository) -> None:
    with open(bytes(repo.path) + b"/\xe9.py", "w") as file:
        file.write("latin\n")


def inner_repository(repo: GitRepository) -> None:
    folder = repo.path / "inner"
    folder.mkdir(exist_ok=True)
    (folder / "i.py").write_text("i\n")
    repo.git("init", "-q", "inner")


def swap_folder(repo: GitRepository) -> None:
    shutil.rmtree(repo.path / "pkg", ignore_errors=True)
    (repo.path / "pkg").write_text("now a file\n")


def move_folder(repo: GitRepository) -> None:
    if (repo.path / "pkg").is_dir():
        os.replace(repo.path / "pkg", repo.path / f"moved{time.monotonic_ns()}")


def link(repo: GitRepository) -> None:
    (repo.path / "a.py").unlink(missing_ok=True)
    (repo.path / "a.py").symlink_to("pkg")


def writes(files: dict[str, str | bytes]) -> Callable[[GitRepository], None]:
    def write(repo: GitRepository) -> None:
        for name, data in files.items():
            file = repo.path / name
            if any(above.is_file() for above in file.parents) or file.is_dir():
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            file.write_bytes(data if isinstance(data, bytes) else data.encode())

    write.__name__ = f"write {' '.join(files)[:40]}"
    return write


def runs(*command: str) -> Callable[[GitRepository], None]:
    def run(repo: GitRepository) -> None:
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.invalid", *command],
            cwd=repo.path,
            capture_output=True,
            check=False,
        )

    run.__name__ = " ".join(command)
    return run


OPERATIONS = [
    writes({"a.py": "one\n"}),
    writes({"a.py": "two, longer\n"}),
    writes({"pkg/new.py": "n\n", "x.log": "ignored\n"}),
    writes({"deep/er/est.py": "d\n"}),
    writes({"raw": b"\0binary"}),
    writes({"raw": "text now\n"}),
    writes({"build/out.py": "o\n"}),
    writes({".gitignore": "*.tmp\n"}),
    writes({".auraignore": "pkg/\n"}),
    writes({".auraignore": ""}),
    writes({"pkg/.gitattributes": "*.py linguist-generated\n"}),
    writes({"env/pyvenv.cfg": "", "env/lib.py": "l\n"}),
    writes({f"many/m{n}.py": f"{n}\n" for n in range(600)}),
    writes({"big.txt": "x" * 1_100_000}),
    *(by_rename, stash, pop, switch, rebase, odd_name, inner_repository, swap_folder, move_folder, link),
    runs("add", "--all"),
    runs("add", "-N", "."),
    runs("commit", "-qam", "c"),
    runs("reset", "-q", "--hard"),
    runs("rm", "-rq", "--cached", "."),
    runs("reset", "-q", "--soft", "HEAD~1"),
    runs("clean", "-fdxq"),
    runs("sparse-checkout", "set", "pkg"),
    runs("sparse-checkout", "disable"),
    runs("update-index", "--skip-worktree", "a.py"),
    runs("config", "core.excludesFile", "/dev/null"),
    runs("rm", "-q", "pkg/sub/c.py"),
]
