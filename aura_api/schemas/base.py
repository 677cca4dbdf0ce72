"""What all shapes share: closed to unknown members, an example made of the fields' examples, names of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo

from aura_core.model.times import iso_time

SHA = "4d2f6a0c9b1e7f3a5c8d0e2b4f6a8c0d1e3f5a7b"
OLD_SHA = "8bb7c474d29ffb4af27105335f8c24e3fadf9eee"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015"
OLD_DIGEST = "60303ae22b998861bce3b28f33eec1be"
REPO = "shop-1a2b3c4d"
UID = "shop/cart.py::Cart.checkout"
OTHER_UID = "shop/prices.py::total_price"
NOT_BLANK = r"\S"
"""Pattern of a text that says something."""

TIME = "2025-11-24T16:00:00.000Z"
LATER = "2025-11-24T16:00:04.200Z"


def _time(value: Any) -> Any:
    return iso_time(value) if isinstance(value, int | float) else value


def _time_or_none(value: Any) -> Any:
    # A record holds 0 for what has not happened yet.
    return _time(value) if value else None


Time = Annotated[str, BeforeValidator(_time), Field(json_schema_extra={"format": "date-time"})]
"""A time in UTC, ISO 8601 with ``Z``; made of the core's seconds since the epoch."""

TimeOrNone = Annotated[str | None, BeforeValidator(_time_or_none), Field(json_schema_extra={"format": "date-time"})]
"""A time that is null while what it belongs to has not happened."""


class Shape(BaseModel):
    """A JSON object of the API."""

    @classmethod
    def example(cls) -> dict[str, Any]:
        """Return an object of this shape, made of the fields' first examples; fields with a default need none."""
        return {
            field.serialization_alias or name: example_of(field)
            for name, field in cls.model_fields.items()
            if field.examples or field.is_required()
        }


def _add_example(schema: dict[str, Any], shape: type[Shape]) -> None:
    schema["examples"] = [shape.example()]


class In(Shape):
    """A body. Unknown fields are errors, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_add_example)


class Out(Shape):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, json_schema_extra=_add_example)


class FromSnapshot(Out):
    """An answer from one snapshot."""

    repo: str = Field(description="Id of the repository.", examples=[REPO])
    sha: str = Field(description="The commit, or `WORKTREE-…`, that was answered from.", examples=[SHA])
    digest: str = Field(description="The snapshot's digest: equal digests are equal indexes.", examples=[DIGEST])


class Problem(Shape):
    """What went wrong (RFC 9457), with a stable code and what to do about it. Some kinds carry more members."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_add_example)

    type: str = Field(description="Where the kind is described.", examples=["/docs#snapshot_not_ready"])
    title: str = Field(description="What the kind means.", examples=["The commit exists but is not indexed"])
    status: int = Field(description="HTTP status.", examples=[409])
    code: str = Field(description="Stable name of the kind, for programs.", examples=["snapshot_not_ready"])
    detail: str = Field(
        description="What happened this time.", examples=[f"{SHA[:24]} of {REPO} is not indexed; {OLD_SHA[:12]} is."]
    )
    remedy: str = Field(
        description="What to do about it.",
        examples=[
            f"Ask for it: `aura index {REPO} --sha {SHA}`, "
            f'or POST {{"sha": "{SHA}"}} to /api/v1/repos/{REPO}/snapshots.'
        ],
    )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """Return the example of its fields, with the members that this kind has besides."""
        return {**super().example(), "repo": REPO, "wanted": SHA, "indexed": OLD_SHA}


S = TypeVar("S", bound=Shape)


def build(shape: type[S], *sources: object, **members: object) -> S:
    """Return an object of a shape. Each field is one of ``members``, else the attribute of the same name of the first
    of ``sources`` that has one.
    """
    for name in shape.model_fields:
        # Values of the core nest: a field that is a shape itself is read from the value in the same way.
        source = next((source for source in sources if hasattr(source, name)), None)
        if source is not None:
            members.setdefault(name, getattr(source, name))
    return shape.model_validate(members)


def shapes(base: type[Shape] = Shape) -> Iterator[type[Shape]]:
    """Yield every shape that is defined."""
    for shape in base.__subclasses__():
        yield shape
        yield from shapes(shape)


def example_of(field: FieldInfo) -> Any:
    """Return a field's own first example, else one of the shape that it holds."""
    return field.examples[0] if field.examples else _example_of_type(field.annotation)


def _example_of_type(annotation: Any) -> Any:
    if get_origin(annotation) is None:
        return annotation.example()
    inner = _example_of_type(get_args(annotation)[0])  # of a list, or of a union with None
    return [inner] if get_origin(annotation) is list else inner
