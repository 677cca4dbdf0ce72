"""Pages of a long answer, joined, are the whole answer; a cursor leads on in the answer that it came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from tests.api.conftest import NEAR
from tests.support import GitRepository

CALLEES = 7
MANY = {
    "many.py": "import json\n"
    + "".join(f"def leaf_{n}():\n    return json.dumps({n})\n\n" for n in range(CALLEES))
    + "def hub():\n"
    + "".join(f"    leaf_{n}()\n" for n in range(CALLEES))
    + "".join(f"\ndef user_{n}(thing):\n    hub()\n    thing.hub()\n" for n in range(5)),
}


@pytest.fixture
def real(stores: Stores) -> Iterator[TestClient]:
    with TestClient(create_app(stores.settings, Aura(stores)), base_url="http://localhost", client=NEAR) as client:
        yield client


@pytest.fixture
def base(stores: Stores, shop: GitRepository) -> str:
    aura = Aura(stores)
    repo = aura.add(str(shop.path), from_cli=True).id
    shop.commit(MANY)
    aura.index(repo)
    return f"/api/v1/repos/{repo}/graph"


QUESTIONS = [
    ("find", {"pattern": "*leaf*"}, ["nodes"]),
    ("callees", {"symbol": "hub"}, ["callees"]),
    ("callers", {"symbol": "hub"}, ["callers", "could_be"]),
    ("neighbours", {"symbol": "hub"}, ["neighbours"]),
    ("expand", {"symbol": "hub", "direction": "out"}, ["reached"]),
]


def pages_of(real: TestClient, address: str, params: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = real.get(address, params={**params, "limit": limit, "cursor": cursor})
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        if not (cursor := pages[-1]["cursor"]):
            return pages
        assert len(pages) < 50


@pytest.mark.parametrize(("rest", "params", "lists"), QUESTIONS, ids=[rest for rest, _, _ in QUESTIONS])
def test_pages_joined_are_the_whole(
    real: TestClient, base: str, rest: str, params: dict[str, Any], lists: list[str]
) -> None:
    whole = real.get(f"{base}/{rest}", params=params).json()
    assert whole["cursor"] == ""
    assert max(len(whole[name]) for name in lists) >= 4
    for limit in (1, 2, 3, max(len(whole[name]) for name in lists)):
        pages = pages_of(real, f"{base}/{rest}", params, limit)
        for name in lists:
            assert [entry for page in pages for entry in page[name]] == whole[name], (rest, limit, name)
            assert all(len(page[name]) <= limit for page in pages)
    assert real.get(f"{base}/{rest}", params={**params, "limit": 1}).json()["cursor"]


def test_more_is_said_exactly_while_there_is_a_cursor(real: TestClient, base: str) -> None:
    pages = pages_of(real, f"{base}/find", {"pattern": "*leaf*"}, 3)
    assert [page["more"] for page in pages] == [True, True, False]


def test_a_cursor_of_another_question_or_snapshot_is_refused(
    real: TestClient, base: str, stores: Stores, shop: GitRepository
) -> None:
    first = real.get(f"{base}/find", params={"pattern": "*leaf*", "limit": 2}).json()
    cursor = first["cursor"]
    other = real.get(f"{base}/find", params={"pattern": "*user*", "limit": 2, "cursor": cursor})
    elsewhere = real.get(f"{base}/callees", params={"symbol": "hub", "cursor": cursor})
    invented = real.get(f"{base}/find", params={"pattern": "*leaf*", "cursor": "A" * 16})
    for answer in (other, elsewhere, invented):
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (
            *(409, "cursor_outdated"),
            "cursor",
        )
    shop.commit({"more.py": "def leaf_of_more():\n    return 1\n"})
    Aura(stores).index(base.split("/")[4])
    moved = real.get(f"{base}/find", params={"pattern": "*leaf*", "limit": 2, "cursor": cursor})
    assert (moved.status_code, moved.json()["code"]) == (409, "cursor_outdated")
    there = real.get(f"{base}/find", params={"pattern": "*leaf*", "limit": 2, "cursor": cursor, "sha": first["sha"]})
    assert there.status_code == 200


@pytest.mark.parametrize("cursor", ["x", "=" * 16, "A" * 15, "é" * 16, "AAAA AAAA AAAA AA"])
def test_what_is_no_cursor_is_a_wrong_parameter(real: TestClient, base: str, cursor: str) -> None:
    answer = real.get(f"{base}/find", params={"pattern": "x", "cursor": cursor})
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")
