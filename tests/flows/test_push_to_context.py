"""A push to a real bare repository becomes an answer at the new sha; the old sha still answers with the old code."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from aura_core import indexing
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from tests.support import SHOP, GitRepository


def test_a_pushed_commit_is_answered_over_http_and_the_old_one_too(tmp_path: Path, stores: Stores) -> None:
    from aura_api.app import create_app

    remote = GitRepository(tmp_path / "remote.git", bare=True)
    work = GitRepository(tmp_path / "work")
    work.git("remote", "add", "origin", str(remote.path))
    old = work.commit(SHOP)
    work.git("push", "--quiet", "origin", "main")
    aura = Aura(stores)
    repo = aura.add(f"file://{remote.path}", from_cli=True).id
    with TestClient(create_app(stores.settings), base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:

        def text_of(sha: str = "") -> str:
            body = {
                "repo": repo,
                "task": "how does a voucher change the price",
                "max_tokens": 2_000,
                **({"sha": sha} if sha else {}),
            }
            answer = client.post("/api/v1/context", json=body)
            assert answer.status_code == 200, answer.text
            if sha:
                assert answer.json()["sha"] == sha
            return str(answer.json()["text"])

        indexing.index(stores, repo)
        assert "1 - voucher.share" in text_of()
        new = work.commit(
            {"shop/prices.py": SHOP["shop/prices.py"].replace("1 - voucher.share", "1 - voucher.doubled_share")}
        )
        work.git("push", "--quiet", "origin", "main")
        assert client.post(f"/api/v1/repos/{repo}/sync", json={}).status_code == 202
        indexing.index(stores, repo)
        assert "doubled_share" in text_of()
        assert "doubled_share" in text_of(new)
        assert "doubled_share" not in text_of(old)
        assert "1 - voucher.share" in text_of(old)
