"""``aura verify``: prove that the stored index equals a clean rebuild."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from aura_cli.options import Json, Repo
from aura_cli.output import emit, plain, say, short
from aura_cli.progress import progress
from aura_cli.session import open_aura, register, repository_text
from aura_core.errors import IndexDiffers, SnapshotNotReady
from aura_core.model.words import plural

if TYPE_CHECKING:
    from aura_core.indexing import VerifyOutcome


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
        counts = Counter(v.equality for v in results)
        say(", ".join(_outcome_words(outcome, counts[outcome]) for outcome in sorted(counts)) or "no commit to verify")
    differing_shas = [v.sha for v in results if v.equality is indexing.VerifyOutcome.DIFFERS]
    if differing_shas:
        commits = plural(len(results), "commit")
        raise IndexDiffers(
            f"{len(differing_shas)} of {commits} of {repository.id} differ from a clean rebuild.",
            remedy="Please report the lines above. Index them again: `aura repos remove`, then `aura index`.",
            commits=differing_shas,
        )
    # A sample is drawn from what this version has indexed: an empty one means that there was nothing to compare.
    if (results or sample) and all(v.equality is not indexing.VerifyOutcome.EQUAL for v in results):
        raise SnapshotNotReady(
            "None of these commits is indexed by this version.",
            remedy="Index them: `aura index --sha SHA`.",
            wanted=results[0].sha if results else None,
            indexed=None,
        )


def _outcome_words(outcome: VerifyOutcome, number: int) -> str:
    """Return how many commits had an outcome, in words."""
    from aura_core.indexing import VerifyOutcome

    one, several = {
        VerifyOutcome.EQUAL: ("is equal", "are equal"),
        VerifyOutcome.DIFFERS: ("differs", "differ"),
        VerifyOutcome.NOT_INDEXED: ("is not indexed", "are not indexed"),
        VerifyOutcome.OTHER_VERSIONS: ("was indexed by another version", "were indexed by other versions"),
        VerifyOutcome.UNREADABLE: ("cannot be read any more", "cannot be read any more"),
    }[outcome]
    return f"{plural(number, 'commit')} {one if number == 1 else several}"
