"""Why a record matched, or did not, in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from huifang.conditions.fields import Catalogue, Field, Kind
from huifang.errors import N_
from huifang.logic.condition import Condition, Known, Reason, Scalar, reasons

_WANTED = {
    "eq": N_("%(value)s"),
    "ne": N_("other than %(value)s"),
    "lt": N_("less than %(value)s"),
    "le": N_("at most %(value)s"),
    "gt": N_("more than %(value)s"),
    "ge": N_("at least %(value)s"),
    "between": N_("from %(low)s to %(high)s"),
    "in": N_("one of %(value)s"),
    "contains": N_("with “%(value)s” in it"),
}


def explain(tree: Condition, facts: Mapping[str, object], catalogue: Catalogue) -> tuple[bool, list[str]]:
    """Whether ``tree`` holds, and one sentence for each fact that decided."""
    outcome, why = reasons(tree, facts)
    return outcome, [_sentence(reason, catalogue[reason.leaf.field]) for reason in why]


def _sentence(reason: Reason, field: Field) -> str:
    label = str(field.label)
    if reason.actual is None:
        return _("%(label)s is not known") % {"label": label}
    slots = {"label": label, "actual": shown(field, reason.actual)}
    if isinstance(reason.leaf, Known):
        return _("%(label)s: %(actual)s") % slots
    slots["wanted"] = _wanted(field, reason.leaf.op, reason.leaf.value)
    if reason.holds:
        return _("%(label)s: %(actual)s (asked for: %(wanted)s)") % slots
    return _("%(label)s: %(actual)s (not: %(wanted)s)") % slots


def _wanted(field: Field, op: str, value: Scalar | tuple[Scalar, ...]) -> str:
    values = [shown(field, one) for one in (value if isinstance(value, tuple) else (value,))]
    slots = {"value": _(", ").join(values), "low": values[0], "high": values[-1]}
    return _(_WANTED[op]) % slots


def shown(field: Field, value: Scalar) -> str:
    """A value of ``field`` as people write it."""
    if field.kind is Kind.MONEY and isinstance(value, int):
        return f"¥{value / 100:,.2f}"
    if field.kind is Kind.CHOICE:
        return str(field.choices.get(str(value), value))
    return str(value)
