"""The processes of a crash run under supervision, and who of them is alive under which number."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from typing import IO

from huifang.commands.supervise import ProcessReport, Supervisor
from huifang.demo.world import free_udp_port

_PAUSE_S = 0.5  # we kill them; there is no sick process that must be spared
_UP_S = 60.0


class Fleet:
    """One web process, ``workers`` workers and ``nodes`` voice nodes; those that die are started again."""

    def __init__(
        self, environment: Mapping[str, str], *, nodes: int, workers: int, seats: int, output: IO[bytes]
    ) -> None:
        self._pids: dict[str, int | None] = {}
        self._frozen: dict[str, threading.Timer] = {}
        self._supervisors: list[Supervisor] = []
        self._threads: list[threading.Thread] = []
        command = [sys.executable, "-m", "huifang"]
        centre = {f"work-{n}": [*command, "work"] for n in range(1, workers + 1)}
        self._look_after({"web": [*command, "web"], **centre}, environment, output)
        self.nodes = [f"node-{n}" for n in range(1, nodes + 1)]
        self.workers = list(centre)
        for name in self.nodes:
            of_its_own = {
                "HUIFANG_NODE": name,
                "HUIFANG_NODE_SEATS": str(seats),
                "HUIFANG_SIP_PORT": str(free_udp_port()),
            }
            self._look_after({name: [*command, "voice"]}, {**environment, **of_its_own}, output)

    def _look_after(
        self, commands: Mapping[str, list[str]], environment: Mapping[str, str], output: IO[bytes]
    ) -> None:
        supervisor = Supervisor(commands, environment, self._note, output, longest_pause_s=_PAUSE_S)
        self._supervisors.append(supervisor)
        self._threads.append(threading.Thread(target=supervisor.run, name="supervisor"))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all in order: the nodes still have something to tell the centre."""
        self.wait_for_frozen()
        for supervisor in self._supervisors[1:]:
            supervisor.stop()
        for thread in self._threads[1:]:
            thread.join()
        self._supervisors[0].stop()
        self._threads[0].join()

    def wait_for_frozen(self) -> None:
        """Until nobody is frozen any more."""
        for timer in list(self._frozen.values()):
            timer.join()

    def kill(self, name: str) -> bool:
        """kill -9; waits until the process is there.  False where it does not come up at all."""
        return self._signal(name, signal.SIGKILL)

    def freeze(self, name: str, seconds: float) -> bool:
        """Stop the process in its tracks for so long; it notices nothing but the time."""
        if not self._signal(name, signal.SIGSTOP):
            return False
        pid = self._pids[name]
        assert pid is not None

        def thaw() -> None:
            os.kill(pid, signal.SIGCONT)
            del self._frozen[name]

        self._frozen[name] = threading.Timer(seconds, thaw)
        self._frozen[name].start()
        return True

    def is_frozen(self, name: str) -> bool:
        return name in self._frozen

    def _signal(self, name: str, number: signal.Signals) -> bool:
        deadline = time.monotonic() + _UP_S
        while time.monotonic() < deadline:
            pid = self._pids.get(name)
            if pid is not None:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
                else:
                    self._pids[name] = pid if number != signal.SIGKILL else None
                    return True
            time.sleep(0.05)
        return False

    def _note(self, report: ProcessReport) -> None:
        self._pids[report.name] = report.pid
