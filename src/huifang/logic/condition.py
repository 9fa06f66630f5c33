"""The condition tree: one rule as data, checked when it is built, read in memory.

The same tree says who is in a segment, which plan a customer joins, which step a script goes to.
``conditions/query.py`` reads it as SQL; one law (tests/law) holds both readings together:

* A fact that is missing, ``None`` or empty text is **unknown**, and so is one of another kind than
  the test's value (text for a number).  A Test on an unknown fact is false, whatever its operator.
* Nothing else is special: ``Not`` turns false into true, so ``Not(Test("score", "le", 2))`` holds for
  a customer without a score.  Who means "a known score above 2" writes ``Test("score", "gt", 2)``.
* ``All()`` holds always, ``Any()`` never.

Values are JSON: whole and decimal numbers, text, true and false.  A date is its ISO text
(``2026-09-15``), and only numbers and dates have an order, because databases sort text each in
their own way.  Text is compared as it is written, upper and lower case apart.

As JSON: ``{"all": […]}``, ``{"any": […]}``, ``{"not": …}``, ``{"known": field}`` and
``{"field": …, "op": …, "value": …}``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any as Json  # "Any" is a node of the tree here

from huifang.errors import N_, Clause, HuifangError

Scalar = bool | int | float | str
Closure = Callable[[Mapping[str, object]], bool]

ORDERED_OPS = ("lt", "le", "gt", "ge", "between")
OPS = ("eq", "ne", *ORDERED_OPS, "in", "contains")

MAX_DEPTH = 16
MAX_NODES = 200  # SQLite stops at an expression depth of 1,000; a node needs up to four
MAX_CHOICES = 500  # values of one "in"
MAX_TEXT = 200
MAX_NUMBER = 2**53  # what JSON keeps exactly

_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ConditionInvalid(HuifangError):
    template = N_("The condition cannot be used: %(fault)s.")


@dataclass(frozen=True, slots=True)
class All:
    """Holds when every one of ``of`` holds."""

    of: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        _check_branch(self, "all")


@dataclass(frozen=True, slots=True)
class Any:
    """Holds when at least one of ``of`` holds."""

    of: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        _check_branch(self, "any")


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when ``of`` does not."""

    of: Condition

    def __post_init__(self) -> None:
        _check_branch(self, "not")


@dataclass(frozen=True, slots=True)
class Test:
    """Holds when the fact ``field`` is known and stands in the relation ``op`` to ``value``.

    ``between`` takes a pair (both ends belong to it), ``in`` a tuple of alternatives.
    """

    __test__ = False  # not a test class of pytest

    field: str
    op: str
    value: Scalar | tuple[Scalar, ...]

    def __post_init__(self) -> None:
        _check_field(self.field)
        _check_value(self.field, self.op, self.value)


@dataclass(frozen=True, slots=True)
class Known:
    """Holds when the fact ``field`` is known."""

    field: str

    def __post_init__(self) -> None:
        _check_field(self.field)


Condition = All | Any | Not | Test | Known
_NODES = (All, Any, Not, Test, Known)


# ---- JSON


def from_json(data: Json) -> Condition:
    """The tree in ``data`` (as ``json.loads`` gives it); ``ConditionInvalid`` where it is none."""
    return _from_json(data, 1)


def _from_json(data: Json, depth: int) -> Condition:
    if depth > MAX_DEPTH:
        raise ConditionInvalid(fault=Clause(N_("it is nested more than %(most)d deep"), most=MAX_DEPTH))
    if not isinstance(data, Mapping):
        raise ConditionInvalid(fault=Clause(N_("%(shown)s is not a condition"), shown=_shown(data)))
    keys = frozenset(data)
    if keys == {"all"} or keys == {"any"}:
        (name,) = keys
        if not isinstance(data[name], list | tuple):
            raise ConditionInvalid(fault=Clause(N_("“%(name)s” needs a list of conditions"), name=name))
        if len(data[name]) > MAX_NODES:
            raise ConditionInvalid(fault=Clause(N_("it has more than %(most)d parts"), most=MAX_NODES))
        parts = tuple(_from_json(part, depth + 1) for part in data[name])
        return All(parts) if name == "all" else Any(parts)
    if keys == {"not"}:
        return Not(_from_json(data["not"], depth + 1))
    if keys == {"known"}:
        return Known(data["known"])
    if keys == {"field", "op", "value"}:
        value = data["value"]
        return Test(data["field"], data["op"], tuple(value) if isinstance(value, list) else value)
    raise ConditionInvalid(
        fault=Clause(
            N_("%(shown)s is none of all, any, not, known, or field with op and value"),
            shown=_shown(", ".join(sorted(map(str, keys)))),
        )
    )


