"""The token file."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from aura_api.token import ensure_token, read_token, same_token, token_file
from aura_core.errors import StoreUnavailable


def test_the_token_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    token = ensure_token(home)
    assert len(token) >= 40
    assert token_file(home).stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    assert ensure_token(home) == token
    assert [f.name for f in home.iterdir()] == ["token"]


def test_many_starting_at_once_agree_on_one_token(tmp_path: Path) -> None:
    token: list[str] = []
    threads = [threading.Thread(target=lambda: token.append(ensure_token(tmp_path))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(token) == 16
    assert len(set(token)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_token_that_others_may_read_is_not_used(tmp_path: Path, mode: int) -> None:
    ensure_token(tmp_path)
    token_file(tmp_path).chmod(mode)
    with pytest.raises(StoreUnavailable, match="others"):
        read_token(tmp_path)


@pytest.mark.parametrize("text", ["", "\n", "short"])
def test_an_empty_token_opens_nothing(tmp_path: Path, text: str) -> None:
    ensure_token(tmp_path)
    token_file(tmp_path).write_text(text)
    with pytest.raises(StoreUnavailable, match="no token"):
        read_token(tmp_path)


def test_a_missing_token_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        read_token(tmp_path)


def test_tokens_are_compared_whole() -> None:
    assert same_token("a" * 40, "a" * 40)
    assert not same_token("a" * 39, "a" * 40)
    assert not same_token("é" * 40, "a" * 40)
