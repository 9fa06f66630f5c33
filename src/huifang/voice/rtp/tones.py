"""Single tones over many sessions at once: frames whose spectrum is one line that stands still.

A frame of 20 ms is a tone where a line (with its neighbours, under a Hann window) holds nearly all of its energy, and
the same tone as before where neither pitch nor level has moved.  Voices glide, music has several lines or notes beside
each other; ``cadence.py`` says what the tones of a line mean.  Quiet frames are looked at no further.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp.cadence import Cadence, Heard, lasts
from huifang.voice.rtp.g711 import FRAME
from huifang.voice.rtp.port import Tone
from huifang.voice.rtp.rows import Rows

FRAME_MS = 20
_LINE_HZ = 50
_FIRST_LINE, _LAST_LINE = 7, 41  # where tones are looked for
_HUM_LINES = 3  # below is mains
_SOUND_DB = -42.0  # dBFS: quieter frames hold nothing that matters
_PURE_SHARE = 0.85
_GLIDE_HZ = 10.0  # from one frame to the next
_SWELL_DB, _EDGE_DB = 2.0, 12.0  # inside a tone; where it begins, in the middle of a frame
_SHORTEST_FRAMES = 3
_QUIETER_DB = 10.0  # than the tone before: quiet
_HANN = np.hanning(FRAME + 1)[:FRAME].astype(np.float32)


class SingleTones:
    """Row i belongs to the i-th session that was added and is left; only rows that want tones cost anything."""

    def __init__(self) -> None:
        self._rows = Rows(
            frames=np.int32(0),  # of the tone that goes on
            hz=np.float32(0),  # of its last frame
            sum_hz=np.float32(0),
            level=np.float32(0),  # of its last frame, dBFS
            loudest=np.float32(0),  # of the last tone, while its end matters
            now_ms=np.int64(0),
        )
        self._cadences: list[Cadence] = []
        self._wanted: NDArray[np.intp] = np.zeros(0, np.intp)

    def add(self) -> None:
        self._rows.add()
        self._cadences.append(Cadence())

    def remove(self, row: int) -> None:
        """Forget a row; the last one takes its place."""
        self._rows.remove(row)
        self._cadences[row] = self._cadences[-1]
        self._cadences.pop()

    def want(self, wanted: list[bool]) -> None:
        """In which rows tones are looked for from now on; to be told after every change of the rows."""
        self._wanted = np.flatnonzero(wanted)

    def step(self, samples: NDArray[np.float32], level: NDArray[np.float32]) -> list[tuple[int, Tone]]:
        """Take the next 20 ms of every row; what tones have turned out to be, by row.

        :param samples: in int16 units, shape (rows, 160)
        :param level: dBFS, shape (rows,)
        """
        state, rows = self._rows, self._wanted
        if not len(rows):
            return []
        state["now_ms"][rows] += FRAME_MS
        hz = np.zeros(len(rows), np.float32)  # 0 = no tone
        sounds = (level[rows] > _SOUND_DB).nonzero()[0]
        if len(sounds):
            hz[sounds] = _pitches(samples[rows[sounds]])
        frames, last_hz, last_level = state["frames"][rows], state["hz"][rows], state["level"][rows]
        swell = level[rows] - last_level
        goes_on = (frames > 0) & (hz > 0) & (np.abs(hz - last_hz) <= _GLIDE_HZ) & (np.abs(swell) <= _SWELL_DB)
        goes_on |= (frames == 1) & (hz > 0) & (swell > 0) & (swell <= _EDGE_DB)
        ended = (frames >= _SHORTEST_FRAMES) & ~goes_on
        found = [(int(row), tone) for row in rows[ended] if (tone := self._ends(row)) is not None]
        state["frames"][rows] = np.where(goes_on, frames + 1, hz > 0)
        state["sum_hz"][rows] = np.where(goes_on, state["sum_hz"][rows] + hz, hz)
        state["hz"][rows], state["level"][rows] = hz, level[rows]
        for row in rows[goes_on & (frames >= _SHORTEST_FRAMES)]:
            tone = lasts(self._hz(row), FRAME_MS * int(state["frames"][row]))
            if tone is not None:
                found.append((int(row), tone))
        return found + self._behind(rows, level)

    def _hz(self, row: int) -> float:
        return float(self._rows["sum_hz"][row] / self._rows["frames"][row])

    def _ends(self, row: int) -> Tone | None:
        """The tone of ``row`` ended before this frame."""
        state = self._rows
        state["loudest"][row] = state["level"][row]
        end_ms = int(state["now_ms"][row]) - FRAME_MS
        begin_ms = end_ms - FRAME_MS * int(state["frames"][row])
        return self._cadences[row].ends(Heard(self._hz(row), begin_ms, end_ms))

    def _behind(self, rows: NDArray[np.intp], level: NDArray[np.float32]) -> list[tuple[int, Tone]]:
        """What is heard behind tones that may have been beeps."""
        found = []
        state = self._rows
        for row in rows:
            cadence = self._cadences[row]
            if not cadence.is_waiting:
                continue
            now_ms = int(state["now_ms"][row])
            if level[row] > state["loudest"][row] - _QUIETER_DB:
                cadence.is_loud(now_ms)
            elif (tone := cadence.is_quiet(now_ms)) is not None:
                found.append((int(row), tone))
        return found


def _pitches(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The pitch of each frame that is a tone, 0 for others: shape (n,)."""
    spectrum = np.fft.rfft(samples * _HANN, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    total = power[:, _HUM_LINES:].sum(axis=1)
    line = power[:, _FIRST_LINE : _LAST_LINE + 1].argmax(axis=1) + _FIRST_LINE
    row = np.arange(len(power))
    below, peak, above = power[row, line - 1], power[row, line], power[row, line + 1]
    is_pure = below + peak + above >= _PURE_SHARE * total
    # Between two lines of a Hann window a tone lies where their amplitudes say (R. C. Jain and others, 1979).
    ratio = np.sqrt(np.maximum(below, above) / np.maximum(peak, 1e-6))
    off = (2 * ratio - 1) / (ratio + 1) * np.where(above > below, 1, -1)
    return np.where(is_pure, (line + off) * _LINE_HZ, 0).astype(np.float32)
