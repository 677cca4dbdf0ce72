"""An application over a fake facade, and a caller on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_core.settings import Settings
from tests.api.fake import FakeAura

NEAR = ("127.0.0.1", 50_000)
FAR = ("192.0.2.7", 50_000)


@pytest.fixture
def aura() -> FakeAura:
    return FakeAura()


@pytest.fixture
def client(settings: Settings, aura: FakeAura) -> Iterator[TestClient]:
    with TestClient(
        create_app(settings, cast(Any, aura)),
        base_url="http://127.0.0.1:8321",
        client=NEAR,
        raise_server_exceptions=False,
    ) as test_client:
        yield test_client
