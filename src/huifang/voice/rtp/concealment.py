"""What is heard where no packet came: the voice held on for a moment, or the room's noise.

A lost frame is filled as ITU-T G.711, appendix I, does it: the last pitch period is repeated, fading from
10 ms on and gone after 60 ms, and the next real frame is faded in.  Where the far end has said that it is
silent (comfort noise, RFC 3389), noise of the level that it named takes the place of its silence.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from huifang.voice.rtp.g711 import FRAME, SILENCE, Codec, decode, encode

COMFORT_NOISE = 13  # payload type (RFC 3551)
_SHORTEST, _LONGEST = 40, 120  # samples of a pitch period: 200 to 66 Hz
_HISTORY_FRAMES = 3
_HELD_FRAMES = 3
_FULL, _GONE = 80, 480  # samples: until here unfaded, here silent
_JOIN = 40  # samples over which the next real frame fades in
_RISE = np.linspace(0, 1, _JOIN, dtype=np.float32)
_NOISE_FRAMES = 100
_QUIETEST_NOISE = 78  # dB below overload: less is silence in G.711


class Concealer:
    """One incoming stream after its jitter buffer."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._silence = bytes([SILENCE[codec]]) * FRAME
        self._last: list[bytes] = []  # the last real frames, the newest at the end
        self._missing = 0  # frames since the last real one
        self._held: NDArray[np.float32] | None = None  # how the voice goes on, a frame and a join more
        self._noise: bytes | None = None
        self._noise_at = 0
        self._is_told_silent = False
        self.concealed = 0
        """Frames that were filled in for lost ones."""

    def falls_silent(self, noise: bytes = b"") -> None:
        """No audio comes for now, because of a key or of silence: no loss.  ``noise`` (RFC 3389) says how loud
        the far end's room is."""
        self._is_told_silent = True
        if noise:
            self._noise = _noise(min(noise[0] & 0x7F, _QUIETEST_NOISE), self._codec)

    def audio_comes(self) -> None:
        """A packet of audio has arrived, so whatever is missing is lost."""
        self._is_told_silent = False

    def frame(self, frame: bytes | None) -> bytes:
        """What is heard for the frame that the jitter buffer gave."""
        if frame is not None:
            if self._missing:
                if self._held is not None:
                    frame = self._joined(frame, self._held)
                    self._held = None
                self._missing = 0
            last = self._last
            last.append(frame)
            if len(last) > _HISTORY_FRAMES:
                del last[0]
            return frame
        self._missing += 1
        if self._missing == 1 and not self._is_told_silent and len(self._last) == _HISTORY_FRAMES:
            self._held = _going_on(decode(b"".join(self._last), self._codec).astype(np.float32))
        if self._held is not None:
            if self._missing <= _HELD_FRAMES:
                self.concealed += 1
                start = (self._missing - 1) * FRAME
                return encode(self._held[start : start + FRAME].astype(np.int16), self._codec).tobytes()
            self._held = None
            self._last.clear()
        return self._next_noise()

    def _joined(self, frame: bytes, held: NDArray[np.float32]) -> bytes:
        start = self._missing * FRAME
        head = decode(frame[:_JOIN], self._codec) * _RISE + held[start : start + _JOIN] * (1 - _RISE)
        return encode(head.astype(np.int16), self._codec).tobytes() + frame[_JOIN:]

    def _next_noise(self) -> bytes:
        if self._noise is None:
            return self._silence
        at = self._noise_at
        self._noise_at = (at + FRAME) % len(self._noise)
        return self._noise[at : at + FRAME]


def _going_on(past: NDArray[np.float32]) -> NDArray[np.float32]:
    """How ``past`` would go on for the frames that are held and the join behind them, fading."""
    tail = past[-FRAME:]
    windows = sliding_window_view(past, FRAME)  # row i begins at sample i
    lags = np.arange(_SHORTEST, _LONGEST + 1)
    earlier = windows[len(past) - FRAME - lags]
    likeness = (earlier @ tail) / np.sqrt(np.einsum("ij,ij->i", earlier, earlier) + 1)
    lag = int(lags[likeness.argmax()])
    period = past[-lag:].copy()
    seam = lag // 4  # the end of a period leads into its beginning
    rise = np.linspace(0, 1, seam, dtype=np.float32)
    period[-seam:] = period[-seam:] * (1 - rise) + past[-lag - seam : -lag] * rise
    samples = np.arange(_HELD_FRAMES * FRAME + _JOIN)
    fade = np.clip((_GONE - samples) / (_GONE - _FULL), 0, 1).astype(np.float32)
    return np.asarray(period[samples % lag] * fade, np.float32)


@lru_cache(maxsize=2 * (_QUIETEST_NOISE + 1))
def _noise(below_overload_db: int, codec: Codec) -> bytes:
    """Two seconds of white noise, to be repeated."""
    rms = 32768 * 10 ** (-below_overload_db / 20)
    sound = np.random.default_rng(1).normal(0, rms, _NOISE_FRAMES * FRAME)
    return encode(np.clip(sound, -32767, 32767).astype(np.int16), codec).tobytes()
