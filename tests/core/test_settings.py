"""Reading the environment into settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from platformdirs import user_cache_path, user_data_path

from aura_core.errors import InvalidRequest
from aura_core.settings import Settings


def test_every_kind_of_variable_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables = {
        "CACHE": str(tmp_path),
        "HOST": "::1",
        "PORT": "1",
        "KEEP_DAYS": "0.5",
        "WATCH": "off",
        "REPO_ROOTS": '["/a", "/b"]',
        "KEEP_SHAS": "[]",
    }
    for name, text in variables.items():
        monkeypatch.setenv(f"AURA_{name}", text)
    read = Settings()
    assert (read.cache, read.host, read.port, read.keep_days, read.watch) == (tmp_path, "::1", 1, 0.5, False)
    assert (read.repo_roots, read.keep_shas) == ((Path("/a"), Path("/b")), ())


def test_what_the_caller_gives_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURA_PORT", "7")
    monkeypatch.setenv("AURA_WORKERS", "no number")
    assert (Settings(workers=3).port, Settings(workers=3, port=8).port) == (7, 8)


def test_an_empty_variable_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "CACHE", "PORT", "WATCH", "KEEP_SHAS"):
        monkeypatch.setenv(f"AURA_{name}", "")
    read = Settings()
    assert (read.home, read.cache, read.port, read.watch, read.keep_shas) == (
        user_data_path("aura"),
        None,
        8321,
        True,
        (),
    )


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("PORT", "http", "http"),
        ("PORT", "65536", "more than 65535"),
        ("KEEP_DAYS", "-1", "less than 0"),
        ("POLL_SECONDS", "nan", "less than 1"),
        ("WATCH", "perhaps", "1 or 0"),
        ("REPO_ROOTS", "/a:/b", "not a JSON list"),
        ("KEEP_SHAS", '"abc"', "a list of texts"),
        ("KEEP_SHAS", '["zz"]', "'zz' is not the beginning of a sha"),
        ("KEEP_SHAS", '["abc"]', "'abc' is not the beginning of a sha"),
        ("ALLOWED_HOSTS", "[1]", "a list of texts"),
    ],
)
def test_a_bad_variable_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, why: str
) -> None:
    monkeypatch.setenv(f"AURA_{name}", text)
    with pytest.raises(InvalidRequest, match=f"AURA_{name} is not valid: .*{why}") as refused:
        Settings()
    assert refused.value.details["field"] == name.lower()


def test_views_of_the_default_home_lie_in_the_users_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert Settings(home=tmp_path).cache_folder == tmp_path / "cache"
    assert Settings(home=tmp_path, cache=tmp_path / "fast").cache_folder == tmp_path / "fast"
    monkeypatch.delenv("AURA_HOME")
    assert Settings().cache_folder == user_cache_path("aura")
