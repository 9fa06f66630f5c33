"""One import from beginning to end: read all, then write all in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huifang.customers.facts import refresh_facts, roll_up
from huifang.customers.importing.columns import CUSTOMERS, Columns
from huifang.customers.importing.customer_rows import write_customers
from huifang.customers.importing.known import Stores
from huifang.customers.importing.order_rows import write_orders
from huifang.customers.importing.reading import CustomerRow, OrderRow, read_customers, read_orders
from huifang.customers.importing.rejects import Fault, write_error_file
from huifang.customers.importing.tables import open_table
from huifang.customers.importing.tally import Tally
from huifang.customers.models import ImportRun
from huifang.errors import Conflict, FileUnusable
from huifang.people import audit
from huifang.people.models import User
from huifang.work.promising import promise

Progress = Callable[[int, int | None], None]
"""Called with the rows done so far and their number (None while it is not known)."""

T = TypeVar("T")
_PROGRESS_EVERY = 1_000
_PLANNING = "huifang.plans.jobs:plan_what_is_due"  # a room above: known here by name only


def import_file(
    path: Path,
    *,
    acting_user: User,
    now: datetime,
    kind: str | None = None,
    progress: Progress | None = None,
) -> ImportRun:
    """Import the customers or orders in ``path`` and say what became of every row.

    ``kind`` is "customers" or "orders"; None finds it from the header.  The file is read before the
    database is touched, and then all of it is written in one transaction, with the customers' facts
    and an audit entry.  Rows that fail are listed with line, column and reason in the run's
    ``error_file``.  The same file imported again changes nothing.

    Raises ``FileUnusable`` where the file as a whole cannot be imported, ``Conflict`` where another
    import wrote the same customers at the same time; nothing is written then.
    """
    path = Path(path)
    if now.tzinfo is None:
        raise ValueError("now must know its zone")
    began = time.monotonic()
    columns, table = open_table(path, kind)
    tally = Tally()
    customer_rows: list[CustomerRow] = []
    order_rows: list[OrderRow] = []
    if columns.kind == CUSTOMERS:
        customer_rows = list(_sound(_watched(read_customers(columns, table, now), progress), tally))
    else:
        order_rows = list(_sound(_watched(read_orders(columns, table, now), progress), tally))
    rows = len(customer_rows) + len(order_rows) + tally.failed
    if not rows:
        raise FileUnusable(path=path.name, reason=_("it has a header but no rows."))
    error_file: Path | None = None
    try:
        with transaction.atomic():
            stores = Stores()
            if columns.kind == CUSTOMERS:
                write_customers(
                    customer_rows, columns, acting_user=acting_user, now=now, stores=stores, tally=tally
                )
            else:
                write_orders(order_rows, columns, acting_user=acting_user, stores=stores, tally=tally)
            if columns.kind != CUSTOMERS:
                roll_up(tally.touched, now)
            if tally.touched:
                refresh_facts(now)
            run = _record(path, columns, stores, tally, acting_user, now, began)
            if tally.touched:  # in this transaction: whoever came in is planned for, whatever happens next
                key = f"customers.import:{run.pk}:plan"
                promise(kind=_PLANNING, key=key, payload={}, due_at=now, now=now)
            if tally.faults:
                tally.faults.sort(key=lambda fault: fault.line)
                name = f"{run.pk}-{columns.kind}-errors.csv"
                error_file = write_error_file(path, columns, tally.faults, name)
                run.error_file = str(error_file)
                run.save(update_fields=["error_file"])
    except IntegrityError:
        _remove(error_file)
        raise Conflict(
            reason=_("another import wrote the same rows just now; import the file again.")
        ) from None
    except BaseException:
        _remove(error_file)
        raise
    if progress:
        progress(rows, rows)
    return run


def _sound(rows: Iterable[T | Fault], tally: Tally) -> Iterator[T]:
    for row in rows:
        if isinstance(row, Fault):
            tally.faults.append(row)
        else:
            yield row


def _watched(rows: Iterable[T], progress: Progress | None) -> Iterator[T]:
    for number, row in enumerate(rows, start=1):
        yield row
        if progress and number % _PROGRESS_EVERY == 0:
            progress(number, None)


def _record(path: Path, columns: Columns, stores: Stores, tally: Tally, acting_user: User, now: datetime, began: float) -> ImportRun:  # fmt: skip
    sums = {
        "total": tally.total,
        "imported": tally.imported,
        "updated": tally.updated,
        "skipped": tally.skipped,
        "failed": tally.failed,
    }
    run = ImportRun.objects.create(
        started_at=now,
        finished_at=now + timedelta(seconds=time.monotonic() - began),
        acting_user=acting_user,
        kind=columns.kind,
        file_name=path.name[:200],
        **sums,
    )
    audit.record(
        acting_user=acting_user,
        action="customers.import",
        thing=run,
        file=path.name,
        kind=columns.kind,
        ignored_columns=list(columns.ignored),
        new_stores=stores.made,
        **sums,
    )
    return run


def _remove(error_file: Path | None) -> None:
    if error_file:
        error_file.unlink(missing_ok=True)
