"""Shapes are read from the core's own values, and make their examples of their fields'."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pydantic import Field, ValidationError

from aura_api.schemas.base import FromSnapshot, Out, build
from aura_api.schemas.graph import NeighbourOut, OneAwayOut, StepOut
from aura_core.model.graph import EdgeKind, Resolution
from aura_core.model.walks import Direction, Step
from aura_core.ports.graph import Neighbour
from tests.api.fake import DIGEST, SHA, SHOP, FakeAura


class Part(Out):
    name: str = Field(examples=["cart"])


class Whole(FromSnapshot):
    size: int = Field(examples=[2])
    parts: list[Part]
    main: Part | None
    note: str = Field(default="", alias="remark", examples=["new"])
    hidden: int = 0


@dataclass
class Box:
    name: str


@dataclass
class Cupboard:
    size: int
    parts: tuple[Box, ...]
    main: Box | None = None


def test_a_field_is_the_attribute_of_the_same_name_unless_it_is_named() -> None:
    snapshot = FakeAura().at("shop")
    shape = build(Whole, snapshot, Cupboard(3, (Box("a"), Box("b")), Box("a")), size=2)
    assert (shape.repo, shape.sha, shape.digest, shape.size) == (SHOP.id, SHA, DIGEST, 2)
    assert [part.name for part in shape.parts] == ["a", "b"]
    assert shape.main == Part(name="a")


def test_a_field_that_nothing_has_and_a_member_that_is_no_field_are_errors() -> None:
    snapshot = FakeAura().at("shop")
    with pytest.raises(ValidationError, match="main"):
        build(Whole, snapshot, size=1, parts=[])
    with pytest.raises(ValidationError, match="colour"):
        build(Whole, snapshot, Cupboard(1, ()), colour="red")


def test_an_example_is_made_of_the_fields_examples() -> None:
    names = FromSnapshot.example()
    assert Whole.example() == {
        **names,
        "size": 2,
        "parts": [{"name": "cart"}],
        "main": {"name": "cart"},
        "remark": "new",
    }


def test_how_an_edge_was_resolved_is_read_from_its_resolution() -> None:
    neighbour = Neighbour("external:json.dumps", None, EdgeKind.CALLS, Resolution.INFERRED, (3, 4))
    step = Step("a.py::b", EdgeKind.CALLS, Direction.IN, Resolution.EXACT, (5,))
    shapes = (NeighbourOut.model_validate(neighbour), StepOut.model_validate(step))
    assert [(shape.how, shape.confidence) for shape in shapes] == [
        (resolution.value, resolution.confidence) for resolution in (Resolution.INFERRED, Resolution.EXACT)
    ]
    assert OneAwayOut.of(Direction.IN, neighbour).model_dump() == {**shapes[0].model_dump(), "direction": "in"}
