"""Which brand a store belongs to, so that it may have tunes and endings of its own."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from huifang.people.audit import record
from huifang.people.models import Store, User


def brands() -> list[str]:
    """Every brand that a store has, in order."""
    return sorted(set(Store.objects.exclude(brand="").values_list("brand", flat=True)))


@transaction.atomic
def set_brands(wanted: Mapping[int, str], *, acting_user: User) -> int:
    """Give stores (by id) their brands; how many changed.  A store that is not named keeps its own."""
    changed = 0
    for store in Store.objects.select_for_update().filter(id__in=list(wanted)).order_by("id"):
        brand = wanted[store.pk].strip()[:40]
        if brand != store.brand:
            before, store.brand = store.brand, brand
            store.save(update_fields=["brand"])
            record(
                acting_user=acting_user, action="endings.set_brand", thing=store, before=before, after=brand
            )
            changed += 1
    return changed
