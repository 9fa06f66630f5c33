"""The document of a plan: whom, when, why and with which facts; checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huifang.errors import N_, HuifangError
from huifang.logic import condition

ANCHORS = ("first_order_at", "last_order_at")
"""The facts (columns of CustomerFacts) that a due window may start from."""
SLOT_FIELDS = ("first_product", "last_product")
"""The facts that a script may be given when the plan is made."""
_LONGEST_DAYS = 3650


class PlanInvalid(HuifangError):
    template = N_("The plan %(plan)s cannot be used: %(fault)s.")


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """Whoever meets ``who`` is due ``due_after_days`` days after ``anchor``, for ``due_within_days`` more."""

    who: condition.Condition
    anchor: str
    due_after_days: int
    due_within_days: int
    reason: str
    facts: Mapping[str, str]  # slot → field


def read_plan(slug: str, data: Mapping[str, Any]) -> PlanDocument:
    """The checked document in ``data``; ``PlanInvalid`` (or ``ConditionInvalid``) names the fault."""
    anchor, facts = data.get("anchor"), data.get("facts", {})
    if anchor not in ANCHORS:
        raise PlanInvalid(plan=slug, fault=f"the anchor must be one of {', '.join(ANCHORS)}")
    if not isinstance(facts, Mapping) or any(field not in SLOT_FIELDS for field in facts.values()):
        raise PlanInvalid(plan=slug, fault=f"its facts may come from {', '.join(SLOT_FIELDS)} only")
    return PlanDocument(
        who=condition.from_json(data.get("who")),
        anchor=anchor,
        due_after_days=_days(slug, data, "due_after_days"),
        due_within_days=_days(slug, data, "due_within_days"),
        reason=str(data.get("reason") or ""),
        facts={str(slot): str(field) for slot, field in facts.items()},
    )


def _days(slug: str, data: Mapping[str, Any], key: str) -> int:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LONGEST_DAYS:
        raise PlanInvalid(plan=slug, fault=f"“{key}” must be a whole number from 0 to {_LONGEST_DAYS}")
    return value
