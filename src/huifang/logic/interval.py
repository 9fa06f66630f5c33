"""How sure a share is: Wilson's score interval, and which of several shares stands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

_Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``n`` with its 95 % interval (Wilson 1927); everything None where n is 0."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def low(self) -> float | None:
        return max(0.0, self._centre - self._reach) if self.n else None

    @property
    def high(self) -> float | None:
        return min(1.0, self._centre + self._reach) if self.n else None

    @property
    def _centre(self) -> float:
        return (self.hits + _Z**2 / 2) / (self.n + _Z**2)

    @property
    def _reach(self) -> float:
        share = self.hits / self.n
        return _Z / (1 + _Z**2 / self.n) * sqrt(share * (1 - share) / self.n + _Z**2 / (4 * self.n**2))


def ahead(shares: Sequence[Share]) -> int | None:
    """The place of the share whose whole interval lies above those of all others; None where none does, as
    with fewer than two."""
    if len(shares) < 2:
        return None
    for place, share in enumerate(shares):
        others = [other for at, other in enumerate(shares) if at != place]
        low = share.low
        if low is not None and all(other.high is not None and low > other.high for other in others):
            return place
    return None
