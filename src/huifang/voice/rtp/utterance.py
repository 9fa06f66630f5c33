"""Collects the audio of one utterance, with what came just before it.  Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from huifang.voice.rtp.voice_activity import FRAME_MS, WINDOW

_PREROLL_FRAMES = 15  # 300 ms: soft beginnings lie below the detector's threshold
_TAIL_FRAMES = 10  # 200 ms of the closing silence let a recogniser finish its last syllable


@dataclass(frozen=True, slots=True)
class Utterance:
    """``codes`` from the pre-roll to the tail; the times bound the voice itself, since the first frame."""

    codes: bytes
    start_ms: int
    end_ms: int


class UtteranceCollector:
    """Keeps the last moments of a stream, and all of it while somebody speaks."""

    def __init__(self) -> None:
        self.frames = 0
        """How many frames were heard."""
        self.start_ms = 0
        """Where the voice of the current or last utterance began."""
        self._latest: deque[bytes] = deque(maxlen=_PREROLL_FRAMES + WINDOW)
        self.spoken_frames = 0
        """How long the current utterance is, its pauses included; 0 = nobody speaks."""
        self._speech: list[bytes] | None = None
        self._taken = 0

    def hear(self, frame: bytes) -> None:
        self.frames += 1
        self._latest.append(frame)
        if self._speech is not None:
            self._speech.append(frame)
            self.spoken_frames += 1

    def skip(self, frames: int) -> None:
        """Time that passed unheard."""
        self.frames += frames

    def begin(self, frames_ago: int) -> None:
        """The voice began with the frame heard ``frames_ago`` (1 = the last one)."""
        self.start_ms = max(self.frames - frames_ago, 0) * FRAME_MS
        self._speech = list(self._latest)[-(frames_ago + _PREROLL_FRAMES) :]
        self.spoken_frames = frames_ago
        self._taken = 0

    def news(self) -> bytes:
        """The codes of the utterance so far that have not been taken yet."""
        if self._speech is None:
            return b""
        codes = b"".join(self._speech[self._taken :])
        self._taken = len(self._speech)
        return codes

    def so_far(self) -> Utterance:
        """The utterance up to now."""
        return Utterance(b"".join(self._speech or []), self.start_ms, self.frames * FRAME_MS)

    def end(self, silent_frames: int) -> Utterance:
        """The utterance, whose last ``silent_frames`` frames held no voice."""
        speech, self._speech, self.spoken_frames = self._speech or [], None, 0
        surplus = max(silent_frames - _TAIL_FRAMES, 0)
        codes = b"".join(speech[: len(speech) - surplus])
        return Utterance(codes, self.start_ms, (self.frames - silent_frames) * FRAME_MS)
