"""How good a call sounded, from what its packets went through: the E-model for G.711 (ITU-T G.107).

R falls from 93.2 by what delay takes (after R. Cole and J. Rosenbluth, 2001, who fitted G.107's curve) and by what
losses take (G.107, 3.5, with G.113's robustness of G.711 that conceals losses).  What R means to people is G.109.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_BEST_R = 93.2
_LOSS_ROBUSTNESS = 25.1
_PER_MS, _NOTICED_MS, _PER_MS_BEYOND = 0.024, 177.3, 0.11
_PACKET_MS, _BUFFER_MS = 20, 40
_BUFFER_JITTERS = 2  # a buffer that follows the network holds some twice the jitter


class Grade(StrEnum):
    """What people say of such a line (ITU-T G.109)."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    BAD = "bad"


GRADES = ((90.0, Grade.EXCELLENT), (80.0, Grade.GOOD), (70.0, Grade.FAIR), (60.0, Grade.POOR))
"""From this R on, the best first; below all of them the line is bad."""


@dataclass(frozen=True, slots=True)
class LineQuality:
    """One call's packets, as the voice line tells them with ``ended``."""

    loss_percent: float
    """Of the customer's packets."""
    jitter_ms: float
    far_loss_percent: float
    """Of ours, as the far end reports it."""
    round_trip_ms: float | None
    """None where the far end reports nothing, and then of its losses nothing is known either."""

    @property
    def r(self) -> float:
        """The rating, 0 to 93.2, of the direction that sounded worse."""
        worse = max(self.loss_percent, 0.0 if self.round_trip_ms is None else self.far_loss_percent)
        return rating(worse, self.delay_ms)

    @property
    def delay_ms(self) -> float:
        """From mouth to ear, as far as it is known."""
        return (
            _PACKET_MS + max(_BUFFER_MS, _BUFFER_JITTERS * self.jitter_ms) + (self.round_trip_ms or 0.0) / 2
        )

    @property
    def grade(self) -> Grade:
        return next((grade for least, grade in GRADES if self.r >= least), Grade.BAD)


def rating(loss_percent: float, delay_ms: float) -> float:
    """R for G.711 with so many packets lost by chance and so much delay from mouth to ear."""
    by_delay = _PER_MS * delay_ms + _PER_MS_BEYOND * max(delay_ms - _NOTICED_MS, 0.0)
    by_loss = 95 * loss_percent / (loss_percent + _LOSS_ROBUSTNESS)
    return max(_BEST_R - by_delay - by_loss, 0.0)


def line_quality_from_json(said: object) -> LineQuality | None:
    """What an ``ended`` event says; None where it says nothing, or nothing that can be."""
    if not isinstance(said, dict):
        return None
    figures = [said.get(name) for name in ("loss_percent", "jitter_ms", "far_loss_percent")]
    trip = said.get("round_trip_ms")
    if not all(_is_figure(figure) for figure in [*figures, 0.0 if trip is None else trip]):
        return None
    loss, jitter, far_loss = (float(figure) for figure in figures if figure is not None)
    return LineQuality(min(loss, 100.0), jitter, min(far_loss, 100.0), None if trip is None else float(trip))


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
