"""Whole graphs and differences over HTTP, from a real repository."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from zstandard import ZstdDecompressor

from aura_api.app import create_app
from aura_api.schemas.difference import DiffOut
from aura_api.schemas.graph import GraphOut
from aura_core.ports.stores import Stores
from aura_core.service import Aura, Snapshot
from aura_core.settings import Settings
from tests.api.conftest import NEAR
from tests.support import GitRepository

LINES = {"Accept": "application/x-ndjson"}


@pytest.fixture
def aura(stores: Stores) -> Aura:
    return Aura(stores)


@pytest.fixture
def real(settings: Settings, aura: Aura) -> Iterator[TestClient]:
    with TestClient(
        create_app(settings, aura), base_url="http://localhost", client=NEAR, headers={"Accept-Encoding": "identity"}
    ) as client:
        yield client


@pytest.fixture
def repo(aura: Aura, shop: GitRepository) -> str:
    repository_id = aura.add(str(shop.path), from_cli=True).id
    aura.index(repository_id)
    return repository_id


@pytest.fixture
def base(repo: str) -> str:
    return f"/api/v1/repos/{repo}/graph"


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_graph_comes_as_lines_or_as_one_document_with_the_rows_of_the_export(
    real: TestClient, aura: Aura, repo: str, base: str
) -> None:
    expected = list(aura.at(repo).export())
    lines = real.get(f"{base}/main", headers=LINES)
    assert (lines.status_code, lines.headers["content-type"]) == (200, "application/x-ndjson")
    assert rows(lines.text) == expected
    assert rows(real.get(f"{base}/main?format=ndjson").text) == expected
    whole = real.get(f"{base}/main")
    body = GraphOut.model_validate_json(whole.content, strict=True)
    assert [*whole.json()["nodes"], *whole.json()["edges"], *whole.json()["unresolved"]] == expected
    assert whole.headers["content-location"] == f"{base}/{body.sha}"
    assert real.get(f"{base}/main?format=xml").status_code == 422


@pytest.mark.parametrize(
    ("query", "keeps"),
    [
        ("kind=CALLS", lambda r: r.get("kind") == "CALLS"),
        ("kind=method&kind=unresolved", lambda r: r.get("kind") == "method" or r["type"] == "unresolved"),
        ("kind=edge", lambda r: r["type"] == "edge"),
        ("path=shop/", lambda r: r.get("path", r.get("source_uid", "")).startswith("shop/")),
        ("path=prices.py", lambda r: r.get("path", r.get("source_uid", "")).startswith("shop/prices.py")),
        ("path=*.md&kind=node", lambda r: r["type"] == "node" and r["path"] == "README.md"),
        ("path=nowhere/**", lambda _: False),
    ],
)
def test_rows_are_kept_by_kind_and_by_path(
    real: TestClient, aura: Aura, repo: str, base: str, query: str, keeps: Any
) -> None:
    expected = [row for row in aura.at(repo).export() if keeps(row)]
    assert rows(real.get(f"{base}/main?{query}", headers=LINES).text) == expected
    whole = real.get(f"{base}/main?{query}").json()
    assert [*whole["nodes"], *whole["edges"], *whole["unresolved"]] == expected


@pytest.mark.parametrize(("query", "field"), [("kind=LIKES", "kind"), ("path=%5B", "path"), ("path=/", "path")])
def test_a_filter_that_means_nothing_is_refused(real: TestClient, base: str, query: str, field: str) -> None:
    answer = real.get(f"{base}/main?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    ("coding", "unpack"),
    [("gzip", gzip.decompress), ("zstd", lambda b: ZstdDecompressor().decompressobj().decompress(b))],
)
def test_a_coding_is_used_when_it_is_asked_for(real: TestClient, base: str, coding: str, unpack: Any) -> None:
    plain = real.get(f"{base}/main", headers=LINES)
    with real.stream("GET", f"{base}/main", headers={**LINES, "Accept-Encoding": coding}) as packed:
        assert packed.headers["content-encoding"] == coding
        assert packed.headers["etag"] != plain.headers["etag"]
        assert unpack(b"".join(packed.iter_raw())) == plain.content


def test_what_the_caller_has_is_not_sent_again_and_nothing_is_read(
    real: TestClient, aura: Aura, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [
        (f"{base}/main", {}),
        (f"{base}/main", LINES),
        (f"{base}/main?kind=CALLS", {}),
        (f"{base}/main?path=shop/", {}),
        (f"{base}/main", {"Accept-Encoding": "gzip"}),
    ]
    tags = [real.get(address, headers=headers).headers["etag"] for address, headers in requests]
    assert len(set(tags)) == len(tags)

    def never(*_: object, **__: object) -> None:
        pytest.fail("a graph was read")

    for name in ("export", "difference_from", "graph"):
        monkeypatch.setattr(Snapshot, name, never)
    for (address, headers), tag in zip(requests, tags, strict=True):
        for wish in (tag, f'"other", W/{tag}', "*"):
            again = real.get(address, headers={**headers, "If-None-Match": wish})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert "Accept-Encoding" in again.headers["vary"]


def test_a_new_commit_has_another_tag_and_an_old_one_keeps_its_own(
    real: TestClient, aura: Aura, shop: GitRepository, repo: str, base: str
) -> None:
    old = shop.git("rev-parse", "HEAD")
    tag = real.get(f"{base}/main").headers["etag"]
    shop.commit({"a.py": "x = 1\n"})
    aura.index(repo)
    assert real.get(f"{base}/main", headers={"If-None-Match": tag}).status_code == 200
    assert real.get(f"{base}/{old[:7]}", headers={"If-None-Match": tag}).status_code == 304


def test_branches_named_like_questions_or_with_slashes_have_an_address(
    real: TestClient, shop: GitRepository, base: str
) -> None:
    head = shop.git("rev-parse", "HEAD")
    for name in ("node", "callers", "feature/diff/x", "diff"):
        shop.git("branch", name)
        assert real.get(f"{base}/{quote(f'refs/heads/{name}', safe='')}").json()["sha"] == head
    assert real.get(f"{base}/node?symbol=Cart").json()["node"]["qualname"] == "Cart"
    assert real.get(f"{base}/feature%2Fdiff%2Fx/diff/diff").json()["old"]["sha"] == head


def test_a_difference_says_what_was_edited_moved_and_renamed(
    real: TestClient, aura: Aura, shop: GitRepository, repo: str, base: str
) -> None:
    old = shop.git("rev-parse", "HEAD")
    text = (shop.path / "shop/prices.py").read_text()
    cart = (shop.path / "shop/cart.py").read_text().replace("shop.prices", "shop.money")
    shop.commit(
        {
            "shop/prices.py": None,
            "shop/money.py": text,
            "shop/cart.py": cart.replace("quantity=1", "quantity=2"),
            "shop/new.py": "def gift():\n    pass\n",
        }
    )
    aura.index(repo)
    answer = real.get(f"{base}/{old}/diff/main")
    body = DiffOut.model_validate_json(answer.content, strict=True)
    assert [(r.old, r.new, r.same) for r in body.files.renamed] == [("shop/prices.py", "shop/money.py", True)]
    assert (body.files.added, body.files.removed, body.files.changed) == (["shop/new.py"], [], ["shop/cart.py"])
    assert [n.uid for n in body.nodes.added] == ["shop/new.py", "shop/new.py::gift"]
    assert [p.new.uid for p in body.nodes.changed] == ["shop/cart.py", "shop/cart.py::Cart.add"]
    assert ("shop/prices.py::total_price", "shop/money.py::total_price") in [
        (p.old.uid, p.new.uid) for p in body.nodes.moved
    ]
    moved = [(p.old.target, p.new.target) for p in body.edges.moved if p.new.source == "shop/cart.py::Cart.checkout"]
    assert moved == [("shop/prices.py::total_price", "shop/money.py::total_price")]
    assert body.nodes.removed == body.edges.removed == []
    cut = real.get(f"{base}/{old}/diff/main?limit=0").json()
    assert cut["nodes"] == {"added": [], "removed": [], "changed": [], "moved": []}
    assert cut["totals"] == answer.json()["totals"]
    assert real.get(f"{base}/{old}/diff/main", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    same = real.get(f"{base}/main/diff/main").json()
    assert {n for part in same["totals"].values() for n in part.values()} == {0}


def test_graphs_that_are_not_there_are_problems(real: TestClient, shop: GitRepository, base: str) -> None:
    new = shop.commit({"a.py": "x = 1\n"})
    for rest in (new, f"main/diff/{new}", f"{new}/diff/main"):
        answer = real.get(f"{base}/{rest}")
        assert (answer.status_code, answer.json()["code"], answer.json()["wanted"]) == (409, "snapshot_not_ready", new)
    for rest in ("nowhere", "main/diff/nowhere", "0" * 40):
        assert real.get(f"{base}/{rest}").status_code == 404
