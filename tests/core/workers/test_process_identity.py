"""Processes are told apart after they have ended, also when their id is given again."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from aura_core.workers.process_identity import has_ended, this_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process started")


def identity_of(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def start() -> subprocess.Popen[str]:
    code = "from aura_core.workers.process_identity import this_process; print(this_process(), flush=True); input()"
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_process_that_runs_has_not_ended() -> None:
    assert not has_ended(this_process())


def test_a_killed_process_has_ended_before_and_after_its_parent_asks() -> None:
    child = start()
    identity = identity_of(child)
    assert not has_ended(identity)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert has_ended(identity), "it waits for its parent only"
    child.communicate()
    assert has_ended(identity)


def test_an_id_that_was_given_again_is_another_process() -> None:
    machine, pid, start = this_process().split(" ")
    assert has_ended(f"{machine} {pid} {int(start) - 1}")


@pytest.mark.parametrize("identity", ["", "elsewhere 999999999 1", "not an identity", "m x 1"])
def test_of_other_machines_and_unreadable_identities_nothing_is_known(identity: str) -> None:
    assert not has_ended(identity)


def test_a_process_whose_entry_is_hidden_has_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = this_process().split(" ")[0]

    def hidden(_pid: int) -> tuple[str, str]:
        raise FileNotFoundError

    monkeypatch.setattr("aura_core.workers.process_identity._start_and_state", hidden)
    assert not has_ended(f"{machine} 1 1"), "/proc may hide the processes of other users"
