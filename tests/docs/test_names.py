"""Everything that a person can name is named in the docs, and nothing else."""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
import typer

from aura_cli.failures import BROKEN_PIPE, INTERRUPTED
from aura_cli.main import app
from aura_core.errors import AuraError, meaning_of
from aura_core.graphs import DEFAULT_KINDS
from aura_core.model.edge_weights import EDGE_WEIGHTS
from aura_core.model.graph import EdgeKind, Resolution
from aura_core.settings import Settings
from tests.docs.pages import PAGES, page

BY_ITSELF = {"AURA_DEBUG", "AURA_HOME"}


def test_every_bound_of_a_setting_is_in_its_row() -> None:
    rows = dict(re.findall(r"^\| `AURA_(\w+)` \| (.+) \|$", page("settings.md"), re.MULTILINE))
    for setting in dataclasses.fields(Settings):
        name, minimum, maximum = (setting.metadata[key] for key in ("name", "minimum", "maximum"))
        if minimum is not None:
            assert f"at least {int(minimum)}" in rows[name].lower(), name
        if maximum is not None:
            assert f"at most {int(maximum)}" in rows[name].lower(), name


def command_tree(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if not inner:
        yield path, command
        return
    for name, child in inner.items():
        yield from command_tree(child, (*path, name))


COMMANDS = dict(command_tree(typer.main.get_command(app)))


def test_every_setting_has_a_row_and_every_row_a_setting() -> None:
    rows = set(re.findall(r"^\| `(AURA_\w+)` \|", page("settings.md"), re.MULTILINE))
    assert (
        rows
        == {f"AURA_{field.name.upper()}" for field in fields(Settings)}
        == {f"AURA_{field.metadata['name']}" for field in fields(Settings)}
    )


def test_the_defaults_in_the_docs_are_the_real_ones() -> None:
    rows = dict(re.findall(r"^\| `AURA_(\w+)` \| ([^|]+) \|", page("settings.md"), re.MULTILINE))
    for field in fields(Settings):
        default = field.metadata["default"]
        if isinstance(default, (int, float)):
            assert float(rows[field.name.upper()]) == default, field.name
        if isinstance(default, str) and default:
            assert rows[field.name.upper()] == default


def test_variables_named_anywhere_in_the_docs_exist() -> None:
    known = {f"AURA_{field.name.upper()}" for field in fields(Settings)} | BY_ITSELF
    for file in PAGES:
        assert set(re.findall(r"\bAURA_[A-Z_]+\b", file.read_text())) <= known, file


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_is_documented(path: tuple[str, ...]) -> None:
    text = page("commands.md")
    assert f"`aura {' '.join(path)}" in text
    for parameter in COMMANDS[path].params:
        if parameter.param_type_name == "option" and "--help" not in parameter.opts:
            assert f"`{parameter.opts[0]}" in text, f"{' '.join(path)} {parameter.opts[0]}"


def test_every_operation_of_the_api_is_documented_and_no_other() -> None:
    from aura_api.app import create_app

    described = create_app(Settings()).openapi()["paths"]
    real = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
    rows = set(re.findall(r"^\| `((?:GET|POST|DELETE|PUT|PATCH) [^`]+)` \|", page("api.md"), re.MULTILINE))
    assert rows == real


@pytest.mark.parametrize("model", ["ContextIn", "ContextOut", "ItemOut", "OmittedOut"])
def test_every_field_of_a_question_and_its_answer_is_documented(model: str) -> None:
    from aura_api.schemas import context

    for name in getattr(context, model).model_fields:
        assert f"`{name}`" in page("api.md"), name


def test_every_metric_is_documented_and_no_other() -> None:
    from aura_api.metrics import Lag, Metrics

    metrics = Metrics()
    with metrics.watching(lambda: [Lag("shop", 1.0, 1)], lambda: 1.0):
        real = {
            f"{family.name}_total" if family.type == "counter" else family.name for family in metrics.registry.collect()
        }
    rows = set(re.findall(r"^\| `(aura_\w+)` \|", page("api.md"), re.MULTILINE))
    assert rows == real


def kinds(kind: type[AuraError]) -> Iterator[type[AuraError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from kinds(child)


def test_every_kind_of_error_has_a_row_with_its_statuses() -> None:
    for module in ("aura_api.problems", "aura_mcp.indexer", "aura_pipelines.dagster_client"):
        importlib.import_module(module)
    real = {
        (k.code, str(k.http_status), str(k.exit_code)) for k in kinds(AuraError) if k.__module__.startswith("aura_")
    }
    rows = set(re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", page("errors.md"), re.MULTILINE))
    assert rows == real


def test_a_kind_of_error_means_the_same_on_every_page() -> None:
    for module in ("aura_api.limits.concurrency", "aura_api.paging", "aura_api.problems"):
        importlib.import_module(module)
    importlib.import_module("aura_pipelines.dagster_client")
    meanings = dict(re.findall(r"^\| `(\w+)` \| \d+ \| \d+ \| (.*) \|$", page("errors.md"), re.MULTILINE))
    for kind in kinds(AuraError):
        if kind.__module__.startswith("aura_"):
            assert meanings[kind.code] == meaning_of(kind), kind.code


def test_every_exit_code_has_a_meaning() -> None:
    table = page("errors.md").partition("## Exit codes")[2].partition("## Kinds")[0]
    rows = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert rows == {0, INTERRUPTED, BROKEN_PIPE} | {k.exit_code for k in kinds(AuraError)}


def test_every_mcp_tool_is_documented() -> None:
    from aura_mcp.server import INSTRUCTIONS, TOOLS

    tools = {tool.__name__ for tool in TOOLS}
    rows = set(re.findall(r"^\| `(\w+)` \|", page("agents.md"), re.MULTILINE))
    assert rows == tools
    assert set(re.findall(r"`(\w+)`", INSTRUCTIONS)) - {"sha"} == tools


def test_every_kind_of_edge_and_how_it_was_resolved_is_described() -> None:
    rows = set(re.findall(r"^\| `?([\w-]+)`? \|", page("graph.md"), re.MULTILINE))
    assert {kind.value for kind in EdgeKind} | {how.value for how in Resolution} <= rows


def texts_that_quote_weights() -> dict[str, str]:
    """Return the page, the operation, the command and the tool that say what edges weigh."""
    from aura_api.routes.walks import expanded
    from aura_cli.commands.walks import expand_symbol
    from aura_mcp.tools.walks import expand

    functions = {"api": expanded, "command": expand_symbol, "tool": expand}
    return {"page": page("graph.md")} | {name: function.__doc__ or "" for name, function in functions.items()}


def test_the_weights_of_edges_are_the_real_ones_wherever_they_are_quoted() -> None:
    weight = re.compile(rf"\b({'|'.join(EdgeKind)}) (1|0?\.\d+)(?!\d)")
    for name, text in texts_that_quote_weights().items():
        quoted = {EdgeKind(kind): round(float(number) * 10) for kind, number in weight.findall(text)}
        assert quoted.keys() >= set(DEFAULT_KINDS), name
        assert quoted.items() <= EDGE_WEIGHTS.items(), name


def test_links_between_pages_lead_somewhere() -> None:
    for file in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text()):
            assert (file.parent / target).exists(), f"{file.name}: {target}"
