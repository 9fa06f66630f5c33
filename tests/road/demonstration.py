"""Running ``huifang demo`` as a person does: a process of its own, on free ports, in a home of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_S = 120
RUN_S = 900  # the demonstration gives up by itself before, and says what has not ended


@dataclass(frozen=True)
class Demonstration:
    """A run that goes on in its own process."""

    process: subprocess.Popen[bytes]
    url: str
    user: str
    password: str
    output: Path
    figures: Path

    def wait_for_figures(self) -> dict[str, Any]:
        """The summary, once the run is over (the pages are still served then)."""
        deadline = time.monotonic() + RUN_S
        while not self.figures.exists():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.2)
        time.sleep(0.2)  # the file is small, but not written in one instant
        figures: dict[str, Any] = json.loads(self.figures.read_text())
        return figures


@contextmanager
def demonstration(folder: Path, *options: str) -> Iterator[Demonstration]:
    """Start ``huifang demo`` with ``options`` in ``folder`` and end it afterwards, with all its children."""
    output, figures = folder / "output.txt", folder / "figures.json"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUIFANG_")}
    environment |= {"HUIFANG_HOME": str(folder / "home"), "COLUMNS": "160"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "huifang", "demo", "--port", str(port), "--json", str(figures), *options]
    with output.open("wb") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.STDOUT)
    try:
        login = _wait_for_login(process, output)
        yield Demonstration(process, f"http://127.0.0.1:{port}", "admin", login, output, figures)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_login(process: subprocess.Popen[bytes], output: Path) -> str:
    """The password that the demonstration prints, once its pages answer."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        text = output.read_text(errors="replace")
        found = re.search(r"http://127\.0\.0\.1:(\d+)/.*admin.*?[:：]\s*(\S+)\s*$", text, re.MULTILINE)
        if found and _answers(int(found[1])):
            return found[2]
        assert process.poll() is None, text
        time.sleep(0.2)
    raise AssertionError(output.read_text(errors="replace"))


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
