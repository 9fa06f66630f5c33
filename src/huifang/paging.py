"""Keyset paging: the next page starts after a row, not after a count, so page 2,000 costs what page 1 costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows in order; ``next`` is the ``after`` of the following page, ``""`` at the end."""

    rows: list[Row]
    next: str


def keyset_page(rows: QuerySet[Row], *, order: str, after: str = "", size: int = PAGE_SIZE) -> Page[Row]:
    """The page of ``rows`` that follows the position ``after`` (``""`` or nonsense = the first page).

    ``order`` names a date-time field or the primary key, with ``-`` for descending; the primary key
    breaks ties in the same direction.  It is the programmer's, never the visitor's.
    """
    field, descending = order.lstrip("-"), order.startswith("-")
    sign, beyond = ("-", "lt") if descending else ("", "gt")
    ordered = rows.order_by(order) if field == "pk" else rows.order_by(order, f"{sign}pk")
    position = _position(rows, field, after)
    if position is not None:
        value, pk = position
        if field == "pk":
            ordered = ordered.filter(**{f"pk__{beyond}": pk})
        else:
            # The first condition follows from the second; it is what an index can be walked by.
            ordered = ordered.filter(**{f"{field}__{beyond}e": value}).filter(
                Q(**{f"{field}__{beyond}": value}) | Q(**{f"pk__{beyond}": pk})
            )
    found = list(ordered[: size + 1])
    if len(found) <= size:
        return Page(found, "")
    last = found[size - 1]
    value = "" if field == "pk" else getattr(last, field).isoformat()
    return Page(found[:size], f"{value}~{last.pk}")


def _position(rows: QuerySet[Row], field: str, after: str) -> tuple[Any, Any] | None:
    value, tilde, pk = after.partition("~")
    if not tilde:
        return None
    meta = rows.model._meta
    try:
        key = meta.pk.to_python(pk) if meta.pk else None
        if field == "pk":
            return None, key
        assert isinstance(meta.get_field(field), DateTimeField)
        at = datetime.fromisoformat(value)
        return (at.astimezone(UTC), key) if at.tzinfo else None
    except (ValueError, ValidationError, OverflowError):
        return None
