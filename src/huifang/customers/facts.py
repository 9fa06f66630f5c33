"""CustomerFacts: the roll-up that conditions are asked of, kept by set-based statements.

``roll_up`` takes in what has happened (orders), ``refresh_facts`` takes in that time has passed.
Money is integer cents, days are calendar days of the home zone, ties are broken by customer id: so
every database comes to the same figures, and ``logic/score.py`` states the rules once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    Count,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Ntile, TruncDate
from django.db.models.lookups import GreaterThanOrEqual

from huifang.clock import HOME_ZONE
from huifang.customers.bulk import batches
from huifang.customers.models import Customer, CustomerFacts, Lifecycle, Order
from huifang.logic.score import STAGES, Stages

YEAR = timedelta(days=365)


def roll_up(customer_ids: Iterable[int] | None, now: datetime) -> None:
    """Bring the facts of these customers (None = all) up to date with their orders.

    Days, quintiles and lifecycle follow with ``refresh_facts``.
    """
    with transaction.atomic():
        if customer_ids is None:
            _add_missing(Customer.objects.filter(facts__isnull=True))
            _sum_orders(CustomerFacts.objects.all(), now)
            return
        for batch in batches(sorted(set(customer_ids))):
            _add_missing(Customer.objects.filter(id__in=batch, facts__isnull=True))
            _sum_orders(CustomerFacts.objects.filter(customer_id__in=batch), now)


def are_facts_stale(now: datetime) -> bool:
    """Whether some customer's facts have not been refreshed since the day began."""
    day = datetime.combine(now.astimezone(HOME_ZONE).date(), time(), HOME_ZONE)
    return CustomerFacts.objects.filter(Q(refreshed_at__isnull=True) | Q(refreshed_at__lt=day)).exists()


def refresh_facts(now: datetime, stages: Stages = STAGES) -> None:
    """Bring every column that depends on the date or on other customers up to ``now``."""
    today = now.astimezone(HOME_ZONE).date()
    with transaction.atomic():
        CustomerFacts.objects.update(  # no order: no date, and so no days
            recency_days=_DaysBetween(Value(today), _home_date("last_order_at")),
            first_order_days=_DaysBetween(Value(today), _home_date("first_order_at")),
        )
        CustomerFacts.objects.filter(last_year_cents__gt=0).update(last_year_cents=_last_year(now))
        CustomerFacts.objects.update(lifecycle=_lifecycle(stages), refreshed_at=now)
        _refresh_quintiles()


# ---- orders


def _add_missing(customers: QuerySet[Customer]) -> None:
    for batch in batches(customers.values_list("pk", flat=True)):
        CustomerFacts.objects.bulk_create(
            [CustomerFacts(customer_id=pk) for pk in batch], ignore_conflicts=True
        )


def _sum_orders(facts: QuerySet[CustomerFacts], now: datetime) -> None:
    orders = Order.objects.filter(customer=OuterRef("pk"))
    facts.update(
        order_count=Coalesce(_over(orders, Count("id")), 0),
        total_cents=Coalesce(_over(orders, Sum("amount_cents")), 0),
        last_year_cents=_last_year(now),
        first_order_at=_over(orders, Min("ordered_at")),
        last_order_at=_over(orders, Max("ordered_at")),
        first_product=Coalesce(
            Subquery(orders.order_by("ordered_at", "id").values("product")[:1]), Value("")
        ),
        last_product=Coalesce(
            Subquery(orders.order_by("-ordered_at", "-id").values("product")[:1]), Value("")
        ),
    )


def _last_year(now: datetime) -> Coalesce:
    orders = Order.objects.filter(customer=OuterRef("pk"), ordered_at__gt=now - YEAR, ordered_at__lte=now)
    return Coalesce(_over(orders, Sum("amount_cents")), 0)


def _over(orders: QuerySet[Order], aggregate: Any) -> Subquery:
    """One figure over a customer's orders, as a column."""
    return Subquery(orders.order_by().values("customer").annotate(figure=aggregate).values("figure"))


# ---- days


def _home_date(column: str) -> TruncDate:
    return TruncDate(column, tzinfo=HOME_ZONE)


class _DaysBetween(Func):
    """Whole days from the second date to the first; each database has its own way to say so."""

    output_field = IntegerField()
    arity = 2

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "CAST(JULIANDAY(%(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=") - JULIANDAY(", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="((%(expressions)s)::date)", arg_joiner=")::date - (", **extra
        )


# ---- stages and fifths


def _lifecycle(stages: Stages) -> Case:
    """``logic.score.lifecycle`` as an expression; the first condition that holds counts."""
    has_rhythm = Q(order_count__gte=stages.at_risk_orders, recency_days__gte=stages.at_risk_days)
    silence = F("recency_days") * (F("order_count") - 1)
    usual = (F("first_order_days") - F("recency_days")) * stages.at_risk_silence
    return Case(
        When(order_count=0, then=Value(Lifecycle.PROSPECT)),
        When(recency_days__gt=stages.lost_days, then=Value(Lifecycle.LOST)),
        When(order_count=1, first_order_days__lte=stages.new_days, then=Value(Lifecycle.NEW)),
        When(has_rhythm & Q(GreaterThanOrEqual(silence, usual)), then=Value(Lifecycle.AT_RISK)),
        When(recency_days__lt=stages.dormant_days, then=Value(Lifecycle.ACTIVE)),
        default=Value(Lifecycle.DORMANT),
    )


def _refresh_quintiles() -> None:
    """Let the database rank, then write only what has changed.

    No portable UPDATE takes a window function, and after one import most ranks stay as they were.
    """

    def fifth(column: str) -> Window:
        return Window(Ntile(num_buckets=5), order_by=[F(column).asc(), F("customer_id").asc()])

    CustomerFacts.objects.filter(order_count=0, recency_quintile__isnull=False).update(
        recency_quintile=None, frequency_quintile=None, monetary_quintile=None
    )
    ranked = (
        CustomerFacts.objects.filter(order_count__gt=0)
        .annotate(r=fifth("last_order_at"), f=fifth("order_count"), m=fifth("total_cents"))
        .values_list("pk", "r", "f", "m", "recency_quintile", "frequency_quintile", "monetary_quintile")
    )
    moved: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for pk, r, f, m, *stored in ranked.iterator(chunk_size=5_000):
        if [r, f, m] != stored:
            moved[r, f, m].append(pk)
    for (r, f, m), ids in moved.items():
        for batch in batches(ids):
            CustomerFacts.objects.filter(pk__in=batch).update(
                recency_quintile=r, frequency_quintile=f, monetary_quintile=m
            )
