"""What single tones one after the other mean: China's call progress tones, and the beep of a voicemail.  Pure.

The exchange plays 450 Hz in a rhythm (GF 002-9002): a second every five = it rings, 0.35 s on and off = busy, 0.7 s =
congestion, three short and one of 0.4 s = the number cannot be reached, without a pause = dial.  A beep is one tone
of any other kind, alone, with quiet behind it; notes of music have others beside them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from huifang.voice.rtp.port import Tone

_PROGRESS_HZ, _OFF_BY_HZ = 450, 25
_SHORTEST_BEEP_MS, _LONGEST_BEEP_MS = 160, 3_040  # 0.2 to 3 s, as whole frames show them
_QUIET_BEHIND_MS = 300
_NEXT_IN_RHYTHM_MS, _NEXT_RING_MS = 1_200, 4_800
"""So long 450 Hz may be the beginning of a rhythm, and 450 Hz of a second the first ring."""
_ALONE_MS = 1_500
_SAME_HZ = 25
_EDGE_MS = 40  # a tone ends in the middle of a frame, and an echo of it comes a little later
_DIAL_MS = 3_000

_SHORT = (60, 160)
_BUSY, _CONGESTION, _LONG, _RING, _RING_PAUSE = (
    (270, 440),
    (580, 820),
    (320, 480),
    (840, 1_160),
    (3_400, 4_600),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One tone: its pitch, and where it began and ended."""

    hz: float
    begin_ms: int
    end_ms: int

    @property
    def long_ms(self) -> int:
        return self.end_ms - self.begin_ms

    @property
    def is_progress(self) -> bool:
        return abs(self.hz - _PROGRESS_HZ) <= _OFF_BY_HZ


def lasts(hz: float, ms: int) -> Tone | None:
    """What a tone is that has gone on for so long; asked once, when it has reached this length."""
    return Tone.DIAL if abs(hz - _PROGRESS_HZ) <= _OFF_BY_HZ and ms == _DIAL_MS else None


class Cadence:
    """The tones of one line in the order of their ends."""

    def __init__(self) -> None:
        self._tones: deque[Heard] = deque(maxlen=6)
        self._perhaps_beep: Heard | None = None

    @property
    def is_waiting(self) -> bool:
        """The quiet behind the last tone matters."""
        return self._perhaps_beep is not None

    def ends(self, tone: Heard) -> Tone | None:
        """A tone has ended; the rhythm that it completes."""
        is_alone = all(self._lets_alone(tone, sooner) for sooner in self._tones)
        self._tones.append(tone)
        found = self._rhythm() if tone.is_progress else None
        if found is not None:
            self._tones.clear()
            self._tones.append(tone)  # the rhythm goes on
        may_be = found is None and is_alone and _SHORTEST_BEEP_MS <= tone.long_ms <= _LONGEST_BEEP_MS
        self._perhaps_beep = tone if may_be else None
        return found

    def is_quiet(self, now_ms: int) -> Tone | None:
        """It has been quiet since the last tone; whether that was a beep."""
        tone = self._perhaps_beep
        if tone is None or now_ms - tone.end_ms < _patience_ms(tone):
            return None
        self._perhaps_beep = None
        return Tone.BEEP

    def is_loud(self, now_ms: int) -> None:
        """Something else is heard behind the last tone: it did not stand alone, unless it was its own end."""
        tone = self._perhaps_beep
        if tone is not None and now_ms - tone.end_ms > _EDGE_MS:
            self._perhaps_beep = None

    @staticmethod
    def _lets_alone(tone: Heard, sooner: Heard) -> bool:
        """Whether ``sooner`` is long ago or, for a beep that comes twice, the same."""
        is_same = abs(tone.hz - sooner.hz) <= _SAME_HZ and not tone.is_progress
        return is_same or tone.begin_ms - sooner.end_ms > _ALONE_MS

    def _rhythm(self) -> Tone | None:
        if self._are(_SHORT, _SHORT, gaps=_SHORT, before=_LONG):
            return Tone.UNOBTAINABLE
        if self._are(_BUSY, _BUSY, _BUSY, gaps=_BUSY):
            return Tone.BUSY
        if self._are(_CONGESTION, _CONGESTION, gaps=_CONGESTION):
            return Tone.CONGESTION
        if self._are(_RING, _RING, gaps=_RING_PAUSE):
            return Tone.RINGBACK
        return None

    def _are(
        self, *lengths: tuple[int, int], gaps: tuple[int, int], before: tuple[int, int] = (0, 0)
    ) -> bool:
        """Whether the last tones have these lengths, and these gaps between them; ``before``: and then one."""
        wanted = [*lengths, before] if before[1] else list(lengths)
        if len(self._tones) < len(wanted):
            return False
        last = list(self._tones)[-len(wanted) :]
        return all(
            tone.is_progress and low <= tone.long_ms <= high
            for tone, (low, high) in zip(last, wanted, strict=True)
        ) and all(gaps[0] <= later.begin_ms - sooner.end_ms <= gaps[1] for sooner, later in pairwise(last))


def _patience_ms(tone: Heard) -> int:
    """How long it must be quiet behind ``tone`` before it was a beep and no part of a rhythm."""
    if not tone.is_progress:
        return _QUIET_BEHIND_MS
    return _NEXT_RING_MS if _RING[0] <= tone.long_ms <= _RING[1] else _NEXT_IN_RHYTHM_MS
