"""Reads what an ask asks: its item, the choices, and the limits of the answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from huifang.errors import N_, Clause
from huifang.logic.script_items import (
    ITEM_TYPES,
    MOST_DIGITS,
    TYPED,
    Choice,
    Item,
    acknowledgement,
    yes_or_no,
)
from huifang.logic.script_reading import Fault, Where, an_object, entries, string, text, whole
from huifang.logic.script_validate import (
    LIMITS,
    MOST_CHARACTERS,
    MOST_DAYS,
    MOST_PATTERN,
    Validate,
    is_endless,
)

_OLD_TYPES = ("scale", "text")


def item_from_json(raw: Any, where: Where, languages: tuple[str, ...], schema: int) -> Item:
    """The item in ``raw``; ``Fault`` where it is none."""
    if not isinstance(raw, Mapping):
        raise Fault(N_("%(where)s asks nothing: write down what in “item”"), where=where)
    kind = string(raw, "type", where)
    if kind not in ITEM_TYPES:
        raise Fault(
            N_("%(where)s has an item of the unknown type “%(kind)s”; known are %(known)s"),
            where=where, kind=kind, known=", ".join(ITEM_TYPES),
        )  # fmt: skip
    if schema == 1 and kind not in _OLD_TYPES:
        raise Fault(
            N_("%(where)s has an item of the type “%(kind)s”, which needs “schema”: 2"),
            where=where, kind=kind,
        )  # fmt: skip
    has_own = kind in (*TYPED, "info")
    raw_choices = entries(raw, "choices", where, may_be_empty=has_own or kind in ("text", "yes_no"))
    choices = tuple(_choice(c, where, languages) for c in raw_choices)
    if has_own and choices:
        raise Fault(
            N_("%(where)s: an item of the type “%(kind)s” has no choices; leave them out"),
            where=where, kind=kind,
        )  # fmt: skip
    if kind == "info":
        choices = acknowledgement(languages)
    if kind == "yes_no":
        choices = choices or yes_or_no(languages)
        if [c.code for c in choices] != ["yes", "no"]:
            raise Fault(
                N_("%(where)s: the choices of a yes_no item have the codes yes and no, in this order"),
                where=where,
            )
    low, high = (0, 10) if kind != "number" else _bounds(raw, where)
    return Item(
        string(raw, "id", where),
        kind,
        choices,
        shuffle=raw.get("shuffle") is True,
        low=low,
        high=high,
        past=raw.get("past") is True,
        validate=_validate(raw, kind, where, languages, schema),
    )


def _bounds(raw: Mapping[str, Any], where: Where) -> tuple[int, int]:
    most = 10**MOST_DIGITS - 1
    low, high = whole(raw, "low", where, 0, most), whole(raw, "high", where, 0, most)
    if low > high:
        raise _crossed("low", "high", where)
    return low, high


def _choice(raw: Any, where: Where, languages: tuple[str, ...]) -> Choice:
    raw = an_object(raw, Clause(N_("%(where)s, a choice"), where=where))
    code = string(raw, "code", Clause(N_("%(where)s, a choice"), where=where))
    here = Clause(N_("%(where)s, choice “%(code)s”"), where=where, code=code)
    label = raw.get("label")
    if not isinstance(label, Mapping) or not all(
        isinstance(label.get(x), str) and label.get(x) for x in languages
    ):
        raise Fault(
            N_("%(where)s: the choice “%(code)s” has no label in every language: %(languages)s"),
            where=where, code=code, languages=", ".join(languages),
        )  # fmt: skip
    score = whole(raw, "score", here, -1000, 1000) if "score" in raw else None
    key = raw.get("key", "")
    if not isinstance(key, str) or (key and (len(key) != 1 or key not in "123456789")):
        raise Fault(
            N_("%(where)s: the key of the choice “%(code)s” must be one of 1-9, because 0, * and # are taken"),
            where=where, code=code,
        )  # fmt: skip
    keywords = raw.get("keywords", [])
    if not isinstance(keywords, list) or not all(isinstance(k, str) and k for k in keywords):
        raise Fault(N_("%(where)s: “keywords” must be a list of words"), where=here)
    return Choice(code, {x: str(label[x]) for x in languages}, score, key, tuple(keywords))


# ---- the limits of answers


def _validate(
    raw: Mapping[str, Any], kind: str, where: Where, languages: tuple[str, ...], schema: int
) -> Validate | None:
    if "validate" not in raw:
        return None
    here = Clause(N_("%(where)s, “validate”"), where=where)
    given = an_object(raw["validate"], here)
    known = LIMITS.get(kind, ())
    if schema == 1 or not known:
        raise Fault(
            N_("%(where)s: an item of the type “%(kind)s” takes no “validate”; only %(known)s do, with “schema”: 2"),
            where=where, kind=kind, known=", ".join(LIMITS),
        )  # fmt: skip
    for name in sorted(set(given) - {*known, "words"}):
        raise Fault(
            N_("%(where)s has the unknown limit “%(name)s”; an item of the type “%(kind)s” knows %(known)s"),
            where=here, name=name, kind=kind, known=", ".join(known),
        )  # fmt: skip
    if not set(given) & set(known):
        raise Fault(N_("%(where)s limits nothing: give it %(known)s"), where=here, known=", ".join(known))
    least, most = (-MOST_DAYS, MOST_DAYS) if kind == "date" else (0, 10**MOST_DIGITS - 1)
    low, high = (whole(given, name, here, least, most) if name in given else None for name in ("min", "max"))
    shortest, longest = (
        whole(given, name, here, 1, MOST_CHARACTERS) if name in given else None
        for name in ("min_length", "max_length")
    )
    if low is not None and high is not None and low > high:
        raise _crossed("min", "max", here)
    if shortest is not None and longest is not None and shortest > longest:
        raise _crossed("min_length", "max_length", here)
    pattern = _pattern(given, here) if "pattern" in given else ""
    return Validate(text(given, "words", here, languages), low, high, pattern, shortest, longest)


def _pattern(given: Mapping[str, Any], where: Where) -> str:
    pattern = string(given, "pattern", where)
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as fault:
        raise Fault(
            N_("%(where)s: “pattern” is no regular expression (%(fault)s)"), where=where, fault=fault
        ) from None
    if len(pattern) > MOST_PATTERN or is_endless(pattern):
        raise Fault(
            N_("%(where)s: “pattern” repeats a group, or has more than %(most)d signs, and might never be done; write it more simply, for example \\d{6}"),
            where=where, most=MOST_PATTERN,
        )  # fmt: skip
    return pattern


def _crossed(low: str, high: str, where: Where) -> Fault:
    return Fault(
        N_("%(where)s: “%(low)s” is above “%(high)s”; exchange them"), where=where, low=low, high=high
    )
