"""How many calls may be going on for the agents that there are.

A customer who asks for a person and finds nobody has been called for nothing.  Calls are begun only as
long as, of all customers on the line who will ask, no more than a given share would find every agent
busy (predictive dialling with a bound on the abandoned; the usual legal limit is 1-3 %).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MISSED_SHARE = 0.01
_CAUTION = 1.64
"""Standard deviations by which a share is taken higher than it was measured: few calls tell little."""


@dataclass(frozen=True, slots=True)
class Agents:
    """``free`` wait for a call; ``busy`` talk to a customer or are being rung for one."""

    free: int
    busy: int


@dataclass(frozen=True, slots=True)
class OnLine:
    """Calls that may still ask for a person: before the answer, and in conversation with the robot."""

    before_answer: int
    in_conversation: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What the last calls have shown.

    :param begun: calls that were dialled
    :param answered: … that were answered
    :param wanted: … that asked for a person
    :param handling_s: how long an agent is busy with one customer, on average
    :param wish_after_s: how soon after the answer a customer asks: only a quarter is quicker
    """

    begun: int = 0
    answered: int = 0
    wanted: int = 0
    handling_s: float = 180.0
    wish_after_s: float = 0.0


def room(agents: Agents, on_line: OnLine, measured: Measured, most: int) -> int:
    """How many more calls may begin now, at most ``most``, so that of the customers who will ask for a
    person at most ``MISSED_SHARE`` find nobody.

    Of those who are busy only the ones count as available who will probably have hung up by then; that
    an agent may serve two of these customers after each other is left out, on the safe side.
    """
    by_begun = at_most(measured.wanted, measured.begun)
    by_answered = at_most(measured.wanted, measured.answered)
    # How likely k of the customers on the line ask, for every k that the agents could serve.
    size = agents.free + agents.busy
    asks = [1.0, *[0.0] * size]
    expected = 0.0
    for share in [by_answered] * on_line.in_conversation + [by_begun] * on_line.before_answer:
        asks, expected = _one_more(asks, share), expected + share
    available = _available(agents, measured)
    for count in range(most):
        asks, expected = _one_more(asks, by_begun), expected + by_begun
        if _missed(asks, expected, available) > MISSED_SHARE * expected:
            return count
    return most


def at_most(times: int, tries: int) -> float:
    """The share that ``times`` of ``tries`` shows, taken on the safe side (Wilson's upper bound)."""
    if tries <= 0:
        return 1.0
    z2, share = _CAUTION**2, min(times / tries, 1.0)
    middle = share + z2 / (2 * tries)
    spread = _CAUTION * math.sqrt(share * (1 - share) / tries + z2 / (4 * tries**2))
    return min(1.0, (middle + spread) / (1 + z2 / tries))


def _one_more(asks: list[float], share: float) -> list[float]:
    """The likelihoods with one more customer who asks with ``share``."""
    return [
        asks[0] * (1 - share),
        *(a * (1 - share) + b * share for a, b in zip(asks[1:], asks, strict=False)),
    ]


def _available(agents: Agents, measured: Measured) -> list[float]:
    """How likely 0, 1, 2 … agents are there when they are asked for."""
    soon = 1 - math.exp(-measured.wish_after_s / measured.handling_s) if measured.handling_s > 0 else 0.0
    likely = [1.0, *[0.0] * agents.busy]
    for _ in range(agents.busy):
        likely = _one_more(likely, soon)
    return [0.0] * agents.free + likely


def _missed(asks: list[float], expected: float, available: list[float]) -> float:
    """How many customers will find nobody, on average: E[max(asks - available, 0)]."""
    missed, served, more_than = 0.0, 0.0, 1.0
    for there, likelihood in enumerate(available):
        missed += likelihood * max(0.0, expected - served)
        if there < len(asks):
            more_than -= asks[there]
            served += max(0.0, more_than)  # E[min(asks, there + 1)] grows by P(asks > there)
    return missed
