"""Keep processes alive: start them, watch them, start them again with a growing pause.

Knows nothing of what the processes do nor of the database; every change of state is reported to
``on_change``, so that the board can say it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

SUPERVISED_BY = "HUIFANG_SUPERVISED_BY"
"""The environment variable that tells a process who looks after it."""
STEADY_S = 30.0
"""A process that ran this long counts as healthy: its next death starts from the shortest pause."""
LONGEST_PAUSE_S = 30.0
STOP_GRACE_S = 15.0


def end_with_supervisor() -> None:
    """Ask this process to end (SIGTERM) when its supervisor is gone, however that happened: an orphan
    would go on calling people, and hold the ports of the next start.  Without a supervisor nothing."""
    parent = os.environ.get(SUPERVISED_BY)
    if parent:
        threading.Thread(target=_watch, args=(int(parent),), daemon=True, name="supervisor-watch").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def pause_before_restart(quick_deaths: int, longest_s: float = LONGEST_PAUSE_S) -> float:
    """Seconds to wait before the next start: 0.5, 1, 2, 4 … ``longest_s``."""
    return min(longest_s, 0.5 * 2.0 ** min(max(quick_deaths - 1, 0), 10))


def describe_exit(code: int) -> str:
    """What an exit code says, for people: ``signal SIGKILL`` or ``exit code 3``."""
    if code < 0:
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """The state of one process after a change.  ``state`` is running, restarting or stopped."""

    name: str
    state: str
    pid: int | None
    restarts: int
    last_exit: str


@dataclass(slots=True)
class _Supervised:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_due: float = 0.0
    quick_deaths: int = 0
    restarts: int = 0
    last_exit: str = ""


@dataclass(slots=True)
class Supervisor:
    """Runs ``commands`` (name → argv) until stop(); a process that dies is started again.

    ``on_change`` is called on the supervising thread with every ProcessReport.  An error in it is
    the caller's to handle: supervision must not depend on the database being there.
    """

    commands: Mapping[str, Sequence[str]]
    environment: Mapping[str, str]
    on_change: Callable[[ProcessReport], None]
    output: IO[bytes] | None = None
    """Where the processes print to; None: where we do."""
    longest_pause_s: float = LONGEST_PAUSE_S
    """How long a process that keeps dying is kept waiting."""
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Start everything and watch until stop() is called; then end all of them."""
        supervised = [_Supervised(name, command) for name, command in self.commands.items()]
        try:
            while not self._stop.is_set():
                for one in supervised:
                    self._look_after(one)
                self._stop.wait(0.2)
        finally:
            self._end(supervised)

    def stop(self) -> None:
        """Ask run() to end the processes and return.  Safe in a signal handler."""
        self._stop.set()

    def _look_after(self, one: _Supervised) -> None:
        if one.process is None:
            if time.monotonic() >= one.start_due:
                self._start(one)
            return
        code = one.process.poll()
        if code is None:
            return
        lived = time.monotonic() - one.started_at
        one.quick_deaths = 1 if lived >= STEADY_S else one.quick_deaths + 1
        one.start_due = time.monotonic() + pause_before_restart(one.quick_deaths, self.longest_pause_s)
        one.restarts += 1
        one.last_exit = describe_exit(code)
        one.process = None
        self._report(one, "restarting")

    def _start(self, one: _Supervised) -> None:
        # A session of its own: Ctrl-C reaches the supervisor only, which then ends them in order.
        one.process = subprocess.Popen(
            list(one.command),
            env={**self.environment, SUPERVISED_BY: str(os.getpid())},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.output,
        )
        one.started_at = time.monotonic()
        self._report(one, "running")

    def _end(self, supervised: list[_Supervised]) -> None:
        """End the last first: a voice node still has things to tell the web process, not the other way."""
        for one in reversed(supervised):
            if one.process is None:
                continue
            one.process.terminate()
            try:
                one.process.wait(STOP_GRACE_S)
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()
            one.last_exit = describe_exit(one.process.returncode)
            one.process = None
            self._report(one, "stopped")

    def _report(self, one: _Supervised, state: str) -> None:
        pid = one.process.pid if one.process is not None else None
        self.on_change(ProcessReport(one.name, state, pid, one.restarts, one.last_exit))
