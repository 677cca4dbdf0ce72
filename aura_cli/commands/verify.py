"""``aura verify``: prove that what is stored is what a clean rebuild makes."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from aura_cli.options import Json, Repo
from aura_cli.output import emit, plain, say, short
from aura_cli.progress import progress
from aura_cli.session import named, opened, registered
from aura_core.errors import IndexDiffers, SnapshotNotReady


def verify(
    repo: Repo = "",
    sha: Annotated[
        str, typer.Option("--sha", metavar="SHA", help="One commit: a sha, a branch or a tag.", show_default=False)
    ] = "",
    between: Annotated[
        str, typer.Option("--range", metavar="A..B", help="The commits that B has and A has not.", show_default=False)
    ] = "",
    sample: Annotated[
        int,
        typer.Option("--sample", metavar="N", min=0, help="Some indexed commits, drawn at random.", show_default=False),
    ] = 0,
    json: Json = False,
) -> None:
    """Prove that an index is what a clean rebuild makes.

    Links each commit from nothing, beside the index, and compares digests, recorded reads and stored bytes. Without an
    option: what readers get now.
    """
    from aura_core import indexing

    with opened() as aura, progress() as report:
        repository = registered(aura, named(repo))
        shas = indexing.choose(aura.stores, repository.id, sha=sha, between=between, sample=sample)
        verdicts = list(indexing.verify(aura.stores, repository.id, shas, report))
    if json:
        emit({"repo": repository.id, "commits": [plain(v) for v in verdicts]})
    else:
        for verdict in verdicts:
            if verdict.equality is not indexing.Equality.NOT_INDEXED:
                say(
                    "  ".join(
                        part
                        for part in (short(verdict.sha), verdict.equality.value, verdict.digest, verdict.difference)
                        if part
                    )
                )
        counts = Counter(v.equality.value for v in verdicts)
        say(
            ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()))
            or "no commit to verify"
        )
    differing = [v.sha for v in verdicts if v.equality is indexing.Equality.DIFFERS]
    if differing:
        raise IndexDiffers(
            f"{len(differing)} of {len(verdicts)} commits of {repository.id} are not what a clean rebuild makes.",
            remedy="Please report the lines above. Index them again: `aura repos remove`, then `aura index`.",
            commits=differing,
        )
    if verdicts and all(v.equality is not indexing.Equality.EQUAL for v in verdicts):
        raise SnapshotNotReady(
            "None of these commits is indexed by this version.",
            remedy="Index them: `aura index --sha SHA`.",
            wanted=verdicts[0].sha,
            indexed=None,
        )
