"""What conditions may ask about a customer."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from huifang.clock import HOME_ZONE
from huifang.conditions.fields import Catalogue, Field, Kind
from huifang.customers.models import Customer, Lifecycle


def _home_date(at: datetime | None) -> date | None:
    return at.astimezone(HOME_ZONE).date() if at else None


def _birthday_month(customer: Customer) -> int | None:
    return customer.birthday.month if customer.birthday else None


CUSTOMER_FIELDS = Catalogue(
    [
        Field("member_number", _("member number"), Kind.TEXT, "member_number"),
        Field(
            "gender",
            _("gender"),
            Kind.CHOICE,
            "gender",
            choices={"female": _("female"), "male": _("male")},
        ),
        Field("birthday", _("birthday"), Kind.DATE, "birthday"),
        Field(
            "birthday_month", _("month of the birthday"), Kind.INT, "birthday__month", read=_birthday_month
        ),
        Field("store", _("store"), Kind.TEXT, "store__name"),
        Field("region", _("region"), Kind.TEXT, "store__region"),
        Field("order_count", _("number of orders"), Kind.INT, "facts__order_count"),
        Field("total_cents", _("spent in total"), Kind.MONEY, "facts__total_cents"),
        Field("last_year_cents", _("spent in the last year"), Kind.MONEY, "facts__last_year_cents"),
        Field("recency_days", _("days since the last order"), Kind.INT, "facts__recency_days"),
        Field("first_order_days", _("days since the first order"), Kind.INT, "facts__first_order_days"),
        Field(
            "first_order_on",
            _("day of the first order"),
            Kind.DATE,
            "facts__first_order_at__date",
            read=lambda customer: _home_date(customer.facts.first_order_at),
        ),
        Field(
            "last_order_on",
            _("day of the last order"),
            Kind.DATE,
            "facts__last_order_at__date",
            read=lambda customer: _home_date(customer.facts.last_order_at),
        ),
        Field("first_product", _("first product"), Kind.TEXT, "facts__first_product"),
        Field("last_product", _("last product"), Kind.TEXT, "facts__last_product"),
        Field("recency_quintile", _("recency (R)"), Kind.INT, "facts__recency_quintile"),
        Field("frequency_quintile", _("frequency (F)"), Kind.INT, "facts__frequency_quintile"),
        Field("monetary_quintile", _("spending (M)"), Kind.INT, "facts__monetary_quintile"),
        Field(
            "lifecycle",
            _("stage"),
            Kind.CHOICE,
            "facts__lifecycle",
            choices=dict(Lifecycle.choices),
        ),
        Field("last_score", _("last rating"), Kind.INT, "facts__last_score"),
        Field(
            "last_contacted_on",
            _("day of the last conversation"),
            Kind.DATE,
            "facts__last_contacted_at__date",
            read=lambda customer: _home_date(customer.facts.last_contacted_at),
        ),
    ]
)
