"""Orders out of rows: matched by order number, tied to their customers, written in batches."""

from __future__ import annotations

from collections.abc import Sequence

from huifang.customers.bulk import batches, insert_all
from huifang.customers.importing.columns import Columns
from huifang.customers.importing.known import Stores, customer_ids_by_member_number, customer_ids_by_phone
from huifang.customers.importing.reading import OrderRow
from huifang.customers.importing.rejects import Fault
from huifang.customers.importing.tally import Tally
from huifang.customers.models import CustomerEvent, Order
from huifang.errors import N_
from huifang.people.models import User

_FIELDS = ("customer_id", "store_id", "ordered_at", "amount_cents", "product", "category", "quantity")


def write_orders(rows: Sequence[OrderRow], columns: Columns, *, acting_user: User, stores: Stores, tally: Tally) -> None:  # fmt: skip
    """Write the orders in ``rows`` and count them in ``tally``.  Call it inside a transaction."""
    owners = _Owners(rows)
    known: dict[str, Order] = {}
    for batch in batches({row.number for row in rows}):
        known.update((order.number, order) for order in Order.objects.filter(number__in=batch))
    met: dict[str, Order] = {}
    new: list[Order] = []
    stale: list[Order] = []
    for row in rows:
        customer_id = owners.of(row)
        if customer_id is None:
            tally.faults.append(owners.fault(row, columns))
            continue
        if row.number in met:  # twice in this file
            if _is_changed_by(met[row.number], row, customer_id, stores.id_of(row.store)):
                tally.faults.append(
                    Fault(
                        row.line,
                        columns.title("number"),
                        N_("This order number stands in the file twice, with different contents."),
                    )
                )
            else:
                tally.skipped += 1
            continue
        order = known.get(row.number)
        store_id = stores.id_of(row.store)
        if order is None:
            order = Order(number=row.number, product="", category="")
            _fill(order, row, customer_id, store_id)
            new.append(order)
            tally.touched.add(customer_id)
        elif _is_changed_by(order, row, customer_id, store_id):
            tally.touched |= {order.customer_id, customer_id}
            _fill(order, row, customer_id, store_id)
            stale.append(order)
        else:
            tally.skipped += 1
        met[row.number] = order
    tally.imported += len(new)
    tally.updated += len(stale)
    insert_all(new)
    insert_all(_placed(order, acting_user) for order in new)
    Order.objects.bulk_update(stale, [name.removesuffix("_id") for name in _FIELDS], batch_size=100)


class _Owners:
    """Whose orders these are: by member number, else by phone number."""

    def __init__(self, rows: Sequence[OrderRow]) -> None:
        self._by_member = customer_ids_by_member_number(
            {row.member_number for row in rows if row.member_number}
        )
        self._by_phone = customer_ids_by_phone({row.phone for row in rows if row.phone})

    def of(self, row: OrderRow) -> int | None:
        owner = self._by_member.get(row.member_number) if row.member_number else None
        if owner is None and row.phone:
            owner = self._by_phone.get(row.phone)
        return owner

    def fault(self, row: OrderRow, columns: Columns) -> Fault:
        if row.member_number:
            return Fault(
                row.line,
                columns.title("member_number"),
                N_("There is no customer with the member number %(member)s: import the customers first."),
                {"member": row.member_number},
            )
        return Fault(
            row.line,
            columns.title("phone"),
            N_("There is no customer with this phone number: import the customers first."),
        )


def _wanted(order: Order, row: OrderRow, customer_id: int, store_id: int | None) -> tuple[object, ...]:
    """The order's fields after ``row``; an empty cell keeps what was there."""
    return (
        customer_id,
        store_id or order.store_id,
        row.ordered_at,
        row.amount_cents,
        row.product or order.product,
        row.category or order.category,
        row.quantity or order.quantity,
    )


def _is_changed_by(order: Order, row: OrderRow, customer_id: int, store_id: int | None) -> bool:
    return _wanted(order, row, customer_id, store_id) != tuple(getattr(order, name) for name in _FIELDS)


def _fill(order: Order, row: OrderRow, customer_id: int, store_id: int | None) -> None:
    for name, value in zip(_FIELDS, _wanted(order, row, customer_id, store_id), strict=True):
        setattr(order, name, value)


def _placed(order: Order, acting_user: User) -> CustomerEvent:
    return CustomerEvent(
        customer_id=order.customer_id,
        kind="order.placed",
        at=order.ordered_at,
        acting_user=acting_user,
        data={"number": order.number, "amount_cents": order.amount_cents, "product": order.product},
        source=f"order:{order.number}",
    )
