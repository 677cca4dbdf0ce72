"""``aura context``: the main question. A server that runs on the home answers it; else this process does."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from aura_cli.home import home_folder, running_server
from aura_cli.options import Json, Repo, Sha
from aura_cli.output import emit, note, plain, say, short
from aura_cli.server_client import ask
from aura_cli.session import WORKTREE, locate, open_aura, repository_text
from aura_core.errors import InputTooLarge, InvalidRequest
from aura_core.model.context import (
    ENTRY_NOT_FOUND,
    MAX_ENTRY_POINTS,
    MAX_TASK_CHARS,
    MAX_TOKENS,
    MIN_TOKENS,
    ContextRequest,
    Format,
)
from aura_core.model.words import plural


def context(
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK", help="What is to be done: a question, an issue, a traceback. `-` reads it from stdin."
        ),
    ],
    repo: Repo = "",
    sha: Sha = "",
    budget: Annotated[
        int,
        typer.Option(
            "--budget", min=MIN_TOKENS, max=MAX_TOKENS, metavar="N", help="Most tokens that the text may have."
        ),
    ] = 8_000,
    encoding: Annotated[
        str,
        typer.Option("--encoding", metavar="E", help="Vocabulary that counts the tokens: cl100k_base or o200k_base."),
    ] = "cl100k_base",
    shape: Annotated[Format, typer.Option("--format", help="Shape of the text.")] = Format.MARKDOWN,
    entry: Annotated[
        list[str] | None,
        typer.Option(
            "--entry", metavar="X", help="Symbol or path that matters for sure; may be repeated.", show_default=False
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Print the best context for a task.

    The text never has more tokens than the budget. A repository that is not indexed yet is indexed first.
    """
    request = ContextRequest(_task(task), budget, tuple(entry or ()), shape, encoding)
    if len(request.entry_points) > MAX_ENTRY_POINTS:
        raise InvalidRequest(
            f"More than {MAX_ENTRY_POINTS} entry points.",
            remedy="Name the ones that matter most.",
            field="entry_points",
        )
    answer = _from_server(request, repository_text(repo), sha) or _from_here(request, repo, sha)
    if json:
        emit(answer)
        return
    say(str(answer["text"]))
    excerpts = plural(len(answer["items"]), "excerpt")
    note(f"{excerpts} of {short(answer['sha'])} in {answer['tokens']:,} of {answer['max_tokens']:,} tokens")
    for left in answer["omitted"]:
        if left["reason"] == ENTRY_NOT_FOUND:
            note(f"there is no symbol and no file {left['uid']!r} (--entry)")


def _task(text: str) -> str:
    task = sys.stdin.read(MAX_TASK_CHARS + 1) if text == "-" else text
    if not task.strip():
        raise InvalidRequest("The task is empty.", remedy="Say in words what is to be done.", field="task")
    if len(task) > MAX_TASK_CHARS:
        raise InputTooLarge(
            f"The task is over {MAX_TASK_CHARS:,} characters.", remedy="Shorten it.", field="task", limit=MAX_TASK_CHARS
        )
    return task


def _from_server(request: ContextRequest, repo: str, sha: str) -> dict[str, Any] | None:
    """Return the running server's answer, or None when no server can give one. The server looks at the checkout itself,
    so uncommitted edits are never missed.
    """
    server = running_server(home_folder())
    if server is None:
        return None
    body = {
        "repo": repo,
        "task": request.task,
        "max_tokens": request.max_tokens,
        "entry_points": list(request.entry_points),
        "format": request.format.value,
        "encoding": request.encoding,
        **({"sha": sha} if sha and sha != WORKTREE else {"worktree": True}),
    }
    return ask(server, "context", body)


def _from_here(request: ContextRequest, repo: str, sha: str) -> dict[str, Any]:
    with open_aura() as aura:
        value: dict[str, Any] = plain(locate(aura, repo, sha).context(request))
    return value
