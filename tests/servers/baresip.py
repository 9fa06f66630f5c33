"""baresip, a telephone that no one here wrote, steered over its control port."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

LOCAL = "127.0.0.1"
_MODULES = ("/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules")
_CONFIGURATION = """sip_listen {local}:{sip}
rtp_ports {rtp}-{rtp_last}
audio_player aubridge,nobody
audio_source aufile,{folder}/says.wav
audio_alert aubridge,nobody
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {folder}
module account.so
module ctrl_tcp.so
module menu.so
ctrl_tcp_listen {local}:{control}
module cons.so
cons_listen {local}:{keys}
"""


def _free_port() -> int:
    """A port that is free for UDP and TCP, and the next one too: baresip takes it for TLS."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind((LOCAL, 0))
            port = int(first.getsockname()[1])
            try:
                second.bind((LOCAL, port + 1))
            except (OSError, OverflowError):
                continue
            return port


class Baresip:
    """One telephone.  What it hears goes to a file, what it says is a tone."""

    def __init__(self, folder: Path, modules: str) -> None:
        self.sip_port, self._control_port, self._keys_port = _free_port(), _free_port(), _free_port()
        rtp = _free_port() & ~1
        self._folder = folder
        self._log = folder / "log"
        (folder / "config").write_text(
            _CONFIGURATION.format(local=LOCAL, sip=self.sip_port, control=self._control_port, folder=folder,
                                  keys=self._keys_port, modules=modules, rtp=rtp, rtp_last=rtp + 20)
        )  # fmt: skip
        (folder / "accounts").write_text(
            f"<sip:+8613900139000@{LOCAL};transport=udp>;regint=0;audio_codecs=PCMA/8000/1,PCMU/8000/1\n"
        )
        (folder / "contacts").write_text("")
        with wave.open(str(folder / "says.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(
                (3000 * np.sin(np.arange(8000 * 60) * 2 * np.pi * 440 / 8000)).astype("<i2").tobytes()
            )
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["baresip", "-f", str(folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._connection = self._connect()
        self._connection.settimeout(0.2)
        self._unread = b""
        self.events: list[dict[str, str]] = []

    def command(self, name: str, parameters: str = "") -> None:
        """Do what one of baresip's commands does."""
        data = json.dumps({"command": name, "params": parameters}).encode()
        self._connection.sendall(b"%d:%s," % (len(data), data))

    def press(self, key: str) -> None:
        """A key of the telephone; in a call it is sent as RFC 4733 has it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
            console.sendto(key.encode(), (LOCAL, self._keys_port))

    def wait_for(self, kind: str, seconds: float = 60) -> dict[str, str]:
        """The first event of this type since the start, for example CALL_ESTABLISHED."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = next((event for event in self.events if event.get("type") == kind), None)
            if found is not None:
                return found
            self._read()
        raise AssertionError(f"no {kind}: {self.events}\n{self._log.read_text()[-2000:]}")

    def heard(self) -> np.ndarray:
        """What it has heard, as samples; after the call."""
        [path] = self._folder.glob("dump-*-dec.wav")
        with wave.open(str(path)) as file:
            return np.frombuffer(file.readframes(file.getnframes()), "<i2")

    def close(self) -> None:
        self._connection.close()
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                return socket.create_connection((LOCAL, self._control_port))
            except OSError:
                assert self._process.poll() is None, self._log.read_text()
                time.sleep(0.05)
        raise AssertionError(self._log.read_text())

    def _read(self) -> None:
        try:
            self._unread += self._connection.recv(65536)
        except TimeoutError:
            return
        while (colon := self._unread.find(b":")) > 0:
            length = int(self._unread[:colon])
            message, rest = self._unread[colon + 1 : colon + 1 + length], self._unread[colon + 2 + length :]
            if len(message) < length:
                return
            self._unread = rest
            self.events.append(json.loads(message))


@pytest.fixture
def baresip(tmp_path: Path) -> Iterator[Baresip]:
    """A running telephone; the test is skipped where baresip is not installed."""
    modules = next((path for path in _MODULES if Path(path).is_dir()), None)
    if shutil.which("baresip") is None or modules is None:
        pytest.skip("baresip is not installed (Debian: baresip-core)")
    folder = tmp_path / "baresip"
    folder.mkdir()
    telephone = Baresip(folder, modules)
    yield telephone
    telephone.close()
