"""Measures whether an answer has what a real change then edited, by the tasks and measures of a benchmark's folder.

python -m benchmarks.localise --bench DIR --mirrors DIR [--repo encode/httpx,pallets/flask] [--limit N] [--out FILE]

``--bench`` holds ``dev.jsonl`` (one task a line: repo, base_commit, task, gold_files, gold_functions with their
lines), and the measures,
``score.py`` and ``units.py``.
``--mirrors`` holds full clones at ``<owner>+<name>/repo``:

    git clone --bare https://github.com/encode/httpx DIR/encode+httpx/repo

Everything runs in this process: the tree of the base commit is parsed, linked and embedded, and asked once for each
budget.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aura_core.embedding import static_embedder
from aura_core.linking import link_tree, unpack_fragment
from aura_core.model.context import ContextItem, ContextRequest, Level
from aura_core.model.facts import FileFacts
from aura_core.model.repository import Lag
from aura_core.parsing import facts_key, language_of, parse_blob
from aura_core.retrieval import answer
from aura_core.tokens import TokenCounter
from aura_core.views import View, ViewFile, build_view
from benchmarks.corpus import unpack

ENCODING = "cl100k_base"
TIMED_BUDGET = 8_000
"""The CPU time of a query is that of an answer with this many tokens."""

MAX_FILE_BYTES = 1 << 20
"""Larger files are data and are not read."""

TEXT_SUFFIXES = (".py", ".md", ".rst", ".txt", ".toml", ".cfg", ".ini")

STAND_INS = {"django/django": "adamchainz+django"}
"""A smaller clone that holds every base commit, used where it is present."""

PRINTED_MEASURES = (
    "file_acc@1", "file_acc@5", "file_acc@10", "func_acc@5", "func_acc@10", "func_rec@10", "func_mrr",
    "line_rec@2k", "line_rec@8k", "line_rec@32k", "func_touch@8k",
)  # fmt: skip


class IndexedTree:
    """One tree with its view. Facts of equal bytes are shared by all trees of a run."""

    def __init__(self, texts: Mapping[str, bytes], facts_by_key: dict[bytes, FileFacts], folder: Path) -> None:
        self.texts = {hashlib.sha1(data, usedforsecurity=False).hexdigest(): data for data in texts.values()}
        blobs = {path: hashlib.sha1(data, usedforsecurity=False).hexdigest() for path, data in sorted(texts.items())}
        files = {}
        for path, blob in blobs.items():
            key = facts_key(blob, language_of(path))
            if key not in facts_by_key:
                facts_by_key[key] = parse_blob(path, texts[path])
            files[path] = (key, facts_by_key[key])
        fragments = link_tree(files).fragments
        view_files = (
            self._view_file(path, blobs[path], facts, fragments[path].packed) for path, (_, facts) in files.items()
        )
        build_view(folder / "view", view_files, {}, static_embedder().lexicon)
        self.view = View.open(folder / "view")

    @staticmethod
    def _view_file(path: str, blob: str, facts: FileFacts, fragment: bytes) -> ViewFile:
        return ViewFile(path, blob, facts, unpack_fragment(fragment), static_embedder().encode([(path, facts)]))

    def items(self, task: str, budget: int, count: TokenCounter) -> tuple[list[dict[str, Any]], float]:
        """Return the items of the answer, and the CPU seconds that it took."""
        request = ContextRequest(task, budget)
        start = time.process_time()
        pack = answer(
            self.view,
            self.texts.__getitem__,
            request,
            count,
            static_embedder(),
            repo="bench",
            sha="",
            digest="",
            lag=Lag(),
        )
        cpu = time.process_time() - start
        if count.count(pack.text) > budget:
            raise SystemExit(f"an answer of {pack.tokens} tokens exceeds {budget}")
        return [row for item in pack.items for row in rows_of(item)], cpu


def rows_of(item: ContextItem) -> list[dict[str, Any]]:
    """Return an item in the form of the benchmark, one row for each run of lines; a reference shows no line."""
    row: dict[str, Any] = {"path": item.path, "start_line": item.start_line, "end_line": item.end_line}
    if item.kind in ("function", "method"):
        row["fqn"] = f"{item.path.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}.{item.symbol}"
    if item.level is Level.REFERENCE:
        row["text"] = ""
    if item.level is Level.WINDOW:
        return [row | {"start_line": first, "end_line": last} for first, last in item.spans]
    return [row]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--mirrors", type=Path, required=True)
    parser.add_argument("--repo", help="only these, by comma")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--out", type=Path, help="one JSON line a task")
    options = parser.parse_args()
    if not (options.bench / "dev.jsonl").is_file():
        raise SystemExit(f"{options.bench} holds no dev.jsonl: give the folder of a benchmark (see --help).")
    sys.path.insert(0, str(options.bench))
    score = importlib.import_module("score")
    score._enc = lambda: TokenCounter(ENCODING)
    means: defaultdict[str, list[float]] = defaultdict(list)
    lines = []
    for task, measures in results(score, list(choose_tasks(options)), options.mirrors):
        for name, value in measures.items():
            means[name].append(value)
        lines.append(json.dumps({"id": task["id"], "measures": measures}))
        print(
            f"{task['id']:40} " + " ".join(f"{name} {measures[name]:.2f}" for name in ("func_acc@10", "line_rec@8k")),
            file=sys.stderr,
        )
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} tasks; means:")
    for name in (*PRINTED_MEASURES, "query_cpu_ms"):
        print(f"  {name:14} {sum(means[name]) / len(means[name]):.3f}")


def choose_tasks(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the tasks to run, sorted by repository and date."""
    with (options.bench / "dev.jsonl").open() as lines:
        tasks = [json.loads(line) for line in lines]
    repositories = options.repo.split(",") if options.repo else {task["repo"] for task in tasks}
    tasks = sorted(
        (task for task in tasks if task["repo"] in repositories), key=lambda task: (task["repo"], task["date"])
    )
    yield from tasks[: options.limit]


