"""SIPp as a peer that no one here wrote: start it with a scenario, read its verdict, always end it.

A test asks for the fixture ``sipp`` (import it into the test's folder's ``conftest.py``)::

    run = sipp.call(agent.port, SCENARIOS / "uac_hangs_up.xml")     # SIPp calls us
    run = sipp.listen(SCENARIOS / "uas_answers.xml")                # SIPp waits on run.port
    run.check()                                                     # ended well, or its own words why not
"""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

SCENARIOS = Path(__file__).parent / "scenarios"
LOCAL = "127.0.0.1"
ABOVE_EPHEMERAL = 61_000
"""From here on Linux gives no port to whoever asks for any, so none is taken between our look and SIPp's."""
PATIENCE_S = 90
"""From the start of the process: whoever waits to be called waits for all that comes before."""


def free_port(*, even: bool = False) -> int:
    """A UDP port of 127.0.0.1 that is free now; with ``even`` also the next three, as SIPp takes them for audio and video."""
    if even:
        while not _are_free(range(port := random.randrange(ABOVE_EPHEMERAL, 65_500, 4), port + 4)):
            pass
        return port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])


def _are_free(ports: range) -> bool:
    with ExitStack() as taken:
        try:
            for port in ports:
                taken.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind((LOCAL, port))
        except OSError:
            return False
    return True


class SippRun:
    """One SIPp process.  ``port`` is where it speaks SIP, ``media_port`` what its SDP names."""

    def __init__(self, folder: Path, scenario: Path, remote: str | None, arguments: tuple[str, ...]) -> None:
        self.port = free_port()
        self.media_port = free_port(even=True)
        self._folder = folder
        folder.mkdir()
        command = ["sipp", "-sf", str(scenario), "-i", LOCAL, "-p", str(self.port)]
        command += ["-mp", str(self.media_port), "-nostdin", "-timeout", str(PATIENCE_S), "-timeout_error"]
        command += ["-trace_err", "-error_file", "errors", "-trace_msg", "-message_file", "messages"]
        if not {"-m", "-l"} & set(arguments):
            command += ["-m", "1"]
        command += [*arguments, *([remote] if remote else [])]
        with (folder / "screen").open("wb") as screen:
            self.process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=screen, stderr=subprocess.STDOUT
            )

    def wait(self) -> int:
        """SIPp's exit status: 0 where every call went as the scenario says."""
        return self.process.wait(PATIENCE_S + 10)

    def check(self) -> None:
        """Fail the test with SIPp's own words unless every call went as the scenario says."""
        status = self.wait()
        assert status == 0, (
            f"SIPp ended with {status}: {self._text('errors')}\n{self._text('screen')[-1500:]}"
        )

    @property
    def messages(self) -> str:
        """Every message that SIPp sent or received so far."""
        return self._text("messages")

    def wait_until_bound(self) -> None:
        """Return when SIPp has its SIP port (Linux only; elsewhere retransmission bridges the gap)."""
        table = Path("/proc/net/udp")
        wanted = f":{self.port:04X} "
        while table.exists() and wanted not in table.read_text():
            assert self.process.poll() is None, f"SIPp has not begun: {self._text('errors')}"
            time.sleep(0.01)

    def kill(self) -> None:
        """End the process if it is still there."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _text(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(errors="replace") if path.exists() else ""


class Sipp:
    """Starts SIPp processes and remembers them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs: list[SippRun] = []

    def call(self, port: int, scenario: Path, *arguments: str) -> SippRun:
        """SIPp calls 127.0.0.1:``port``.  ``arguments`` go to the command line, for example -m 20."""
        return self._start(scenario, f"{LOCAL}:{port}", arguments)

    def listen(self, scenario: Path, *arguments: str) -> SippRun:
        """SIPp waits for a call on ``run.port``."""
        run = self._start(scenario, None, arguments)
        run.wait_until_bound()
        return run

    def close(self) -> None:
        """End everything that was started."""
        for run in self._runs:
            run.kill()

    def _start(self, scenario: Path, remote: str | None, arguments: tuple[str, ...]) -> SippRun:
        run = SippRun(self._folder / f"sipp-{len(self._runs)}", scenario, remote, arguments)
        self._runs.append(run)
        return run


@pytest.fixture
def sipp(tmp_path: Path) -> Iterator[Sipp]:
    """A starter of SIPp processes; the test is skipped where SIPp is not installed."""
    if shutil.which("sipp") is None:
        pytest.skip("SIPp is not installed (Debian: sip-tester)")
    starter = Sipp(tmp_path)
    yield starter
    starter.close()
