"""``aura doctor``: reports what is installed, reachable and writable, and how to mend what is not."""

from __future__ import annotations

import typer

from aura_cli.options import Json
from aura_cli.output import emit, plain, say
from aura_core.errors import StoreUnavailable

SIGNS = {"ok": "ok  ", "note": "note", "bad": "BAD "}


def doctor(json: Json = False) -> None:
    """Report what is installed, reachable and writable.

    And how to mend what is not. Exit code 7 when something that every command needs is not usable.
    """
    from aura_cli.diagnosis import examine

    findings = list(examine())
    if json:
        emit(plain(findings))
    else:
        width = max(len(f.name) for f in findings)
        for finding in findings:
            say(f"{SIGNS[finding.state]}  {finding.name.ljust(width)}  {finding.text}")
            if finding.remedy:
                say(f"      {' ' * width}  -> {finding.remedy}")
    if any(f.state == "bad" for f in findings):
        raise typer.Exit(StoreUnavailable.exit_code)
