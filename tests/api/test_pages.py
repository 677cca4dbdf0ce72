"""The documentation page: whole, from this server alone, and of use in a real browser."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_api.pages import PATHS, POLICY
from aura_api.problems import all_problems
from aura_api.server import bind, url_of
from aura_core.settings import Settings
from tests.api.fake import SHOP, FakeAura
from tests.support import PATIENCE_SECONDS

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(
    BROWSER is None or DRIVER is None, reason="no browser here: apt-get install chromium chromium-driver"
)


@pytest.mark.parametrize("path", PATHS)
def test_the_page_and_what_it_loads_come_from_this_server_under_its_policy(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert "'self'" in POLICY
    assert "default-src 'none'" in POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_all_that_the_page_loads_is_served(client: TestClient) -> None:
    links = re.findall(r'(?:src|href)="([^"]+)"', client.get("/docs").text)
    assert {*links, "/docs"} == {*PATHS, "/openapi.json"}


def test_nothing_else_of_the_package_is_served(client: TestClient) -> None:
    for name in ("__init__.py", "", ".", "../main.py", "%2e%2e/main.py"):
        assert client.get(f"/docs/assets/{name}").status_code == 404, name


def test_the_page_has_a_row_for_every_problem(client: TestClient) -> None:
    assert re.findall(r'<tr id="(\w+)">', client.get("/docs").text) == [problem["code"] for problem in all_problems()]


def test_the_root_leads_to_the_page(client: TestClient) -> None:
    assert client.get("/", follow_redirects=False).headers["location"] == "/docs"


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    listening = bind("127.0.0.1", 0)
    app = create_app(settings, cast(Any, FakeAura()))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    yield url_of(listening, "127.0.0.1")
    server.should_exit = True
    thread.join(PATIENCE_SECONDS)
    listening.close()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = str(BROWSER)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-dev-shm-usage",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        f"user-data-dir={tmp_path / 'profile'}",
        "window-size=1300,1400",
    ):
        options.add_argument(f"--{flag}")
    driver = Chrome(options=options, service=Service(str(DRIVER)))
    driver.implicitly_wait(PATIENCE_SECONDS)
    yield driver
    driver.quit()


def drawn(browser: Chrome, selector: str) -> Any:
    """The element of a selector, as soon as it is there."""
    return browser.find_element(By.CSS_SELECTOR, selector)


@needs_browser
def test_an_operation_is_tried_out_in_a_browser(browser: Chrome, address: str) -> None:
    browser.get(f"{address}/docs")
    operation = "#operations-repositories-listing_api_v1_repos_get"
    drawn(browser, f"{operation} .opblock-summary-control").click()
    drawn(browser, f"{operation} .try-out__btn").click()
    drawn(browser, f"{operation} .execute").click()
    answer = drawn(browser, f"{operation} .live-responses-table .response").text
    assert "200" in answer
    assert f'"id": "{SHOP.id}"' in answer
    tags = browser.find_elements(By.CSS_SELECTOR, ".opblock-tag")
    assert [tag.get_attribute("data-tag") for tag in tags] == [
        "context",
        "repositories",
        "snapshots",
        "graph",
        "clusters",
        "service",
    ]
    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


@needs_browser
def test_the_address_of_a_problem_shows_its_row(browser: Chrome, address: str) -> None:
    browser.get(f"{address}/docs#snapshot_not_ready")
    drawn(browser, ".opblock")
    place = "const row = document.getElementById('snapshot_not_ready').getBoundingClientRect();"
    WebDriverWait(browser, PATIENCE_SECONDS).until(
        lambda _: browser.execute_script(f"{place} return scrollY > 0 && row.top >= 0 && row.bottom <= innerHeight")
    )
    assert "The commit exists but is not indexed" in drawn(browser, "tr:target").text
