"""linphonec, a telephone that no one here wrote, steered by what one would type."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

LOCAL = "127.0.0.1"
_CONFIGURATION = """[sip]
sip_tcp_port=-2
sip_tls_port=-2
[rtp]
audio_rtp_port={rtp}
[net]
mtu=1300
[video]
automatically_initiate=0
automatically_accept=0
"""


def _free_pair() -> int:
    """An even port that is free for UDP, and the next one too."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second,
        ):
            first.bind((LOCAL, 0))
            port = int(first.getsockname()[1])
            if port % 2:
                continue
            try:
                second.bind((LOCAL, port + 1))
            except OSError:
                continue
            return port


class Linphone:
    """One telephone without an account.  What it hears goes to a file, what it says is a tone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "log"
        (folder / "settings").write_text(_CONFIGURATION.format(rtp=_free_pair()))
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        with wave.open(str(folder / "says.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(
                (3000 * np.sin(np.arange(8000 * 60) * 2 * np.pi * 440 / 8000)).astype("<i2").tobytes()
            )
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["linphonec", "-c", str(folder / "settings")],
                stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=folder, bufsize=0,
                env={**os.environ, "HOME": str(folder)}, start_new_session=True,
            )  # fmt: skip
        self.wait_for("linphonec> ")
        for line in (
            "ipv6 disable",
            "soundcard use files",
            f"ports sip {_free_pair()}",
            f"play {folder / 'says.wav'}",
            f"record {folder / 'heard.wav'}",
        ):
            self.type(line)

    def type(self, line: str) -> None:
        """One line at its prompt; a key alone is pressed in the call."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    def wait_for(self, words: str, seconds: float = 60) -> None:
        """Return when it has said ``words``."""
        deadline = time.monotonic() + seconds
        while words not in (said := self._log.read_text(errors="replace")):
            assert self._process.poll() is None, said[-2000:]
            assert time.monotonic() < deadline, f"no {words!r}: {said[-2000:]}"
            time.sleep(0.05)

    def heard(self) -> np.ndarray:
        """What it has heard, as samples of 8 kHz; after the call."""
        with wave.open(str(self._folder / "heard.wav")) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")[:: file.getnchannels()]
            return sound[:: max(file.getframerate() // 8000, 1)]

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()


@pytest.fixture
def linphone(tmp_path: Path) -> Iterator[Linphone]:
    """A running telephone; the test is skipped where linphonec is not installed."""
    if shutil.which("linphonec") is None:
        pytest.skip("linphonec is not installed (Debian: linphone-cli)")
    folder = tmp_path / "linphone"
    folder.mkdir()
    telephone = Linphone(folder)
    yield telephone
    telephone.close()
