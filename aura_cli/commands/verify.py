"""``aura verify``: prove that the stored index equals a clean rebuild."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from aura_cli.options import Json, Repo
from aura_cli.output import emit, plain, say, short
from aura_cli.progress import progress
from aura_cli.session import open_aura, register, repository_text
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
        typer.Option(
            "--sample", metavar="N", min=0, help="This many indexed commits, drawn at random.", show_default=False
        ),
    ] = 0,
    json: Json = False,
) -> None:
    """Prove that an index equals a clean rebuild.

    Links each commit from nothing, beside the index, and compares digests, dependency keys and stored bytes. Without an
    option: the published snapshots.
    """
    from aura_core import indexing

    with open_aura() as aura, progress() as report:
        repository = register(aura, repository_text(repo))
        shas = indexing.commits_to_verify(aura.stores, repository.id, sha=sha, between=between, sample=sample)
        results = list(indexing.verify(aura.stores, repository.id, shas, report))
    if json:
        emit({"repo": repository.id, "commits": [plain(v) for v in results]})
    else:
        for result in results:
            if result.equality is not indexing.VerifyOutcome.NOT_INDEXED:
                say(
                    "  ".join(
                        part
                        for part in (short(result.sha), result.equality.value, result.digest, result.difference)
                        if part
                    )
                )
        counts = Counter(v.equality.value for v in results)
        say(
            ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()))
            or "no commit to verify"
        )
    differing_shas = [v.sha for v in results if v.equality is indexing.VerifyOutcome.DIFFERS]
    if differing_shas:
        raise IndexDiffers(
            f"{len(differing_shas)} of {len(results)} commits of {repository.id} differ from a clean rebuild.",
            remedy="Please report the lines above. Index them again: `aura repos remove`, then `aura index`.",
            commits=differing_shas,
        )
    if results and all(v.equality is not indexing.VerifyOutcome.EQUAL for v in results):
        raise SnapshotNotReady(
            "None of these commits is indexed by this version.",
            remedy="Index them: `aura index --sha SHA`.",
            wanted=results[0].sha,
            indexed=None,
        )
