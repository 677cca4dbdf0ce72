"""What is read from a task before it is ranked."""

from __future__ import annotations

import pytest

from aura_core.retrieval.query import read_query


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Fix the total of an order", "the total of an order"),
        ("fixed #123 -- Vouchers are applied twice", "Vouchers are applied twice"),
        ("[SHOP-12] Update: vouchers", "vouchers"),
        ("Vouchers are applied twice (#4711)", "Vouchers are applied twice"),
        ("\n\n## Vouchers\n\nSteps to reproduce", "Vouchers"),
        ("The fix is wrong", "The fix is wrong"),
        ("fix", "fix"),
        ("#12", "#12"),
        ("word " * 60 + ". Next", ("word " * 60)[:200].strip()),
        ("A sentence. " + "word " * 60, "A sentence"),
        ("", ""),
    ],
)
def test_a_title_is_the_first_line_without_ticket_and_verb(text: str, title: str) -> None:
    assert read_query(text).title == title


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("checkout", "checkout"),
        ("Cart.checkout()", "checkout"),
        (" shop.cart.Cart ", "Cart"),
        ("checkout twice", ""),
        ("checkout(cart)", ""),
        ("shop/cart.py", ""),
        ("3d", ""),
        ("a." * 5_000 + "b", ""),
    ],
)
def test_a_query_of_one_name_has_its_last_part_as_identifier(text: str, identifier: str) -> None:
    assert read_query(text).identifier == identifier
