"""Does an answer hold what the real change went on to edit? Tasks, gold functions and measures come from a benchmark's
folder.

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
from aura_core.parsing import facts_key, language_of, parse_blob
from aura_core.retrieval import answer
from aura_core.tokens import TokenCounter
from aura_core.views import View, ViewFile, build_view
from benchmarks.corpus import unpack

ENCODING = "cl100k_base"
LARGEST = 1 << 20
"""Bytes of a file that is read; larger ones are data."""

STAND_INS = {"django/django": "adamchainz+django"}
"""A smaller clone that holds every base commit, used where it is present."""

SHOWN = (
    "file_acc@1", "file_acc@5", "file_acc@10", "func_acc@5", "func_acc@10", "func_rec@10", "func_mrr",
    "line_rec@2k", "line_rec@8k", "line_rec@32k", "func_touch@8k",
)  # fmt: skip


class Indexed:
    """One tree, indexed. Facts of equal bytes are shared by all trees of a run."""

    def __init__(self, texts: Mapping[str, bytes], known: dict[bytes, FileFacts], folder: Path) -> None:
        self.texts = {hashlib.sha1(data, usedforsecurity=False).hexdigest(): data for data in texts.values()}
        blobs = {path: hashlib.sha1(data, usedforsecurity=False).hexdigest() for path, data in sorted(texts.items())}
        files = {}
        for path, blob in blobs.items():
            key = facts_key(blob, language_of(path))
            if key not in known:
                known[key] = parse_blob(path, texts[path])
            files[path] = (key, known[key])
        linked = link_tree(files)
        made = (
            self._file(path, blobs[path], facts, linked.fragments[path].packed) for path, (_, facts) in files.items()
        )
        build_view(folder / "view", made, {}, static_embedder().lexicon)
        self.view = View.open(folder / "view")

    @staticmethod
    def _file(path: str, blob: str, facts: FileFacts, packed: bytes) -> ViewFile:
        return ViewFile(path, blob, facts, unpack_fragment(packed), static_embedder().encode([(path, facts)]))

    def items(self, task: str, budget: int, count: TokenCounter) -> tuple[list[dict[str, Any]], float]:
        """(what the answer shows, CPU seconds that it took)."""
        request = ContextRequest(task, budget)
        started = time.process_time()
        pack = answer(
            self.view,
            self.texts.__getitem__,
            request,
            count,
            static_embedder(),
            repo="bench",
            sha="",
            digest="",
            lag={},
        )
        spent = time.process_time() - started
        if count.count(pack.text) > budget:
            raise SystemExit(f"an answer of {pack.tokens} tokens exceeds {budget}")
        return [item_of(item) for item in pack.items], spent


def item_of(item: ContextItem) -> dict[str, Any]:
    """As the benchmark reads it; a reference shows no line."""
    made: dict[str, Any] = {"path": item.path, "start_line": item.start_line, "end_line": item.end_line}
    if item.kind in ("function", "method"):
        made["fqn"] = f"{item.path.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}.{item.symbol}"
    if item.level is Level.REFERENCE:
        made["text"] = ""
    return made


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
    for task, measures in results(score, list(chosen(options)), options.mirrors):
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
    for name in (*SHOWN, "query_cpu_ms"):
        print(f"  {name:14} {sum(means[name]) / len(means[name]):.3f}")


def chosen(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Tasks by repository and date."""
    with (options.bench / "dev.jsonl").open() as lines:
        tasks = [json.loads(line) for line in lines]
    wanted = options.repo.split(",") if options.repo else {task["repo"] for task in tasks}
    found = sorted((t for t in tasks if t["repo"] in wanted), key=lambda t: (t["repo"], t["date"]))
    yield from found[: options.limit]


def results(
    score: Any, tasks: list[dict[str, Any]], mirrors: Path
) -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
    """(task, measures) of each."""
    known: dict[bytes, FileFacts] = {}
    count = TokenCounter(ENCODING)
    for task in tasks:
        with tempfile.TemporaryDirectory(prefix="aura-localise-") as folder:
            tree = Path(folder) / "tree"
            indexed = Indexed(export(mirror_of(mirrors, task["repo"]), task["base_commit"], tree), known, Path(folder))
            asked = {budget: indexed.items(task["task"], budget, count) for budget in score.BUDGETS}
            source = importlib.import_module("units").DirSource(str(tree))
            items = {budget: shown for budget, (shown, _) in asked.items()}
            measures = score.score(task, score.Repo(source), items[max(items)], items)
            measures["query_cpu_ms"] = asked[8_000][1] * 1e3
        yield task, measures


def mirror_of(mirrors: Path, repo: str) -> Path:
    """The clone of a repository, or how to get it."""
    for name in (STAND_INS.get(repo), repo.replace("/", "+")):
        if name and (mirrors / name / "repo").is_dir():
            return mirrors / name / "repo"
    raise SystemExit(
        f"No clone of {repo}: git clone --bare https://github.com/{repo} {mirrors}/{repo.replace('/', '+')}/repo"
    )


def export(clone: Path, commit: str, folder: Path) -> dict[str, bytes]:
    """A commit's files written to ``folder``; those that an index would read, by path."""
    packed = subprocess.run(["git", "-C", str(clone), "archive", commit], check=True, capture_output=True).stdout
    texts = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        unpack(archive, folder)
        for member in archive.getmembers():
            if (
                member.isfile()
                and member.size <= LARGEST
                and member.name.endswith((".py", ".md", ".rst", ".txt", ".toml", ".cfg", ".ini"))
            ):
                held = archive.extractfile(member)
                texts[member.name] = held.read() if held else b""
    return texts


if __name__ == "__main__":
    main()
