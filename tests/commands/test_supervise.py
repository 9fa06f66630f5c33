"""The supervisor starts what dies again, with a growing pause, and says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from huifang.commands.supervise import LONGEST_PAUSE_S, ProcessReport, Supervisor, pause_before_restart

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@contextmanager
def supervised(commands: dict[str, list[str]]) -> Iterator[list[ProcessReport]]:
    reports: list[ProcessReport] = []
    supervisor = Supervisor(commands=commands, environment=os.environ, on_change=reports.append)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield reports
    finally:
        supervisor.stop()
        thread.join(30)
        assert not thread.is_alive()


def wait_for(condition, seconds: float = 20.0) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_killed_process_is_started_again_and_the_cause_is_reported() -> None:
    with supervised({"voice": SLEEPER}) as reports:
        wait_for(lambda: reports)
        first = reports[0]
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
        wait_for(lambda: len(reports) >= 3)
        died, again = reports[1:3]
        assert (died.state, died.last_exit, died.restarts) == ("restarting", "signal SIGKILL", 1)
        assert again.state == "running"
        assert again.pid not in (None, first.pid)


def test_stop_ends_every_process() -> None:
    with supervised({"web": SLEEPER, "work": SLEEPER}) as reports:
        wait_for(lambda: len(reports) == 2)
    pids = [report.pid for report in reports[:2]]
    assert [report.state for report in reports[2:]] == ["stopped", "stopped"]
    assert not any(is_alive(pid) for pid in pids if pid)


def test_they_end_in_the_opposite_order_of_their_start() -> None:
    with supervised({"web": SLEEPER, "work": SLEEPER, "voice": SLEEPER}) as reports:
        wait_for(lambda: len(reports) == 3)
    assert [report.name for report in reports] == ["web", "work", "voice", "voice", "work", "web"]


def test_one_process_dying_leaves_the_others_alone() -> None:
    with supervised({"web": SLEEPER, "voice": [sys.executable, "-c", "raise SystemExit(3)"]}) as reports:
        wait_for(lambda: sum(r.name == "voice" and r.state == "restarting" for r in reports) >= 2)
        assert {r.last_exit for r in reports if r.name == "voice" and r.state == "restarting"} == {
            "exit code 3"
        }
        assert [r.state for r in reports if r.name == "web"] == ["running"]


def test_pause_grows_and_is_bounded() -> None:
    pauses = [pause_before_restart(deaths) for deaths in range(1, 40)]
    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_S


def test_a_process_whose_supervisor_was_killed_ends_by_itself() -> None:
    child = (
        "import time; from huifang.commands.supervise import end_with_supervisor; "
        "end_with_supervisor(); time.sleep(120)"
    )
    parent = (
        "import os, subprocess, sys, time; from huifang.commands.supervise import SUPERVISED_BY; "
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], "
        "env={**os.environ, SUPERVISED_BY: str(os.getpid())}); print(child.pid, flush=True); time.sleep(120)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    assert is_alive(pid)
    process.kill()
    process.wait()
    process.stdout.close()
    wait_for(lambda: not is_alive(pid))