def to_json(tree: Condition) -> dict[str, Json]:
    """``tree`` as JSON-safe data; ``from_json`` reads it back equal."""
    match tree:
        case All(of):
            return {"all": [to_json(part) for part in of]}
        case Any(of):
            return {"any": [to_json(part) for part in of]}
        case Not(part):
            return {"not": to_json(part)}
        case Known(field):
            return {"known": field}
        case Test(field, op, value):
            return {"field": field, "op": op, "value": list(value) if isinstance(value, tuple) else value}


# ---- reading


def closure(tree: Condition) -> Closure:
    """``tree`` as a function of the facts; build it once to ask it many times."""
    match tree:
        case All(of):
            every = tuple(closure(part) for part in of)
            return lambda facts: all(part(facts) for part in every)
        case Any(of):
            some = tuple(closure(part) for part in of)
            return lambda facts: any(part(facts) for part in some)
        case Not(part):
            inner = closure(part)
            return lambda facts: not inner(facts)
        case Known(field):
            return lambda facts: _fact(facts, field) is not None
        case Test():
            return _test_closure(tree)


def holds(tree: Condition, facts: Mapping[str, object]) -> bool:
    """Whether ``tree`` holds for ``facts`` (field name → number, text, bool, ``date`` or None)."""
    return closure(tree)(facts)


def fields_of(tree: Condition) -> frozenset[str]:
    """The names of all facts that ``tree`` asks about."""
    return frozenset(leaf.field for leaf in _leaves(tree))


def tests_of(tree: Condition) -> tuple[Test, ...]:
    """All tests in ``tree``, from left to right."""
    return tuple(leaf for leaf in _leaves(tree) if isinstance(leaf, Test))


@dataclass(frozen=True, slots=True)
class Reason:
    """One leaf that decided: what was asked, what the fact was (None = unknown), how it came out."""

    leaf: Test | Known
    actual: Scalar | None
    holds: bool


def reasons(tree: Condition, facts: Mapping[str, object]) -> tuple[bool, tuple[Reason, ...]]:
    """Whether ``tree`` holds for ``facts``, and leaves that suffice to see it.

    Other facts may change at will: as long as those of the named leaves stay, so does the outcome.
    ``conditions/words.py`` puts the reasons into words.
    """
    match tree:
        case All(of) | Any(of):
            deciding = isinstance(tree, Any)  # one true part decides Any, one false part decides All
            found: list[Reason] = []
            for part in of:
                outcome, why = reasons(part, facts)
                if outcome is deciding:
                    return outcome, why
                found.extend(why)
            return not deciding, tuple(found)
        case Not(part):
            outcome, why = reasons(part, facts)
            return not outcome, why
        case Test() | Known():
            outcome = holds(tree, facts)
            return outcome, (Reason(tree, _fact(facts, tree.field), outcome),)


def _test_closure(test: Test) -> Closure:
    field, value = test.field, test.value
    first = value[0] if isinstance(value, tuple) else value
    kind = _date_kind if test.op in ORDERED_OPS and isinstance(first, str) else _kind
    wanted = kind(first)
    compare = _COMPARE[test.op]

    def ask(facts: Mapping[str, object]) -> bool:
        actual = _fact(facts, field)
        return actual is not None and kind(actual) == wanted and compare(actual, value)

    return ask


_COMPARE: dict[str, Callable[[Json, Json], bool]] = {
    "eq": lambda actual, value: bool(actual == value),
    "ne": lambda actual, value: bool(actual != value),
    "lt": lambda actual, value: bool(actual < value),
    "le": lambda actual, value: bool(actual <= value),
    "gt": lambda actual, value: bool(actual > value),
    "ge": lambda actual, value: bool(actual >= value),
    "between": lambda actual, value: bool(value[0] <= actual <= value[1]),
    "in": lambda actual, value: actual in value,
    "contains": lambda actual, value: value in actual,
}


def _fact(facts: Mapping[str, object], field: str) -> Scalar | None:
    """The fact as a value of the tree's own kinds, or None when it is unknown."""
    fact = facts.get(field)
    if isinstance(fact, date) and not isinstance(fact, datetime):
        return fact.isoformat()
    if isinstance(fact, bool | int | str):
        return None if fact == "" else fact
    if isinstance(fact, float):
        return None if math.isnan(fact) else fact
    return None  # None, and things that no test could be about


def _kind(value: Scalar) -> str:
    if isinstance(value, bool):  # before int: to Python, True is a number
        return "bool"
    return "text" if isinstance(value, str) else "number"


def _date_kind(value: Scalar) -> str:
    return "date" if isinstance(value, str) and is_iso_date(value) else "other"


