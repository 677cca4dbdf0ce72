"""Whatever is written where a repository, a commit or a symbol stands: an answer or a problem, never a crash, never
another repository's commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_api.schemas.base import Problem
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.api.conftest import NEAR
from tests.support import SHOP, GitRepository


@dataclass(frozen=True)
class Place:
    """A server over two repositories: the one that is asked about, and another one whose commits are nobody's
    business.
    """

    client: TestClient
    repo: str
    shas: tuple[str, ...]
    secret: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("fuzz")
    stores = open_stores(Settings(home=folder / "home", workers=1))
    aura = Aura(stores)
    shop, other = GitRepository(folder / "shop"), GitRepository(folder / "other")
    shas = [shop.commit(SHOP), shop.commit({"a.py": "x = 1\n"})]
    shop.git("branch", "feature/x")
    repo = aura.add(str(shop.path), from_cli=True).id
    aura.index(repo)
    secret = other.commit({"secret.py": "x = 1\n"})
    aura.index(aura.add(str(other.path), from_cli=True).id)
    with TestClient(
        create_app(stores.settings, aura), base_url="http://localhost", client=NEAR, raise_server_exceptions=False
    ) as client:
        yield Place(client, repo, tuple(shas), secret)
    stores.close()


NAMES = st.one_of(
    st.text(max_size=30),
    st.text(st.sampled_from("0123456789abcdefABCDEF"), max_size=41),
    st.text(st.sampled_from("/.~^@{}:*?[\\%-_ \0\n"), max_size=12),
    st.sampled_from(
        [
            "main",
            "HEAD",
            "WORKTREE",
            "WORKTREE-",
            "WORKTREE-0a",
            "feature/x",
            "refs/heads/main",
            "MAIN",
            "origin/main",
            "FETCH_HEAD",
            "main~99999999",
        ]
    ),
)
SYMBOLS = st.one_of(
    st.text(min_size=1, max_size=30),
    st.sampled_from(
        [
            "Cart",
            "shop/cart.py",
            "shop/cart.py:99999999",
            "a.py:0",
            ":1",
            "external:",
            "external:x",
            "*",
            "?*",
            "::",
            "shop/cart.py::",
        ]
    ),
)


@settings(max_examples=40)
@given(data=st.data(), name=NAMES, other=NAMES, symbol=SYMBOLS, end=SYMBOLS)
def test_anything_has_an_answer(
    place: Place, data: st.DataObject, name: str, other: str, symbol: str, end: str
) -> None:
    part = data.draw(st.sampled_from([*place.shas, place.secret]))
    name = data.draw(st.sampled_from([name, part[: data.draw(st.integers(0, 40))], part.upper()]))
    base, one, two = f"/api/v1/repos/{place.repo}", quote(name, safe=""), quote(other, safe="")
    get, post = place.client.get, place.client.post
    answers = [
        *(
            get(f"{base}/{rest}")
            for rest in (f"snapshots/{one}", f"graph/{one}", f"graph/{one}/diff/{two}", f"graph/main/diff/{one}")
        ),
        get(f"{base}/snapshots", params={"ref": name, "cursor": other}),
        get(
            f"{base}/graph/main",
            params={"path": symbol, "kind": other},
            headers={"If-None-Match": quote(name), "Accept": quote(other)},
        ),
        post(f"{base}/snapshots", json={"sha": name}),
        *(
            get(f"{base}/graph/{rest}", params={"symbol": symbol, "sha": name})
            for rest in ("node", "callers", "callees", "neighbours", "expand")
        ),
        *(
            get(f"{base}/graph/{rest}", params={"symbol": symbol})
            for rest in ("node", "callers", "neighbours", "expand")
        ),
        get(f"{base}/graph/path", params={"from": symbol, "to": end}),
        get(f"{base}/graph/find", params={"pattern": symbol, "ref": other}),
        get(f"{base}/graph/find", params={"pattern": symbol}),
        get(f"{base}/graph/at", params={"path": symbol, "line": 1}),
        get(f"{base}/graph/file", params={"path": symbol}),
        *(get(f"/api/v1/repos/{one}/{rest}") for rest in ("snapshots", "graph/main", "graph/find?pattern=x")),
    ]
    for answer in answers:
        assert answer.status_code < 500, (answer.request.url, answer.text)
        if answer.status_code >= 400:
            Problem.model_validate_json(answer.content)
        leaks = place.secret in answer.text
        assert not leaks or (answer.status_code >= 400 and place.secret in (name, name.lower())), answer.request.url
