"""Real git repositories for tests."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aura_core.ports.stores import Stores

PATIENCE_SECONDS = 480.0
"""How long a test waits for what must come: a limit for what hangs, far above what a busy machine needs."""


def expire_lease(stores: Stores, repo: str) -> None:
    """As if the time of the repository's lease, if there is one, had run out."""
    lease = stores.catalog.leases.current(repo)
    if lease is not None:
        stores.catalog.leases.renew(lease, 0.0)


def run_sql(file: Path, statement: str, parameters: Sequence[object] = ()) -> list[Any]:
    """Run one statement on an SQLite file of a home, as no store would, and return its rows."""
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(statement, parameters).fetchall()


def children_of(pid: int) -> list[int]:
    """The living processes that a process began."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, (task / "children").read_text().split())
    return found


class GitRepository:
    """A repository in a temporary folder, driven by git with a fixed author and no outside configuration."""

    def __init__(self, path: Path, *, bare: bool = False) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))
        self._clock = 1_700_000_000

    def git(self, *arguments: str) -> str:
        """Output of a git command run in the repository."""
        env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.invalid",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.invalid",
        }
        if hasattr(self, "_clock"):
            env |= {"GIT_AUTHOR_DATE": f"{self._clock} +0000", "GIT_COMMITTER_DATE": f"{self._clock} +0000"}
        done = subprocess.run(["git", *arguments], cwd=self.path, env=env, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files; None deletes."""
        for name, text in files.items():
            file = self.path / name
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, files: Mapping[str, str | bytes | None] | None = None, message: str = "change") -> str:
        """Write files and commit everything; the new sha."""
        self.write(files or {})
        self._clock += 60
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


SHOP = {
    "shop/__init__.py": "",
    "shop/cart.py": '''"""Carts and what is in them."""

from shop.prices import total_price


class Cart:
    """Holds lines until checkout."""

    def __init__(self):
        self.lines = []

    def add(self, product, quantity=1):
        """Put a product into the cart."""
        self.lines.append((product, quantity))

    def checkout(self, voucher=None):
        """Close the cart and say what is to pay."""
        return total_price(self.lines, voucher)
''',
    "shop/prices.py": '''"""Prices, vouchers and rounding."""


def total_price(lines, voucher=None):
    """Sum of all lines, less what the voucher takes off."""
    amount = sum(product.price * quantity for product, quantity in lines)
    return apply_voucher(amount, voucher)


def apply_voucher(amount, voucher):
    """Take the voucher's share off the amount; a missing voucher changes nothing."""
    if voucher is None:
        return amount
    return round(amount * (1 - voucher.share), 2)
''',
    "README.md": "# Shop\n\nA small shop.\n\n## Vouchers\n\nA voucher takes a share off the total.\n",
}
"""A small package with one call across files."""
