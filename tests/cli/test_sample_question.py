"""The question that `aura dev` asks of a repository that it has just indexed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aura_cli.sample_question import ANY_REPOSITORY, sample_question
from aura_core.model.context import ContextRequest
from aura_core.ports.stores import Stores
from aura_core.service import Aura, Snapshot
from tests.support import SHOP, GitRepository

Indexed = Callable[[dict[str, str]], Snapshot]


@pytest.fixture
def indexed(stores: Stores, tmp_path: Path) -> Indexed:
    def index(files: dict[str, str]) -> Snapshot:
        repository = GitRepository(tmp_path / "sample")
        repository.commit(dict(files))
        aura = Aura(stores)
        repo = aura.add(str(repository.path), from_cli=True).id
        aura.index(repo)
        return aura.at(repo)

    return index


@pytest.mark.parametrize(
    "readme",
    [
        "# Shop\n\nUse `prices.apply_voucher` for vouchers.\n",
        "# Shop\n\n```python\nfrom shop.prices import apply_voucher\napply_voucher(3, voucher=None)\n```\n",
        "Shop\n====\n\nExample::\n\n    >>> apply_voucher(10, None)\n    10\n",
    ],
    ids=["inline", "fence", "indented"],
)
def test_what_the_readme_shows_is_asked_about(indexed: Indexed, readme: str) -> None:
    snapshot = indexed({**SHOP, "README.md": readme})
    question = sample_question(snapshot)
    assert question == "How does apply_voucher work, and what uses it?"
    answer = snapshot.context(ContextRequest(question, 500))
    assert {"apply_voucher", "total_price"} <= {item.uid.rpartition("::")[2] for item in answer.items[:3]}


def test_words_of_prose_and_keyword_arguments_are_no_names(indexed: Indexed) -> None:
    readme = "# Shop\n\nYou checkout a Cart.\n\n    pay(apply_voucher=1, total_price = 2)\n"
    files = {"shop/__init__.py": "def begin(order):\n    pass\n", "shop/pay.py": "def pay():\n    pass\n"}
    assert (
        sample_question(indexed({**files, "README.md": readme}))
        == "How does pay of shop/pay.py work, and what uses it?"
    )


def test_tests_and_private_names_are_not_asked_about(indexed: Indexed) -> None:
    files = {
        "README.md": "# Shop\n\n    _hidden(); check_it(); run_it()\n",
        "shop/run.py": "def _hidden():\n    pass\n\ndef run_it():\n    pass\n",
        "tests/test_shop.py": "def check_it():\n    pass\n",
    }
    assert sample_question(indexed(files)) == "How does run_it work, and what uses it?"


def test_without_names_in_the_readme_the_start_of_the_program_is_asked_about(indexed: Indexed) -> None:
    files = {"tool/cli.py": 'def run_tool():\n    """Run it."""\n', "tool/util.py": "def helper():\n    run_tool()\n"}
    assert sample_question(indexed(files)) == "How does run_tool work, and what uses it?"


def test_a_repository_of_texts_is_asked_what_it_is(indexed: Indexed) -> None:
    assert sample_question(indexed({"README.md": "# Recipes\n\nSoup.\n"})) == "What is Recipes, and how is it used?"


def test_a_repository_of_which_nothing_is_known_still_has_a_question(indexed: Indexed) -> None:
    assert sample_question(indexed({"notes.txt": "nothing\n"})) == ANY_REPOSITORY
