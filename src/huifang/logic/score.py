"""What a customer's purchases say: RFM quintiles and the stage of the customer's life with us.

``customers/facts.py`` carries these rules out for a whole database; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stages:
    """Where one stage of the lifecycle ends and the next begins; days are whole calendar days."""

    new_days: int = 30
    """A customer with one order is new up to this many days after it."""
    dormant_days: int = 60
    """Silent for so many days = dormant."""
    lost_days: int = 365
    """Silent for more days than this = lost."""
    at_risk_orders: int = 4
    """From so many orders on, a customer has a rhythm that can break."""
    at_risk_days: int = 30
    """No rhythm counts as broken before so many days of silence."""
    at_risk_silence: int = 3
    """A rhythm is broken when the silence is at least so many times the usual pause between orders."""


STAGES = Stages()


def lifecycle(
    order_count: int, first_order_days: int | None, recency_days: int | None, stages: Stages = STAGES
) -> str:
    """The stage: prospect, new, active, at_risk, dormant or lost.

    ``first_order_days`` and ``recency_days`` are days since the first and the last order, None
    without orders.  The usual pause is (first - last) / (orders - 1), compared without a division.
    """
    if not order_count or first_order_days is None or recency_days is None:
        return "prospect"
    if recency_days > stages.lost_days:
        return "lost"
    if order_count == 1 and first_order_days <= stages.new_days:
        return "new"
    pauses, span = order_count - 1, first_order_days - recency_days
    if (
        order_count >= stages.at_risk_orders
        and recency_days >= stages.at_risk_days
        and recency_days * pauses >= stages.at_risk_silence * span
    ):
        return "at_risk"
    return "active" if recency_days < stages.dormant_days else "dormant"


def quintiles(values: Mapping[int, int]) -> dict[int, int]:
    """Customer id → 1 (lowest fifth) to 5 (highest), for customer id → value.

    As SQL's ``ntile(5) over (order by value, id)``: equal values are split by id, and where the number
    is no multiple of five the lower fifths get one more.
    """
    ranked = sorted(values, key=lambda customer: (values[customer], customer))
    size, larger = divmod(len(ranked), 5)
    result: dict[int, int] = {}
    place = 0
    for fifth in range(1, 6):
        upto = place + size + (fifth <= larger)
        result.update(dict.fromkeys(ranked[place:upto], fifth))
        place = upto
    return result
