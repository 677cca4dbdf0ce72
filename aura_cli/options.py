"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

REPO_HELP = "Repository: a path, an address or a registered id. Default: that of the current folder."
SHA_HELP = (
    "Commit to answer from: a sha, also abbreviated, a branch or a tag. "
    "Default: the working tree when it has edits, else HEAD."
)

Repo = Annotated[str, typer.Option("--repo", metavar="PATH|URL|ID", help=REPO_HELP, show_default=False)]
Sha = Annotated[str, typer.Option("--sha", metavar="SHA", help=SHA_HELP, show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
