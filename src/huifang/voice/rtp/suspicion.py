"""Who may have begun to speak: told early, from packets as they arrive, and taken back where it was nothing.

Somebody who is to be interrupted must fall silent soon, so this does not wait for the jitter buffer: the order of
packets does not matter to it.  60 ms of voice are enough, of a voice far above the line's noise 40 ms.

What was taken back raises a bar: a keyboard or music in the background would make a prompt stammer, so the next
suspicion must be louder than what was taken back, by less and less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp.rows import Rows

_SAMPLES_PER_MS = 8
_PACKET_MS, _LONGEST_STEP_MS = 20, 60  # a packet alone; packets that came together, or around a lost one
_REORDERED_MS = 1_000  # further back is another stream
_PERHAPS_MS, _CLEARLY_MS, _CLEARLY_DB = 60, 40, 25.0
_DISMISSED_FRAMES = 6  # 120 ms without a voice
_BAR_DB, _BAR_FALLS_DB = 3.0, 0.02  # above what was taken back; a frame, which is 1 dB a second
_NO_BAR_DB = -96.0


@dataclass(frozen=True, slots=True)
class Arrived:
    """What has arrived from each session by now; arrays of shape (sessions,)."""

    level: NDArray[np.float32]
    """dBFS of the latest 20 ms."""
    at: NDArray[np.int64]
    """The RTP timestamp of the latest packet."""


class Suspicion:
    """Rows as in ``VoiceActivity``, which owns it."""

    def __init__(self) -> None:
        self._rows = Rows(
            at=np.int64(0),
            voiced_ms=np.int32(0),
            silent=np.int32(0),
            suspected=np.bool_(False),
            loudest=np.float32(_NO_BAR_DB),
            bar=np.float32(_NO_BAR_DB),
        )

    def add(self) -> None:
        self._rows.add()

    def remove(self, row: int) -> None:
        self._rows.remove(row)

    def step(
        self,
        arrivals: Arrived,
        floor: NDArray[np.float32],
        quietest: NDArray[np.float32],
        speaking: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Take what has arrived in 20 ms; who may have begun to speak with it.

        :param floor: the noise of each line, dBFS
        :param quietest: what a voice is louder than, dBFS
        :param speaking: who speaks anyway
        """
        rows = self._rows
        new_ms = self._new_ms(arrivals.at)
        voiced_ms, silent, suspected, bar = rows["voiced_ms"], rows["silent"], rows["suspected"], rows["bar"]
        bar -= np.float32(_BAR_FALLS_DB)
        level = arrivals.level
        voiced = level > np.maximum(quietest, bar)
        is_new = new_ms > 0
        silent += 1
        silent[voiced & is_new] = 0
        grown = np.where(voiced_ms > 0, voiced_ms + new_ms, np.minimum(new_ms, _PACKET_MS))
        voiced_ms[:] = np.where(is_new, np.where(voiced, grown, 0), voiced_ms)
        enough = np.where(level > floor + np.float32(_CLEARLY_DB), _CLEARLY_MS, _PERHAPS_MS)
        perhaps = is_new & voiced & (voiced_ms >= enough) & ~speaking & ~suspected
        suspected |= perhaps
        loudest = rows["loudest"]
        loudest[:] = np.where(suspected, np.maximum(loudest, level), np.float32(_NO_BAR_DB))
        return np.asarray(perhaps)

    def settle(self, started: NDArray[np.bool_], silent_frames: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Who of the suspected has not spoken: nothing has arrived or been heard that is like a voice.

        :param started: who speaks from now on
        :param silent_frames: since a voice was last heard behind the jitter buffer
        """
        rows = self._rows
        suspected, bar = rows["suspected"], rows["bar"]
        dismissed = suspected & ~started
        dismissed &= (rows["silent"] >= _DISMISSED_FRAMES) & (silent_frames >= _DISMISSED_FRAMES)
        bar[dismissed] = np.maximum(bar, rows["loudest"] + np.float32(_BAR_DB))[dismissed]
        bar[started] = _NO_BAR_DB
        suspected &= ~(started | dismissed)
        return np.asarray(dismissed)

    def _new_ms(self, at: NDArray[np.int64]) -> NDArray[np.int32]:
        """How much has arrived since the last step, as far as it matters; 0 = nothing."""
        seen = self._rows["at"]
        ahead = (((at - seen + 2**31) & 0xFFFFFFFF) - 2**31) // _SAMPLES_PER_MS
        is_new = (ahead > 0) | (ahead < -_REORDERED_MS)
        seen[is_new] = at[is_new]
        goes_on = (ahead > 0) & (ahead <= _LONGEST_STEP_MS)
        return np.where(goes_on, ahead, np.where(is_new, _PACKET_MS, 0)).astype(np.int32)
