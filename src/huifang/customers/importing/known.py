"""The customers and stores that a file's rows may be about, found in batches."""

from __future__ import annotations

from collections.abc import Iterable

from huifang.customers.batches import batches
from huifang.customers.models import ContactPoint, Customer
from huifang.people.models import Store


def customers_by_member_number(numbers: Iterable[str]) -> dict[str, Customer]:
    """Member number → customer."""
    found: dict[str, Customer] = {}
    for batch in batches(numbers):
        found.update((str(c.member_number), c) for c in Customer.objects.filter(member_number__in=batch))
    return found


def customer_ids_by_phone(indexes: Iterable[bytes]) -> dict[bytes, int]:
    """Blind index of a phone number → id of the customer who has it."""
    found: dict[bytes, int] = {}
    for batch in batches(indexes):
        points = ContactPoint.objects.filter(kind="phone", index__in=batch)
        found.update((bytes(index), owner) for index, owner in points.values_list("index", "customer_id"))
    return found


def customers_by_id(ids: Iterable[int]) -> dict[int, Customer]:
    found: dict[int, Customer] = {}
    for batch in batches(ids):
        found.update(Customer.objects.in_bulk(batch))
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
