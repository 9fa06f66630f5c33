"""What conditions may ask about: a catalogue of fields, each readable in memory and as SQL.

To add a field, add one ``Field(…)`` to the catalogue of its room; the law test takes it from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from huifang.logic.condition import (
    ORDERED_OPS,
    Condition,
    ConditionInvalid,
    Scalar,
    Test,
    fields_of,
    is_iso_date,
    tests_of,
)


class Kind(StrEnum):
    """What a field holds, and with it which questions make sense."""

    INT = "int"
    MONEY = "money"
    """Integer cents."""
    TEXT = "text"
    CHOICE = "choice"
    """A code out of ``Field.choices``."""
    DATE = "date"


_OPS: dict[Kind, frozenset[str]] = {
    Kind.INT: frozenset({"eq", "ne", "in", *ORDERED_OPS}),
    Kind.MONEY: frozenset({"eq", "ne", "in", *ORDERED_OPS}),
    Kind.DATE: frozenset({"eq", "ne", "in", *ORDERED_OPS}),
    Kind.TEXT: frozenset({"eq", "ne", "in", "contains"}),
    Kind.CHOICE: frozenset({"eq", "ne", "in"}),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that conditions may ask about.

    ``path`` leads from the catalogue's model to the column, by relations to one row only
    (``facts__order_count``); it may end in a transform (``birthday__month``), and then ``read`` says
    how to find the value in memory.  ``label`` is lazily translated; ``choices`` maps codes to labels.
    """

    name: str
    label: Any
    kind: Kind
    path: str
    read: Callable[[Any], object] | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)

    def value_of(self, record: Any) -> object:
        """The value in ``record`` (a loaded row of the catalogue's model), None where there is none."""
        try:
            if self.read is not None:
                return self.read(record)
            for step in self.path.split("__"):
                record = getattr(record, step)
                if record is None:
                    return None
        except ObjectDoesNotExist:  # a one-to-one relation without the other row
            return None
        return record


class Catalogue(Mapping[str, Field]):
    """The fields that conditions about one model may use, by name."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = {field.name: field for field in fields}

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def check(self, tree: Condition) -> None:
        """``ConditionInvalid`` where ``tree`` asks for an unknown field, or something senseless of one."""
        for name in sorted(fields_of(tree)):
            if name not in self._fields:
                raise ConditionInvalid(fault=f"there is no field “{name}”")
        for test in tests_of(tree):
            _check_test(self._fields[test.field], test)

    def facts(self, record: Any, names: Iterable[str] | None = None) -> dict[str, object]:
        """The facts of ``record`` for ``logic.condition.holds``; only ``names`` unless all are wanted."""
        wanted = self._fields if names is None else names
        return {name: self._fields[name].value_of(record) for name in wanted}


def _check_test(field: Field, test: Test) -> None:
    if test.op not in _OPS[field.kind]:
        raise ConditionInvalid(fault=f"“{field.name}” cannot be tested with “{test.op}”")
    values: tuple[Scalar, ...] = test.value if isinstance(test.value, tuple) else (test.value,)
    if not all(_fits(field, value) for value in values):
        raise ConditionInvalid(fault=f"“{field.name}” is compared with a value that it cannot have")


def _fits(field: Field, value: Scalar) -> bool:
    match field.kind:
        case Kind.INT | Kind.MONEY:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.DATE:
            return isinstance(value, str) and is_iso_date(value)
        case Kind.CHOICE:
            return isinstance(value, str) and value in field.choices
        case Kind.TEXT:
            return isinstance(value, str)
