from __future__ import annotations

import re
from pathlib import Path

from aura_core.linking.calls import call_resolver
from aura_core.model.graph import CONFIDENCE, EdgeKind, Resolution

DOCS = (Path(__file__).parents[3] / "docs" / "graph.md").read_text()


def test_every_kind_of_edge_resolution_and_reason_is_documented() -> None:
    source = Path(call_resolver.__file__).read_text()
    reasons = set(re.findall(r'"((?:unknown|no-such)-[a-z]+|parameter|computed)"', source))
    assert len(reasons) == 6
    assert not [word for word in (*EdgeKind, *Resolution, *reasons) if word not in DOCS]


def test_the_documented_confidence_of_each_resolution_is_the_one_in_the_code() -> None:
    rows = re.findall(r"^\| `([a-z]+)` \| (\d\.\d\d) \|", DOCS, re.MULTILINE)
    assert {Resolution(name): float(figure) for name, figure in rows} == CONFIDENCE
    assert set(CONFIDENCE) == set(Resolution)
