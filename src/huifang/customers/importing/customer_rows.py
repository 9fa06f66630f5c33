"""Customers out of rows: matched with those we know, merged, written in batches.

A row is about the customer who carries its member number; without one (or with a new one), about the
customer who has its phone number.  Two different member numbers on one phone are two people until
somebody says otherwise, so such a row fails instead of merging them.

Filled cells replace what we knew, empty ones do not.  A refusal in a file always counts; a permission
in a file never overturns a refusal that the customer spoke elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from huifang.customers.bulk import batches, insert_all
from huifang.customers.importing.columns import Columns
from huifang.customers.importing.known import Profile, Stores, customer_ids_by_phone, profiles
from huifang.customers.importing.reading import CustomerRow
from huifang.customers.importing.rejects import Fault
from huifang.customers.importing.tally import Tally
from huifang.customers.models import Consent, ContactPoint, Customer, CustomerEvent, CustomerFacts, Purpose
from huifang.customers.phones import blind_index, mask, seal
from huifang.errors import N_
from huifang.people.models import User

_IMPORT = "import"


@dataclass(slots=True)
class _Draft:
    """A customer while the file is read.  Slim, because a file may have a hundred thousand."""

    pk: int = 0  # 0: not in the database yet
    before: Profile | None = None  # None: a new customer
    member_number: str | None = None
    name: str = ""
    gender: str = ""
    birthday: date | None = None
    store_id: int | None = None
    new_phones: tuple[str, ...] = ()
    refuses: bool = False
    marketing: bool | None = None
    nameless_lines: tuple[int, ...] = ()  # rows so far, while none of them tells the name
    rows: int = 0
    changing_rows: int = 0

    @classmethod
    def of(cls, pk: int, known: Profile) -> _Draft:
        return cls(pk, known, *known)

    @property
    def profile(self) -> Profile:
        return self.member_number, self.name, self.gender, self.birthday, self.store_id

    def take(self, row: CustomerRow, store_id: int | None, *, has_new_phone: bool) -> None:
        """Merge ``row`` into the draft."""
        before = self.profile, self.new_phones, self.refuses, self.marketing
        self.member_number = self.member_number or row.member_number
        self.name = row.name or self.name
        self.gender = row.gender or self.gender
        self.birthday = row.birthday or self.birthday
        self.store_id = store_id or self.store_id
        if has_new_phone and row.phone:
            self.new_phones += (row.phone,)
        # Of several rows about one person the most careful one counts, in whatever order they come.
        self.refuses = self.refuses or row.do_not_disturb is True
        if row.marketing is not None and self.marketing is not False:
            self.marketing = row.marketing
        self.nameless_lines = () if self.name else (*self.nameless_lines, row.line)
        self.rows += 1
        self.changing_rows += before != (self.profile, self.new_phones, self.refuses, self.marketing)

    def as_customer(self, now: datetime) -> Customer:
        return Customer(
            id=self.pk or None,
            member_number=self.member_number,
            name=self.name,
            gender=self.gender,
            birthday=self.birthday,
            store_id=self.store_id,
            created_at=now,
            updated_at=now,
        )


def write_customers(
    rows: Sequence[CustomerRow],
    columns: Columns,
    *,
    acting_user: User,
    now: datetime,
    stores: Stores,
    tally: Tally,
) -> None:
    """Merge ``rows`` into the database and count them in ``tally``.  Call it inside a transaction."""
    drafts = _merge(rows, columns, stores, tally)
    for batch in batches(draft for draft in drafts if draft.before is None):
        for draft, customer in zip(
            batch, Customer.objects.bulk_create([draft.as_customer(now) for draft in batch]), strict=True
        ):
            draft.pk = customer.pk
        insert_all(CustomerFacts(customer_id=draft.pk) for draft in batch)
    for batch in batches(d for d in drafts if d.before is not None and d.profile != d.before):
        Customer.objects.bulk_update(
            [draft.as_customer(now) for draft in batch],
            ["member_number", "name", "gender", "birthday", "store", "updated_at"],
            batch_size=100,
        )
    insert_all(
        ContactPoint(
            customer_id=draft.pk, sealed=seal(number), index=blind_index(number), masked=mask(number)
        )
        for draft in drafts
        for number in draft.new_phones
    )
    statements = _statements(drafts, now)
    insert_all(statements)
    insert_all(_consent_event(statement, acting_user) for statement in statements)
    speaking = {statement.customer_id for statement in statements}
    for draft in drafts:
        _count(draft, draft.pk in speaking, tally)
    insert_all(
        CustomerEvent(
            customer_id=draft.pk,
            kind="customer.imported" if draft.before is None else "customer.updated",
            at=now,
            acting_user=acting_user,
        )
        for draft in drafts
        if draft.pk in tally.touched
    )


def _merge(rows: Sequence[CustomerRow], columns: Columns, stores: Stores, tally: Tally) -> list[_Draft]:
    """The customers that the rows are about, in the order of the file."""
    by_member, by_phone = _known_drafts(rows)
    met: dict[int, _Draft] = {}
    for row in rows:
        carrier = by_member.get(row.member_number) if row.member_number else None
        owner = by_phone.get(row.phone) if row.phone else None
        if owner and (
            (carrier and carrier is not owner)
            or (row.member_number and owner.member_number not in (None, row.member_number))
        ):
            tally.faults.append(
                Fault(
                    row.line,
                    columns.title("phone"),
                    N_("This phone number belongs to another customer, %(member)s."),
                    {"member": owner.member_number or owner.name},
                )
            )
            continue
        # A row without a name counts as soon as another row tells it, wherever in the file that stands.
        draft = carrier or owner or _Draft()
        draft.take(row, stores.id_of(row.store), has_new_phone=owner is None)
        met[id(draft)] = draft
        if draft.member_number:
            by_member[draft.member_number] = draft
        if row.phone:
            by_phone[row.phone] = draft
    for draft in met.values():
        tally.faults.extend(
            Fault(line, columns.title("name"), N_("The name is missing.")) for line in draft.nameless_lines
        )
    return [draft for draft in met.values() if not draft.nameless_lines]


def _known_drafts(rows: Iterable[CustomerRow]) -> tuple[dict[str, _Draft], dict[str, _Draft]]:
    """The customers in the database that the rows may be about, by member number and by phone number."""
    phones = {row.phone for row in rows if row.phone}
    owners = customer_ids_by_phone(phones)
    numbers = {row.member_number for row in rows if row.member_number}
    drafts = {pk: _Draft.of(pk, known) for pk, known in profiles(numbers, owners.values()).items()}
    by_member = {draft.member_number: draft for draft in drafts.values() if draft.member_number}
    return by_member, {phone: drafts[pk] for phone, pk in owners.items()}


def _statements(drafts: Sequence[_Draft], now: datetime) -> list[Consent]:
    """What the file says about consent and the database does not know yet."""
    spoken = [draft for draft in drafts if draft.refuses or draft.marketing is not None]
    latest: dict[tuple[int, str], Consent] = {}
    for batch in batches(draft.pk for draft in spoken if draft.before is not None):
        for consent in Consent.objects.filter(customer_id__in=batch).order_by("at", "id"):
            latest[consent.customer_id, consent.purpose] = consent
    found = []
    for draft in spoken:
        pk = draft.pk
        for purpose, wanted in (("", False if draft.refuses else None), (Purpose.MARKETING, draft.marketing)):
            known = latest.get((pk, purpose))
            if wanted is None or (known and known.granted == wanted):
                continue
            if wanted and known and known.source != _IMPORT:
                continue  # the customer's own refusal stands
            found.append(Consent(customer_id=pk, purpose=purpose, granted=wanted, source=_IMPORT, at=now))
    return found


def _consent_event(statement: Consent, acting_user: User) -> CustomerEvent:
    return CustomerEvent(
        customer_id=statement.customer_id,
        kind="consent.granted" if statement.granted else "consent.refused",
        at=statement.at,
        acting_user=acting_user,
        data={"purpose": str(statement.purpose), "source": _IMPORT},
    )


def _count(draft: _Draft, has_spoken: bool, tally: Tally) -> None:
    is_new = draft.before is None
    if not is_new and draft.profile == draft.before and not draft.new_phones and not has_spoken:
        tally.skipped += draft.rows
        return
    tally.touched.add(draft.pk)
    tally.imported += is_new
    tally.updated += draft.changing_rows - is_new
    tally.skipped += draft.rows - draft.changing_rows