def results(
    score: Any, tasks: list[dict[str, Any]], mirrors: Path
) -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
    """Yield each task with its measures."""
    facts_by_key: dict[bytes, FileFacts] = {}
    count = TokenCounter(ENCODING)
    for task in tasks:
        with tempfile.TemporaryDirectory(prefix="aura-localise-") as folder:
            tree = Path(folder) / "tree"
            texts = export(mirror_of(mirrors, task["repo"]), task["base_commit"], tree)
            indexed_tree = IndexedTree(texts, facts_by_key, Path(folder))
            answers = {budget: indexed_tree.items(task["task"], budget, count) for budget in score.BUDGETS}
            source = importlib.import_module("units").DirSource(str(tree))
            items = {budget: budget_items for budget, (budget_items, _) in answers.items()}
            measures = score.score(task, score.Repo(source), items[max(items)], items)
            _, cpu = answers[TIMED_BUDGET]
            measures["query_cpu_ms"] = cpu * 1e3
        yield task, measures


def mirror_of(mirrors: Path, repo: str) -> Path:
    """Return the clone of a repository; exit with the command that gets it when there is none."""
    for name in (STAND_INS.get(repo), repo.replace("/", "+")):
        if name and (mirrors / name / "repo").is_dir():
            return mirrors / name / "repo"
    raise SystemExit(
        f"No clone of {repo}: git clone --bare https://github.com/{repo} {mirrors}/{repo.replace('/', '+')}/repo"
    )


def export(clone: Path, commit: str, folder: Path) -> dict[str, bytes]:
    """Write a commit's files to ``folder``, and return those that an index would read, by path."""
    archive_bytes = subprocess.run(["git", "-C", str(clone), "archive", commit], check=True, capture_output=True).stdout
    texts = {}
    with tarfile.open(fileobj=io.BytesIO(archive_bytes)) as archive:
        unpack(archive, folder)
        for member in archive.getmembers():
            if member.isfile() and member.size <= MAX_FILE_BYTES and member.name.endswith(TEXT_SUFFIXES):
                file = archive.extractfile(member)
                texts[member.name] = file.read() if file else b""
    return texts


if __name__ == "__main__":
    main()
