"""What a softphone window is to the gateway, played by aiortc: a microphone, an ear, and the messages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from fractions import Fraction
from typing import Any

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

PATIENCE_S = 30.0


def tone(hertz: float, samples: int, start: int = 0) -> np.ndarray:
    """int16 at 8 kHz, half of full scale."""
    return (np.sin(2 * np.pi * hertz / 8000 * np.arange(start, start + samples)) * 16000).astype(np.int16)


def strength(pcm: np.ndarray, hertz: float) -> float:
    """How much of the power of ``pcm`` is at ``hertz``, 0-1 (Goertzel's measure by one correlation)."""
    samples = pcm.astype(np.float64)
    power = float(np.sum(samples**2))
    wave = np.exp(-2j * np.pi * hertz / 8000 * np.arange(len(samples)))
    return float(2 * abs(np.sum(samples * wave)) ** 2 / len(samples) / power) if power else 0.0


class _Microphone(MediaStreamTrack):
    """A tone at 8 kHz, steady or six times a second louder and softer, as syllables are."""

    kind = "audio"

    def __init__(self, hertz: float, *, is_steady: bool) -> None:
        super().__init__()
        self._hertz = hertz
        self._is_steady = is_steady
        self._sent = 0
        self._began_at = time.monotonic()

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(max(0.0, self._began_at + self._sent / 8000 - time.monotonic()))
        sound = tone(self._hertz, 160, self._sent)
        if not self._is_steady:
            sound = (sound * abs(np.sin(2 * np.pi * 3 / 8000 * self._sent))).astype(np.int16)
        frame = AudioFrame.from_ndarray(sound.reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, self._sent, Fraction(1, 8000)
        self._sent += 160
        return frame


class Window:
    """A window; ``messages`` are what the gateway has said, ``heard`` what it has played."""

    def __init__(
        self, hertz: float = 440.0, *, is_steady: bool = True, answers_calls_of_life: bool = True
    ) -> None:
        self.messages: list[dict[str, Any]] = []
        self.heard: list[np.ndarray] = []
        self.is_closed = False
        self._lives = answers_calls_of_life
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.addTrack(_Microphone(hertz, is_steady=is_steady))
        self._channel = self._connection.createDataChannel("huifang")
        self._channel.on("message", self._take)
        self._channel.on("close", self._closed)
        self._connection.on("track", lambda track: asyncio.ensure_future(self._listen(track)))

    async def offer(self) -> str:
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return str(self._connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    def do(self, wish: str, **data: Any) -> None:
        self._channel.send(json.dumps({"do": wish, **data}))

    async def said(self, say: str, **fields: Any) -> dict[str, Any]:
        """The first message of this kind with these fields, now or soon."""
        wanted = {"say": say, **fields}
        return (await until(lambda: [m for m in self.messages if wanted.items() <= m.items()], f"{wanted}"))[
            0
        ]

    async def hears(self, hertz: float) -> None:
        """Wait until what is played is this tone, for 60 ms without a gap."""
        await until(lambda: strength(self._newest(), hertz) > 0.9, f"{hertz} Hz in the window")

    def _newest(self) -> np.ndarray:
        return np.concatenate(self.heard[-3:]) if self.heard else np.zeros(1)

    async def close(self) -> None:
        await self._connection.close()

    def _take(self, text: str) -> None:
        message = json.loads(text)
        if message["say"] == "alive" and self._lives:
            self.do("alive")
        self.messages.append(message)

    def _closed(self) -> None:
        self.is_closed = True

    async def _listen(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):  # the connection is closed
            while True:
                frame = await track.recv()
                self.heard.append(frame.to_ndarray().reshape(-1))


async def until(claim: Any, what: str) -> Any:
    """Wait for ``claim()`` to be true; its value."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := claim()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.02)
    return found
