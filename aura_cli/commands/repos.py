"""``aura repos``: the registered repositories."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from aura_cli.examples import example_text
from aura_cli.options import Json
from aura_cli.output import emit, fields, note, plain, say, short, table
from aura_cli.session import open_aura, repository_text
from aura_core.errors import InvalidRequest

if TYPE_CHECKING:
    from aura_core.model.repository import Repository

app = typer.Typer(help="Register, list, show and forget repositories.", no_args_is_help=False)

Which = Annotated[
    str,
    typer.Argument(
        metavar="PATH|URL|ID",
        help="A registered repository; the one of the current folder by default.",
        show_default=False,
    ),
]


@app.callback(invoke_without_command=True)
def _listed(invocation: typer.Context) -> None:
    if invocation.invoked_subcommand is None:
        show_list()


@app.command("add", epilog=example_text("repos add"))
def add(
    place: Annotated[
        str,
        typer.Argument(
            metavar="PATH|URL", help="A checkout, a bare repository, a plain folder, or an https or ssh address."
        ),
    ],
    ref: Annotated[
        str, typer.Option("--ref", metavar="BRANCH", help="Branch to follow; the default is HEAD.", show_default=False)
    ] = "",
    json: Json = False,
) -> None:
    """Register a repository.

    The pipelines index it when they run; `aura index` does it now.
    """
    if not place.strip():
        raise InvalidRequest(
            "The path is empty.", remedy="Name a folder or an address; `.` is the current folder.", field="repo"
        )
    with open_aura() as aura:
        repository = aura.add(repository_text(place), from_cli=True, ref=ref)
        if ref and repository.kind.value == "mirror":
            note(f"whether {repository.origin} has {ref!r} is known after the first fetch: see `aura status`")
        aura.sync(repository.id, source="command")
    if json:
        emit(plain(repository))
    else:
        say(repository.id)


@app.command("list", epilog=example_text("repos list"))
def show_list(json: Json = False) -> None:
    """List the registered repositories."""
    with open_aura() as aura:
        repositories = aura.repositories()
    if json:
        emit(plain(repositories))
    elif repositories:
        table(("ID", "KIND", "REF", "ORIGIN"), [(r.id, r.kind.value, r.ref or "HEAD", r.origin) for r in repositories])
    else:
        note("no repository is registered; add one with `aura repos add PATH_OR_URL`")


@app.command("show", epilog=example_text("repos show"))
def show(which: Which = "", json: Json = False) -> None:
    """Show one repository."""
    with open_aura() as aura:
        repository = aura.repository(repository_text(which))
        refs = aura.stores.catalog.publisher.refs(repository.id)
    if json:
        emit({**plain(repository), "refs": plain(refs)})
        return
    fields({**_about(repository), **{f"ref {r.name}": f"{short(r.sha)}  digest {r.digest}" for r in refs}})


@app.command("remove", epilog=example_text("repos remove"))
def remove(
    which: Annotated[str, typer.Argument(metavar="PATH|URL|ID", help="A registered repository.")], json: Json = False
) -> None:
    """Remove a repository.

    Deletes its index and its mirror. A checkout or folder itself is never touched.
    """
    with open_aura() as aura:
        repository = aura.remove(repository_text(which))
    if json:
        emit(plain(repository))
    else:
        say(repository.id)


def _about(repository: Repository) -> dict[str, object]:
    added = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(repository.created_at))
    return {
        "id": repository.id,
        "name": repository.name,
        "kind": repository.kind.value,
        "origin": repository.origin,
        "follows": repository.ref or "HEAD",
        "added": f"{added} by {repository.added_by}",
    }
