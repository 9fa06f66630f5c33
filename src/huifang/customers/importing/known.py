"""The customers and stores that a file's rows may be about, found in batches."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from huifang.customers.bulk import batches
from huifang.customers.models import ContactPoint, Customer
from huifang.customers.phones import blind_index
from huifang.people.models import Store

Profile = tuple[str | None, str, str, date | None, int | None]
"""What a file can change of a customer: member number, name, gender, birthday, store id."""


def customer_ids_by_member_number(numbers: Iterable[str]) -> dict[str, int]:
    """Member number → id of the customer."""
    found: dict[str, int] = {}
    for batch in batches(numbers):
        rows = Customer.objects.filter(member_number__in=batch).values_list("member_number", "pk")
        found.update((str(number), pk) for number, pk in rows)
    return found


def customer_ids_by_phone(numbers: Iterable[str]) -> dict[str, int]:
    """Phone number in E.164 → id of the customer who has it; the database sees blind indexes only."""
    found: dict[str, int] = {}
    for batch in batches(numbers):
        number_of = {blind_index(number): number for number in batch}
        points = ContactPoint.objects.filter(kind="phone", index__in=number_of)
        found.update(
            (number_of[bytes(index)], owner) for index, owner in points.values_list("index", "customer_id")
        )
    return found


def profiles(member_numbers: Iterable[str], ids: Iterable[int]) -> dict[int, Profile]:
    """Id → profile of the customers with these member numbers or ids."""
    found: dict[int, Profile] = {}
    wanted = [Q(member_number__in=batch) for batch in batches(member_numbers)]
    wanted += [Q(pk__in=batch) for batch in batches(set(ids))]
    for condition in wanted:
        rows = Customer.objects.filter(condition).values_list(
            "pk", "member_number", "name", "gender", "birthday", "store_id"
        )
        found.update(
            (pk, (number, name, gender, birthday, store))
            for pk, number, name, gender, birthday, store in rows
        )
    return found


class Stores:
    """Stores by the name that a file gives them; a name that nobody knows makes a new store."""

    def __init__(self) -> None:
        self._by_name = {store.name: store for store in Store.objects.order_by("-id")}
        self._by_name.update({store.code: store for store in Store.objects.order_by("-id")})
        self.made: list[str] = []

    def id_of(self, name: str | None) -> int | None:
        """The id of the store called ``name``."""
        if name is None:
            return None
        store = self._by_name.get(name)
        if store is None:
            code = name[:32] if name[:32] not in self._by_name else f"{name[:20]}-{Store.objects.count() + 1}"
            store = self._by_name[name] = Store.objects.create(code=code, name=name)
            self.made.append(name)
        return store.pk
