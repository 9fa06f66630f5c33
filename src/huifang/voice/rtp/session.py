"""The caller's side of a session: every method hands its work to the media thread and returns."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

from huifang.voice.rtp.dtmf import KEYS
from huifang.voice.rtp.endpoint import Endpoint
from huifang.voice.rtp.g711 import Codec
from huifang.voice.rtp.port import MediaSession, Quality

if TYPE_CHECKING:
    from huifang.voice.rtp.loop import BatchedMediaLoop


class BatchedSession:
    """The media of one leg in a ``BatchedMediaLoop``; ``MediaSession`` says what each method promises."""

    def __init__(self, loop: BatchedMediaLoop, sock: socket.socket, control: socket.socket | None) -> None:
        self.local_port: int = sock.getsockname()[1]
        self._loop = loop
        self.endpoint = Endpoint(self, sock, loop.counts, loop.emit, control)

    def connect(self, host: str, port: int, *, codec: str, dtmf_payload: int | None) -> None:
        """Also changes place and codec in the middle of a call.

        Raises ``OSError`` where ``host`` is a name that cannot be resolved, ``KeyError`` where ``codec``
        is neither PCMA nor PCMU.
        """
        address = (socket.gethostbyname(host), port)
        chosen = Codec[codec]
        self._loop.post(lambda: self._loop.connect(self.endpoint, address, chosen, dtmf_payload))

    def direct(self, *, sends: bool, hears: bool) -> None:
        self._loop.post(lambda: self.endpoint.direct(sends, hears))

    def play(self, clip: bytes, token: object, *, loop: bool = False) -> None:
        """Clips are heard after connect(), and in place of whom this far end hears.  A loop goes on
        until stop_playing(), whatever waits behind it."""
        self._loop.post(lambda: self.endpoint.play(clip, token, loop))

    def stop_playing(self) -> None:
        self._loop.post(self.endpoint.stop_playing)

    def pause_playing(self) -> None:
        self._loop.post(lambda: self.endpoint.talker.pause(True))

    def resume_playing(self) -> None:
        self._loop.post(lambda: self.endpoint.talker.pause(False))

    def end_turn_after(self, silence_ms: int) -> None:
        self._loop.post(lambda: self._loop.end_turn_after(self.endpoint, silence_ms))

    def send_keys(self, keys: str) -> None:
        """``ValueError`` for a key that no telephone has."""
        if not set(keys.upper()) <= set(KEYS):
            raise ValueError(f"not telephone keys: {keys!r}")
        self._loop.post(lambda: self.endpoint.talker.send_keys(keys))

    def watch_for_machines(self, wanted: bool) -> None:
        self._loop.post(lambda: self._loop.watch(self.endpoint, wanted))

    def hear(self, *others: MediaSession) -> None:
        """``others`` are sessions of the same loop."""
        sources = tuple(other.endpoint for other in others if isinstance(other, BatchedSession))
        assert len(sources) == len(others)
        self._loop.post(lambda: self.endpoint.hear_from(sources))

    def record_to(self, path: Path) -> None:
        self._loop.post(lambda: self._loop.record(self.endpoint, path))

    def discard_recording(self) -> None:
        recording = self.endpoint.recording
        if recording is not None:
            recording.unlink()
            self._loop.post(lambda: self._loop.discard_recording(self.endpoint))

    def quality(self) -> Quality:
        return self.endpoint.quality()

    def close(self) -> None:
        """Clips that wait are reported as not finished; ``Recorded`` follows for a recording."""
        self._loop.post(lambda: self._loop.close(self.endpoint))
