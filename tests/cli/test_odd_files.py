"""Files of every encoding, binaries, and files that git shows in another form: indexed, or left out and named."""

from __future__ import annotations

import codecs
import json
import os
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Aura
from tests.support import GitRepository


def source(word: str) -> str:
    return f"def {word}():\n    '''Über {word}.'''\n    return '{word}'\n"


READ = {
    "plain.py": (source("plain_word"), "utf-8"),
    "marked.py": (source("marked_word"), "utf-8-sig"),
    "latin.py": ("# -*- coding: latin-1 -*-\n" + source("latin_wörd"), "latin-1"),
    "windows.py": ("#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\n" + source("windows_wörd"), "cp1252"),
    "returns.py": (source("returns_word").replace("\n", "\r"), "utf-8"),
    "dos.py": (source("dos_word").replace("\n", "\r\n"), "utf-8"),
    "mixed.py": ("a = 1\r\n\x0c\nb = '\u2028'\r" + source("mixed_word"), "utf-8"),
    "notes.txt": ("Größe latin_text\n", "latin-1"),
    "smart.txt": ("“quoted” smart_text\n", "cp1252"),
    "wide.txt": ("größe wide_text\n", "utf-16"),
    "widest.txt": ("größe widest_text\n", "utf-32"),
    "page.html": ('<meta charset="koi8-r">\n<h1>слово html_text</h1>\n', "koi8-r"),
    "table.sql": ("-- größe\nCREATE TABLE sql_text (id int);\n", "cp1252"),
}
PARTLY = {
    "wrong.py": (("# coding: ascii\n" + source("wrong_wörd")).encode(), "line 2: not valid ascii"),
    "bare.py": (source("bare_wörd").encode("latin-1"), "line 1: not valid utf-8"),
    "unknown.py": (("# coding: klingon\n" + source("unknown_word")).encode(), "line 1: unknown encoding: klingon"),
    "torn.py": (
        ("\ufeff# coding: latin-1\n" + source("torn_word")).encode(),
        "line 1: the byte order mark says utf-8, the declaration latin-1",
    ),
    "little.py": (
        codecs.BOM_UTF16_LE + source("little_wörd").encode("utf-16-le"),
        "line 1: Python does not read UTF-16; read by its byte order mark",
    ),
    "big.py": (
        codecs.BOM_UTF16_BE + source("big_wörd").encode("utf-16-be"),
        "line 1: Python does not read UTF-16; read by its byte order mark",
    ),
    "huge.py": (
        codecs.BOM_UTF32_BE + source("huge_wörd").encode("utf-32-be"),
        "line 1: Python does not read UTF-32; read by its byte order mark",
    ),
}
NOT_READ = {
    "nul.py": (b"def nul_word():\n    pass\n\0", "holds NUL bytes: binary, not indexed"),
    "nul.txt": (b"nul_text\0", "holds NUL bytes: binary, not indexed"),
    "unmarked.txt": ("unmarked_text".encode("utf-16-le"), "holds NUL bytes: binary, not indexed"),
    "blob": (b"\x7fELF\0\0", "holds NUL bytes: binary, not indexed"),
    "long.csv": (b"a,b\n" * 300_000, "has 1,200,000 bytes: over AURA_MAX_FILE_BYTES, not indexed"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    repo = GitRepository(tmp_path / "odd")
    repo.commit(
        {name: text.encode(encoding) for name, (text, encoding) in READ.items()}
        | {name: data for name, (data, _) in (PARTLY | NOT_READ).items()}
        | {"image.png": b"\x89PNG\0", "empty.py": "", "empty.txt": ""}
    )
    monkeypatch.chdir(repo.path)
    return repo


def test_a_repository_of_odd_files_is_indexed_and_the_report_counts_and_names(aura: Aura, here: GitRepository) -> None:
    ran = aura("index", "--json")
    assert ran.code == 0
    steps = {step["step"]: step for step in json.loads(ran.out)["steps"]}
    assert steps["graph"]["skipped"] == {"binary": 5, "too_large": 1}
    assert set(steps["graph"]["warnings"]) == {
        f"{name}: {warning}" for name, (_, warning) in (PARTLY | NOT_READ).items()
    }
    status = json.loads(aura("status", "--json").out)
    assert status["skipped"] == {"binary": 5, "too_large": 1}
    assert set(status["warnings"]) == set(steps["graph"]["warnings"])
    text = aura("status").out
    assert "binary 5" in text.replace("=", " ").replace(":", "")
    assert f"{len(PARTLY) + len(NOT_READ)}; `aura status --json` prints all" in text
    assert "warning 10" in text


def test_what_is_read_is_found_where_it_stands(aura: Aura, here: GitRepository) -> None:
    rows = [json.loads(line) for line in aura("graph", "export", "--kind", "function").out.splitlines()]
    spans = {row["path"]: (row["name"].rpartition(".")[2], row["start"], row["end"]) for row in rows}
    for name in [*(name for name in READ if name.endswith(".py")), *PARTLY]:
        text = READ[name][0] if name in READ else ""
        stem = name.removesuffix(".py")
        word, start, end = spans[name]
        assert word.startswith(("returns_word", "dos_word", "mixed_word", f"{stem}_w")), name
        assert end - start == 2, name
        if text:
            before = text[: text.index("def ")].replace("\r\n", "\n").replace("\r", "\n")
            assert start == before.count("\n") + 1, name
    assert "nul.py" not in spans
    for name, (text, _) in READ.items():
        word = re.findall(r"\w+_(?:text|w\w+)", text)[0]
        hits = json.loads(aura("search", word, "--json").out)["hits"]
        assert any(hit["path"] == name and word in hit["snippet"] for hit in hits), word
    for word in ("nul_word", "nul_text", "unmarked_text"):
        assert all(word not in hit["snippet"] for hit in json.loads(aura("search", word, "--json").out)["hits"])


@pytest.mark.parametrize("name", ["returns.py", "latin.py", "little.py", "mixed.py"])
def test_a_context_shows_the_text_as_it_is_meant(aura: Aura, here: GitRepository, name: str) -> None:
    stem = name.removesuffix(".py")
    pack = json.loads(aura("context", "show it", "--entry", name, "--json").out)
    assert f"'''Über {stem}_w" in pack["text"]
    assert "\r" not in pack["text"]


def test_odd_files_of_a_working_tree_are_reported_too(aura: Aura, here: GitRepository) -> None:
    aura("index")
    here.write({"fresh": b"\0\1", "fresh.py": source("frésh_word").encode("latin-1")})
    os.symlink("nowhere", here.path / "link.py")
    warnings = json.loads(aura("index", "--json").out)["steps"][1]["warnings"]
    assert {"fresh: holds NUL bytes: binary, not indexed", "fresh.py: line 1: not valid utf-8"} <= set(warnings)
    assert json.loads(aura("search", "frésh_word", "--json").out)["hits"][0]["path"] == "fresh.py"


def test_files_that_git_shows_in_another_form_are_read_as_they_are_and_reported(
    aura: Aura, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = GitRepository(tmp_path / "forms")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 5\n"
    rules = "*.crlf.py text eol=crlf\n*.u16 text working-tree-encoding=UTF-16\n*.lfs filter=lfs\n"
    repo.commit(
        {".gitattributes": rules, "a.crlf.py": source("crlf_word"), "b.py": source("auto_word"), "kept.lfs": pointer}
    )
    (repo.path / "c.u16").write_bytes("recoded_word größe\n".encode("utf-16"))
    repo.commit()
    repo.git("config", "core.autocrlf", "true")
    for name in ("a.crlf.py", "b.py", "c.u16"):
        (repo.path / name).unlink()
    repo.git("checkout", "-q", "--", ".")
    assert repo.git("status", "--porcelain") == ""
    assert b"\r\n" in (repo.path / "a.crlf.py").read_bytes()
    monkeypatch.chdir(repo.path)
    steps = json.loads(aura("index", "--json").out)["steps"]
    warnings = next(s["warnings"] for s in reversed(steps) if s["step"] == "graph")
    assert (
        "2 files differ from HEAD only by their line ends, a.crlf.py among them: read as they are on disk" in warnings
    )
    assert (
        "1 files have another encoding than in git (working-tree-encoding), c.u16 among them: read as they are on disk"
        in warnings
    )
    assert (
        "1 files are Git LFS pointers, kept.lfs among them: only the pointer's text is in git, and indexed" in warnings
    )
    for word, path in (("crlf_word", "a.crlf.py"), ("auto_word", "b.py"), ("recoded_word", "c.u16")):
        assert json.loads(aura("search", word, "--json").out)["hits"][0]["path"] == path
