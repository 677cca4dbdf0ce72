"""Labels of clusters."""

from __future__ import annotations

from aura_core.clustering import label_clusters


def test_labels_are_words_that_members_share_and_others_do_not() -> None:
    texts = [
        "UserForm.clean Validate a form field",
        "LoginForm.is_valid Validate the form",
        "Cache.get Read the cache",
        "Cache.set Fill the cache",
    ]
    assert label_clusters(texts, [0, 0, 1, 1]) == ["form, validate", "cache"]


def test_clusters_without_shared_words_are_misc_and_numbered() -> None:
    assert label_clusters(["alpha", "beta", "gamma", "delta"], [0, 0, 1, 1]) == ["misc", "misc (2)"]
