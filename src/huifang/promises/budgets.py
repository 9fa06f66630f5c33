"""How many coupons may be promised: setting budgets, and taking from them so that none is overspent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, F, IntegerField, Q, Value, When

from huifang.errors import N_, HuifangError
from huifang.people.audit import record
from huifang.people.models import Store, User
from huifang.promises.models import CouponBudget


class BudgetUnusable(HuifangError):
    template = N_("The budget %(name)s cannot be saved: %(reason)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSettings:
    """What people set about one budget.  ``store`` None: every store may take from it."""

    promotion: str
    name: str
    total: int
    store: Store | None = None
    is_active: bool = True


@transaction.atomic
def save_budget(
    settings: BudgetSettings, *, acting_user: User, budget: CouponBudget | None = None
) -> CouponBudget:
    """A new budget, or ``budget`` set anew.  ``BudgetUnusable`` where there is one for this promotion and
    store already, or more coupons are promised than the new total allows."""
    row = CouponBudget.objects.select_for_update().get(pk=budget.pk) if budget else CouponBudget()
    key = f"{settings.promotion}:{settings.store.pk if settings.store else '*'}"
    if CouponBudget.objects.filter(key=key).exclude(pk=row.pk).exists():
        raise BudgetUnusable(name=settings.name, reason=N_("this promotion has one for this store already."))
    if settings.total < row.used:
        raise BudgetUnusable(
            name=settings.name, reason=N_("more coupons than that have been promised to customers.")
        )
    row.key, row.promotion, row.store = key, settings.promotion, settings.store
    row.name, row.total, row.is_active = settings.name, settings.total, settings.is_active
    row.save()
    record(
        acting_user=acting_user,
        action="promises.change_budget" if budget else "promises.create_budget",
        thing=row,
        promotion=row.promotion,
        store=row.store.code if row.store else "",
        total=row.total,
        is_active=row.is_active,
    )
    return row


def ask_for(promotion: str, *, acting_user: User) -> None:
    """Let people see that a script offers ``promotion``: a budget of none, out of use, which they may fill.
    Where there is one already, of whichever store, nothing is changed."""
    promotion = promotion[:60]
    if CouponBudget.objects.filter(promotion=promotion).exists():
        return
    row, is_new = CouponBudget.objects.get_or_create(
        key=f"{promotion}:*",
        defaults={"promotion": promotion, "name": promotion, "total": 0, "is_active": False},
    )
    if is_new:
        record(acting_user=acting_user, action="promises.ask_for_budget", thing=row, promotion=promotion)


def take(promotion: str, store_id: int | None) -> CouponBudget | None:
    """One coupon of ``promotion``, from the store's own budget first, then from the chain's; None where
    all are used up.

    However many calls ask at once, no more are given than the total: each taking is one UPDATE that
    looks and counts in the same breath.
    """
    for budget in _open(Q(promotion=promotion), {store_id}):
        taken = CouponBudget.objects.filter(pk=budget.pk, is_active=True, used__lt=F("total"))
        if taken.update(used=F("used") + 1):
            return budget
    return None


def give_back(budget_id: int) -> None:
    """A coupon that was taken is not needed after all."""
    CouponBudget.objects.filter(pk=budget_id, used__gt=0).update(used=F("used") - 1)


def offers(store_ids: Collection[int | None]) -> dict[int | None, dict[str, bool]]:
    """Store id → promotion → whether a coupon of it could be promised now."""
    found: dict[int | None, dict[str, bool]] = defaultdict(dict)
    for budget in _open(Q(), store_ids):
        for store_id in {budget.store_id} if budget.store_id else store_ids:
            had = found[store_id].get(budget.promotion, False)
            found[store_id][budget.promotion] = had or budget.used < budget.total
    return found


def left_for(store_id: int | None) -> list[tuple[CouponBudget, int]]:
    """The budgets that a customer of this store may be promised a coupon of now, and how many each has left."""
    return [
        (budget, budget.total - budget.used)
        for budget in _open(Q(), {store_id})
        if budget.used < budget.total
    ]


def _open(which: Q, store_ids: Collection[int | None]) -> list[CouponBudget]:
    """Budgets in use that the stores may take from, a store's own before the chain's."""
    own_first = Case(When(store=None, then=Value(1)), default=Value(0), output_field=IntegerField())
    of_stores = Q(store__in=[store_id for store_id in store_ids if store_id]) | Q(store=None)
    return list(CouponBudget.objects.filter(which, of_stores, is_active=True).order_by(own_first, "id"))
