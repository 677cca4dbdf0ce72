"""Random small trees of files and links, among them rule files and files that are not indexed."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.support import GitRepository

Tree = dict[str, tuple[str, bool]]
"""Path -> text, and whether it is a link."""

PATHS = st.sampled_from(
    [
        "a.py",
        "b.py",
        "d/a.py",
        "d/pic.png",
        "d/raw",
        "vendor/v.py",
        "gen/x_pb2.py",
        ".auraignore",
        "d/.gitattributes",
        "d/e/%FF.py",
    ]
)
TEXTS = st.sampled_from(["", "one\n", "two\n", "d/\n", "a.py linguist-generated\n", "nul\0\n", "x" * 2_000])
TREES = st.dictionaries(PATHS, st.tuples(TEXTS, st.booleans()), max_size=7)


def write_tree(repo: GitRepository, tree: Tree) -> None:
    """Write the files and links of a tree over those on disk."""
    for path, (text, is_link) in tree.items():
        file = repo.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        if is_link:
            file.symlink_to("nowhere")
        else:
            file.write_text(text)