def is_iso_date(text: str) -> bool:
    """Whether ``text`` is a date of the calendar written YYYY-MM-DD."""
    if not _ISO_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


# ---- checks


def _leaves(tree: Condition) -> Iterator[Test | Known]:
    match tree:
        case All(of) | Any(of):
            for part in of:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case Test() | Known():
            yield tree


def _measure(tree: Condition) -> tuple[int, int]:
    """Depth and number of nodes."""
    match tree:
        case All(of) | Any(of):
            sizes = [_measure(part) for part in of]
            return 1 + max((depth for depth, _ in sizes), default=0), 1 + sum(nodes for _, nodes in sizes)
        case Not(part):
            depth, nodes = _measure(part)
            return depth + 1, nodes + 1
        case Test() | Known():
            return 1, 1


def _check_branch(tree: All | Any | Not, name: str) -> None:
    parts = (tree.of,) if isinstance(tree, Not) else tree.of
    if not isinstance(parts, tuple) or not all(isinstance(part, _NODES) for part in parts):
        raise ConditionInvalid(
            fault=Clause(N_("“%(name)s” holds something that is not a condition"), name=name)
        )
    if len(parts) > MAX_NODES:
        raise ConditionInvalid(fault=Clause(N_("it has more than %(most)d parts"), most=MAX_NODES))
    depth, nodes = _measure(tree)
    if depth > MAX_DEPTH:
        raise ConditionInvalid(fault=Clause(N_("it is nested more than %(most)d deep"), most=MAX_DEPTH))
    if nodes > MAX_NODES:
        raise ConditionInvalid(fault=Clause(N_("it has more than %(most)d parts"), most=MAX_NODES))


def _check_field(field: object) -> None:
    if not isinstance(field, str) or not _FIELD.fullmatch(field):
        raise ConditionInvalid(fault=Clause(N_("%(shown)s is not the name of a field"), shown=_shown(field)))


def _check_value(field: str, op: object, value: object) -> None:
    if not isinstance(op, str) or op not in OPS:
        raise ConditionInvalid(
            fault=Clause(
                N_("“%(field)s” is tested with %(shown)s, which is none of %(known)s"),
                field=field,
                shown=_shown(op),
                known=", ".join(OPS),
            )
        )
    if op in ("in", "between"):
        if not isinstance(value, tuple) or not value:
            raise ConditionInvalid(
                fault=Clause(N_("“%(op)s” on “%(field)s” needs a list of values"), op=op, field=field)
            )
        if op == "between" and len(value) != 2:
            raise ConditionInvalid(
                fault=Clause(
                    N_("“between” on “%(field)s” needs two values, the lowest and the highest"), field=field
                )
            )
        if len(value) > MAX_CHOICES:
            raise ConditionInvalid(
                fault=Clause(
                    N_("“in” on “%(field)s” has more than %(most)d values"), field=field, most=MAX_CHOICES
                )
            )
        values = value
    else:
        values = (value,)
    for one in values:
        _check_scalar(field, one)
    if len({_kind(one) for one in values}) > 1:
        raise ConditionInvalid(
            fault=Clause(N_("“%(op)s” on “%(field)s” mixes values of different kinds"), op=op, field=field)
        )
    if op == "contains" and not isinstance(value, str):
        raise ConditionInvalid(
            fault=Clause(
                N_("“contains” on “%(field)s” needs text, not %(shown)s"), field=field, shown=_shown(value)
            )
        )
    if op in ORDERED_OPS and not all(_has_order(one) for one in values):
        raise ConditionInvalid(
            fault=Clause(
                N_("“%(op)s” on “%(field)s” needs a number or a date like 2026-09-15, not %(shown)s"),
                op=op,
                field=field,
                shown=_shown(value),
            )
        )


def _check_scalar(field: str, value: object) -> None:
    """A value that JSON, SQLite and PostgreSQL all keep as it is."""
    usable = isinstance(value, bool)
    if isinstance(value, int | float) and not usable:
        usable = math.isfinite(value) and abs(value) <= MAX_NUMBER
    elif isinstance(value, str):
        usable = 0 < len(value) <= MAX_TEXT and "\0" not in value and not _has_surrogate(value)
    if not usable:
        raise ConditionInvalid(
            fault=Clause(
                N_("“%(field)s” is compared with %(shown)s, which is not a usable value"),
                field=field,
                shown=_shown(value),
            )
        )


def _has_order(value: Scalar) -> bool:
    return is_iso_date(value) if isinstance(value, str) else not isinstance(value, bool)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _shown(value: object) -> str:
    if isinstance(value, list | tuple | dict):
        return f"a list of {len(value)}" if isinstance(value, list | tuple) else "an object"
    text = repr(value).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 60 else text[:57] + "…"
