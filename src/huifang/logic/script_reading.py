"""Reading the JSON of a script, value by value; what does not fit is a fault that names its place and the mend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huifang.errors import N_, Clause, HuifangError
from huifang.logic.script_text import Text, TextUnusable, When, text_from_json, when_from_json

Where = Clause
"""A place in a script, in words that are translated along."""


class Fault(Exception):
    """What is wrong with a document, as a clause."""

    def __init__(self, template: str, **data: object) -> None:
        self.clause = Clause(template, **data)
        super().__init__(str(self.clause))


def an_object(value: Any, where: Where) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Fault(N_("%(where)s is not an object: write it in braces"), where=where)
    return value


def string(raw: Mapping[str, Any], key: str, where: Where) -> str:
    """What is not empty."""
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise _missing(key, where)
    return value


def entries(raw: Mapping[str, Any], key: str, where: Where, *, may_be_empty: bool = False) -> list[Any]:
    """A list."""
    value = raw.get(key, [] if may_be_empty else None)
    if not isinstance(value, list) or not (value or may_be_empty):
        raise _missing(key, where)
    return value


def whole(raw: Mapping[str, Any], key: str, where: Where, low: int, high: int) -> int:
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Fault(
            N_("%(where)s: “%(key)s” must be a whole number from %(low)d to %(high)d"),
            where=where, key=key, low=low, high=high,
        )  # fmt: skip
    return value


def number(raw: Mapping[str, Any], key: str, where: Where, low: float, high: float) -> float:
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Fault(
            N_("%(where)s: “%(key)s” must be a number from %(low)g to %(high)g"),
            where=where, key=key, low=low, high=high,
        )  # fmt: skip
    return float(value)


def text(
    raw: Mapping[str, Any],
    key: str,
    where: Where,
    languages: tuple[str, ...],
    options: Mapping[str, str] | None = None,
) -> Text:
    """Words in every language."""
    if key not in raw:
        raise _missing(key, where)
    return said(raw[key], Clause(N_("%(where)s, “%(key)s”"), where=where, key=key), languages, options)


def said(
    value: Any, where: Where, languages: tuple[str, ...], options: Mapping[str, str] | None = None
) -> Text:
    """``value`` as words in every language."""
    try:
        return text_from_json(value, languages, options)
    except (HuifangError, ValueError, TypeError, KeyError) as fault:
        raise Fault(N_("%(where)s: %(fault)s"), where=where, fault=_clause(fault)) from None


def when(raw: Mapping[str, Any], where: Where) -> When | None:
    """The condition under ``if``, where there is one."""
    if "if" not in raw:
        return None
    try:
        return when_from_json(raw["if"])
    except (HuifangError, ValueError, TypeError, KeyError) as fault:
        raise Fault(
            N_("%(where)s has an unusable condition: %(fault)s"), where=where, fault=_clause(fault)
        ) from None


def _missing(key: str, where: Where) -> Fault:
    return Fault(N_("%(where)s has no “%(key)s”, which it needs: write it there"), where=where, key=key)


def _clause(fault: Exception) -> object:
    if isinstance(fault, TextUnusable):
        return fault.clause
    if isinstance(fault, HuifangError):
        return fault.data.get("fault", str(fault))  # ConditionInvalid's own clause
    return str(fault)


# ---- places

THE_SCRIPT = Clause(N_("the script"))


def key_of(name: str) -> Where:
    """A key of the document, as it is written there."""
    return Clause("“%(name)s”", name=name)


def step_of(step_id: str) -> Where:
    return Clause(N_("step “%(id)s”"), id=step_id)


def ending_of(ending_id: str) -> Where:
    return Clause(N_("ending “%(id)s”"), id=ending_id)
