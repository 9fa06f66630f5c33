"""Customers out of rows: matched with those we know, merged, written in batches.

A row is about the customer who carries its member number; without one (or with a new one), about the
customer who has its phone number.  Two different member numbers on one phone are two people until
somebody says otherwise, so such a row fails instead of merging them.

Filled cells replace what we knew, empty ones do not.  A refusal in a file always counts; a permission
in a file never overturns a refusal that the customer spoke elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from huifang.customers.batches import BATCH, batches
from huifang.customers.importing.columns import Columns
from huifang.customers.importing.known import (
    Stores,
    customer_ids_by_phone,
    customers_by_id,
    customers_by_member_number,
)
from huifang.customers.importing.reading import CustomerRow
from huifang.customers.importing.rejects import Fault
from huifang.customers.importing.tally import Tally
from huifang.customers.models import Consent, ContactPoint, Customer, CustomerEvent, CustomerFacts, Purpose
from huifang.customers.phones import blind_index, mask, seal
from huifang.errors import N_
from huifang.people.models import User

_FIELDS = ("member_number", "name", "gender", "birthday", "store_id")
_IMPORT = "import"

Profile = tuple[str | None, str, str, date | None, int | None]


@dataclass(slots=True)
class _Draft:
    """A customer while the file is read: the row of the database and what the file adds to it."""

    customer: Customer
    before: Profile | None  # None: a new customer
    new_phones: dict[bytes, str] = field(default_factory=dict)
    refuses: bool = False
    marketing: bool | None = None
    rows: list[bool] = field(default_factory=list)  # per row of the file: did it change anything?

    @property
    def profile(self) -> Profile:
        c = self.customer
        return c.member_number, c.name, c.gender, c.birthday, c.store_id

    def take(self, row: CustomerRow, phone: bytes | None, store_id: int | None) -> None:
        """Merge ``row`` into the draft; ``phone`` is a number that nobody has yet."""
        before = self.profile, len(self.new_phones), self.refuses, self.marketing
        c = self.customer
        c.member_number = c.member_number or row.member_number
        c.name = row.name or c.name
        c.gender = row.gender or c.gender
        c.birthday = row.birthday or c.birthday
        c.store_id = store_id or c.store_id
        if phone is not None and row.phone is not None:
            self.new_phones[phone] = row.phone
        # Of several rows about one person the most careful one counts, in whatever order they come.
        self.refuses = self.refuses or row.do_not_disturb is True
        if row.marketing is not None and self.marketing is not False:
            self.marketing = row.marketing
        self.rows.append(before != (self.profile, len(self.new_phones), self.refuses, self.marketing))


def write_customers(rows: Sequence[CustomerRow], columns: Columns, *, acting_user: User, now: datetime, stores: Stores, tally: Tally) -> None:  # fmt: skip
    """Merge ``rows`` into the database and count them in ``tally``.  Call it inside a transaction."""
    drafts = _merge(rows, columns, now, stores, tally)
    new = [draft for draft in drafts if draft.before is None]
    old = [draft for draft in drafts if draft.before is not None]
    for batch in batches(new):
        Customer.objects.bulk_create([draft.customer for draft in batch])
        CustomerFacts.objects.bulk_create([CustomerFacts(customer=draft.customer) for draft in batch])
    stale = [draft for draft in old if draft.profile != draft.before]
    for draft in stale:
        draft.customer.updated_at = now
    Customer.objects.bulk_update(
        [draft.customer for draft in stale], ["member_number", "name", "gender", "birthday", "store", "updated_at"], batch_size=100
    )  # fmt: skip
    statements = _statements(drafts, now)
    _write_statements(statements, acting_user, now)
    ContactPoint.objects.bulk_create(
        (
            ContactPoint(customer=draft.customer, sealed=seal(number), index=index, masked=mask(number))
            for draft in drafts
            for index, number in draft.new_phones.items()
        ),
        batch_size=BATCH,
    )
    speaking = {statement.customer_id for statement in statements}
    for draft in drafts:
        _count(draft, draft.customer.pk in speaking, tally)
    CustomerEvent.objects.bulk_create(
        (
            CustomerEvent(
                customer=draft.customer,
                kind="customer.imported" if draft.before is None else "customer.updated",
                at=now,
                acting_user=acting_user,
            )
            for draft in drafts
            if draft.customer.pk in tally.touched
        ),
        batch_size=BATCH,
    )


def _merge(rows: Sequence[CustomerRow], columns: Columns, now: datetime, stores: Stores, tally: Tally) -> list[_Draft]:  # fmt: skip
    index_of = {row.phone: blind_index(row.phone) for row in rows if row.phone}
    by_member = {
        number: _Draft(customer, None)
        for number, customer in customers_by_member_number(
            {row.member_number for row in rows if row.member_number}
        ).items()
    }
    drafts = {draft.customer.pk: draft for draft in by_member.values()}
    owner_ids = customer_ids_by_phone(index_of.values())
    for pk, customer in customers_by_id({pk for pk in owner_ids.values() if pk not in drafts}).items():
        drafts[pk] = _Draft(customer, None)
    for known in drafts.values():
        known.before = known.profile
    by_phone = {index: drafts[pk] for index, pk in owner_ids.items()}
    met: dict[int, _Draft] = {}  # in the order of the file
    for row in rows:
        index = index_of[row.phone] if row.phone else None
        carrier = by_member.get(row.member_number) if row.member_number else None
        owner = by_phone.get(index) if index else None
        is_other_card = (
            row.member_number and owner and owner.customer.member_number not in (None, row.member_number)
        )
        if is_other_card or (carrier and owner and carrier is not owner):
            tally.faults.append(
                Fault(
                    row.line,
                    columns.title("phone"),
                    N_("This phone number belongs to another customer, %(member)s."),
                    {"member": owner.customer.member_number or owner.customer.name if owner else ""},
                )
            )
            continue
        draft: _Draft | None = carrier or owner
        if draft is None:
            if not row.name:
                tally.faults.append(Fault(row.line, columns.title("name"), N_("The name is missing.")))
                continue
            draft = _Draft(Customer(name="", created_at=now, updated_at=now), None)
        draft.take(row, index if owner is None else None, stores.id_of(row.store))
        met[id(draft)] = draft
        if draft.customer.member_number:
            by_member[draft.customer.member_number] = draft
        if index:
            by_phone[index] = draft
    return list(met.values())


def _statements(drafts: Sequence[_Draft], now: datetime) -> list[Consent]:
    """What the file says about consent and the database does not know yet."""
    spoken = [draft for draft in drafts if draft.refuses or draft.marketing is not None]
    latest: dict[tuple[int, str], Consent] = {}
    for batch in batches(draft.customer.pk for draft in spoken if draft.before is not None):
        for consent in Consent.objects.filter(customer_id__in=batch).order_by("at", "id"):
            latest[consent.customer_id, consent.purpose] = consent
    found = []
    for draft in spoken:
        pk = draft.customer.pk
        for purpose, wanted in (("", False if draft.refuses else None), (Purpose.MARKETING, draft.marketing)):
            known = latest.get((pk, purpose))
            if wanted is None or (known and known.granted == wanted):
                continue
            if wanted and known and known.source != _IMPORT:
                continue  # the customer's own refusal stands
            found.append(Consent(customer_id=pk, purpose=purpose, granted=wanted, source=_IMPORT, at=now))
    return found


def _write_statements(statements: Sequence[Consent], acting_user: User, now: datetime) -> None:
    Consent.objects.bulk_create(statements, batch_size=BATCH)
    CustomerEvent.objects.bulk_create(
        (
            CustomerEvent(
                customer_id=statement.customer_id,
                kind="consent.granted" if statement.granted else "consent.refused",
                at=now,
                acting_user=acting_user,
                data={"purpose": str(statement.purpose), "source": _IMPORT},
            )
            for statement in statements
        ),
        batch_size=BATCH,
    )


def _count(draft: _Draft, has_spoken: bool, tally: Tally) -> None:
    is_new = draft.before is None
    if not is_new and draft.profile == draft.before and not draft.new_phones and not has_spoken:
        tally.skipped += len(draft.rows)
        return
    tally.touched.add(draft.customer.pk)
    for place, changed in enumerate(draft.rows):
        if is_new and place == 0:
            tally.imported += 1
        elif changed:
            tally.updated += 1
        else:
            tally.skipped += 1
