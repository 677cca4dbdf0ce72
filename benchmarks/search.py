"""Measures how well a search ranks the files that answer a question, by the questions and measures of a benchmark's
folder.

python -m benchmarks.search --bench DIR --mirrors DIR [--repo flask,click]

``--bench`` holds ``score.py``, and in ``data`` the list ``repos.json`` (name, url, revision, benchmark_root) and a file
of questions for each repository (query, relevant, secondary).
``--mirrors`` holds full clones at ``<owner>+<name>/repo``.

Each repository is asked twice: with the folder of its package alone, as published figures are made, and whole.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aura_core.embedding import static_embedder
from aura_core.model.facts import FileFacts
from aura_core.retrieval import search
from benchmarks.localise import IndexedTree, export, mirror_of

PLACES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--mirrors", type=Path, required=True)
    parser.add_argument("--repo", help="only these, by comma")
    options = parser.parse_args()
    list_file = options.bench / "data" / "repos.json"
    if not list_file.is_file():
        raise SystemExit(f"{options.bench} holds no data/repos.json: give the folder of a benchmark (see --help).")
    sys.path.insert(0, str(options.bench))
    score = importlib.import_module("score")
    names = options.repo.split(",") if options.repo else None
    repositories = [row for row in json.loads(list_file.read_text()) if names is None or row["name"] in names]
    figures = [row for repository in repositories for row in results(score, repository, options)]
    print(f"NDCG@{PLACES}")
    for name, folder, whole in figures:
        print(f"  {name:12} package folder {folder:.3f}  whole repository {whole:.3f}")
    if figures:
        folder_mean, whole_mean = (sum(row[column] for row in figures) / len(figures) for column in (1, 2))
        print(f"  {'mean':12} package folder {folder_mean:.3f}  whole repository {whole_mean:.3f}")


def results(score: Any, repository: dict[str, str], options: argparse.Namespace) -> Iterator[tuple[str, float, float]]:
    """Yield the figures of a repository: of its package's folder and of the whole tree. None when its clone does not
    hold the commit.
    """
    name, revision = repository["name"], repository["revision"]
    owner_and_name = repository["url"].removesuffix(".git").rpartition("github.com/")[2]
    clone = mirror_of(options.mirrors, owner_and_name)
    if subprocess.run(["git", "-C", str(clone), "cat-file", "-e", revision], capture_output=True).returncode:
        print(f"{name}: left out, its clone does not hold {revision}", file=sys.stderr)
        return
    questions = json.loads((options.bench / "data" / f"{name}.json").read_text())
    facts_by_key: dict[bytes, FileFacts] = {}
    with tempfile.TemporaryDirectory(prefix="aura-search-") as folder:
        texts = export(clone, revision, Path(folder) / "tree")
        root = repository["benchmark_root"] + "/"
        package_texts = {path: data for path, data in texts.items() if path.startswith(root)}
        trees = []
        for kind, chosen_texts in (("package", package_texts), ("whole", texts)):
            (Path(folder) / kind).mkdir()
            trees.append(IndexedTree(chosen_texts, facts_by_key, Path(folder) / kind))
        package_figure, whole_figure = (mean_ndcg(score, tree, questions) for tree in trees)
    yield name, package_figure, whole_figure


def mean_ndcg(score: Any, tree: IndexedTree, questions: list[dict[str, Any]]) -> float:
    """Return the mean of the measure over the questions."""
    total = 0.0
    for question in questions:
        hits = search(tree.view, tree.texts.__getitem__, question["query"], PLACES, static_embedder())
        spans = [[hit.path, hit.start_line, hit.end_line] for hit in hits]
        total += score.measure({"results": spans, "targets": score.targets_of(question)})["ndcg"]
    return total / len(questions)


if __name__ == "__main__":
    main()
