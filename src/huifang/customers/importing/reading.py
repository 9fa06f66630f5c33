"""From cells to typed rows: each row of the file becomes a customer row, an order row or a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from huifang.clock import HOME_ZONE
from huifang.customers.importing import cells
from huifang.customers.importing.cells import Cell, CellFault
from huifang.customers.importing.columns import Columns
from huifang.customers.importing.rejects import Fault
from huifang.customers.importing.tables import Row
from huifang.errors import N_

T = TypeVar("T")


@dataclass(slots=True)
class CustomerRow:
    """One customer as a row tells it; None = the cell is empty.  ``phone`` is E.164."""

    line: int
    member_number: str | None
    phone: str | None
    name: str | None
    gender: str | None
    birthday: date | None
    store: str | None
    do_not_disturb: bool | None
    marketing: bool | None


@dataclass(slots=True)
class OrderRow:
    """One order as a row tells it; money in cents, time in UTC."""

    line: int
    number: str
    member_number: str | None
    phone: str | None
    ordered_at: datetime
    amount_cents: int
    product: str | None
    category: str | None
    quantity: int | None
    store: str | None


def read_customers(columns: Columns, rows: Iterable[Row], now: datetime) -> Iterator[CustomerRow | Fault]:
    """The rows of a customer file."""
    today = now.astimezone(HOME_ZONE).date()

    def read(line: int, cell: _Cells) -> CustomerRow:
        row = CustomerRow(
            line=line,
            member_number=cell.read("member_number", lambda c: cells.text(c, 64)),
            phone=cell.read("phone", cells.phone),
            name=cell.read("name", lambda c: cells.text(c, 80)),
            gender=cell.read("gender", cells.gender),
            birthday=cell.read("birthday", lambda c: cells.day(c, latest=today)),
            store=cell.read("store", lambda c: cells.text(c, 80)),
            do_not_disturb=cell.read("do_not_disturb", cells.yes_no),
            marketing=cell.read("marketing", cells.yes_no),
        )
        if row.member_number is None and row.phone is None:
            raise _Missing("phone", N_("There is neither a member number nor a phone number."))
        return row

    return _read_all(columns, rows, read)


def read_orders(columns: Columns, rows: Iterable[Row], now: datetime) -> Iterator[OrderRow | Fault]:
    """The rows of an order file."""
    latest = now + timedelta(days=1)  # a till's clock may be ahead of ours

    def read(line: int, cell: _Cells) -> OrderRow:
        number = cell.read("number", lambda c: cells.text(c, 64))
        if number is None:
            raise _Missing("number", N_("The order number is missing."))
        ordered_at = cell.read("ordered_at", lambda c: cells.moment(c, latest=latest))
        if ordered_at is None:
            raise _Missing("ordered_at", N_("The time of the order is missing."))
        amount = cell.read("amount", lambda c: cells.cents(c, is_cents=columns.amount_in_cents))
        if amount is None:
            raise _Missing("amount", N_("The amount is missing."))
        row = OrderRow(
            line=line,
            number=number,
            member_number=cell.read("member_number", lambda c: cells.text(c, 64)),
            phone=cell.read("phone", cells.phone),
            ordered_at=ordered_at,
            amount_cents=amount,
            product=cell.read("product", lambda c: cells.text(c, 120)),
            category=cell.read("category", lambda c: cells.text(c, 60)),
            quantity=cell.read("quantity", cells.count),
            store=cell.read("store", lambda c: cells.text(c, 80)),
        )
        if row.member_number is None and row.phone is None:
            raise _Missing("phone", N_("There is neither a member number nor a phone number."))
        return row

    return _read_all(columns, rows, read)


class _Missing(CellFault):
    """A cell that may not be empty is."""

    def __init__(self, field: str, template: str) -> None:
        self.field = field
        super().__init__(template)


class _Cells:
    """The cells of one row by field; remembers which field was read last, for the error file."""

    __slots__ = ("_cells", "_places", "field")

    def __init__(self, places: dict[str, tuple[int, ...]], row: list[Cell]) -> None:
        self._places = places
        self._cells = row
        self.field = ""

    def read(self, field: str, reader: Callable[[Cell], T | None]) -> T | None:
        self.field = field
        for place in self._places.get(field, ()):
            value = reader(self._cells[place]) if place < len(self._cells) else None
            if value is not None:
                return value
        return None


def _read_all(columns: Columns, rows: Iterable[Row], read: Callable[[int, _Cells], T]) -> Iterator[T | Fault]:
    for line, row in rows:
        cell = _Cells(columns.places, row)
        try:
            if cells.sums_up(row):
                raise CellFault(N_("This row sums up the others; it is no customer and no order."))
            yield read(line, cell)
        except CellFault as fault:
            field = fault.field if isinstance(fault, _Missing) else cell.field
            yield Fault.of(line, columns.title(field), fault)
