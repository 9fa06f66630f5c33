"""How well a stream arrives: losses and jitter as RFC 3550 counts them (appendices A.1, A.3 and A.8)."""

from __future__ import annotations

_CLOCK_HZ = 8_000
_LARGEST_STEP = 3_000  # of the sequence number: beyond it the far end has begun anew


class Arrivals:
    """One incoming stream; another SSRC begins anew, what was counted before is kept in the sums."""

    def __init__(self) -> None:
        self.ssrc: int | None = None
        self.jitter = 0.0
        """Timestamp units."""
        self.highest = 0
        """Sequence number with its cycles."""
        self.received = 0
        self._base = 0
        self._transit: float | None = None
        self._before_expected = 0  # of streams that are over
        self._told_expected = self._told_received = 0

    def note(self, ssrc: int, sequence: int, timestamp: int | None, now: float) -> None:
        """A packet of the stream came at ``now`` (seconds).  Without ``timestamp`` (a key, whose packets carry
        all the same) it says nothing of jitter."""
        step = (sequence - self.highest) & 0xFFFF
        is_behind = step > 0xFFFF - _LARGEST_STEP
        if ssrc != self.ssrc or (step > _LARGEST_STEP and not is_behind):
            self._begin(ssrc, sequence)
        elif not is_behind:
            self.highest += step
        self.received += 1
        if timestamp is None:
            return
        transit = now * _CLOCK_HZ - timestamp
        if self._transit is not None:
            moved = (transit - self._transit + 0x80000000) % 0x100000000 - 0x80000000  # across the wrap
            self.jitter += (abs(moved) - self.jitter) / 16
        self._transit = transit

    def _begin(self, ssrc: int, sequence: int) -> None:
        self._before_expected = self.expected
        self.ssrc, self.highest, self._base = ssrc, sequence, sequence
        self._transit = None

    @property
    def expected(self) -> int:
        """How many packets were sent, as far as the numbers tell."""
        return self._before_expected + (self.highest - self._base + 1 if self.ssrc is not None else 0)

    @property
    def lost(self) -> int:
        """Negative where packets came twice."""
        return self.expected - self.received

    def lost_share_since_told(self) -> float:
        """The share that was lost since this was last asked."""
        expected, received = self.expected - self._told_expected, self.received - self._told_received
        self._told_expected, self._told_received = self.expected, self.received
        return max(expected - received, 0) / expected if expected > 0 else 0.0
