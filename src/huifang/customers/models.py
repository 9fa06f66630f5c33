"""Who the customers are, what they bought, what they allowed, and what happened to them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from huifang.people.models import Store, User


class Customer(models.Model):
    """客户."""

    member_number = models.CharField(max_length=64, unique=True, null=True)
    name = models.CharField(max_length=80)
    gender = models.CharField(
        max_length=8, choices=[("female", _("female")), ("male", _("male")), ("", "")], blank=True
    )
    birthday = models.DateField(null=True)
    store = models.ForeignKey(Store, null=True, on_delete=models.PROTECT, related_name="customers")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["store", "id"], name="customer_by_store")]

    def __str__(self) -> str:
        return self.name


class ContactPoint(models.Model):
    """联系方式: a phone number, encrypted.  ``masked`` (138****5678) is all that screens may show."""

    class Dead(models.TextChoices):
        NETWORK = "network", _("not in service")
        STRANGER = "stranger", _("belongs to somebody else")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=8, choices=[("phone", "phone")], default="phone")
    sealed = models.BinaryField()  # the E.164 number; people/encryption.py
    index = models.BinaryField(max_length=32)  # keyed HMAC of the E.164 number
    masked = models.CharField(max_length=24)
    dead_since = models.DateTimeField(null=True)  # from then on it is not dialled
    dead_why = models.CharField(max_length=10, choices=Dead, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "index"], name="contact_point_once")]


class Purpose(models.TextChoices):
    SERVICE = "service", _("service")
    CARE = "care", _("care")
    MARKETING = "marketing", _("marketing")


class Consent(models.Model):
    """授权/免打扰: one statement of the customer.  The latest row per purpose counts; a refusal
    (purpose ``""`` = everything) is permanent until the customer says otherwise."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=10, choices=[("", _("everything")), *Purpose.choices], blank=True)
    granted = models.BooleanField()
    source = models.CharField(max_length=40)  # import | call | desk
    evidence = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "purpose", "-at"], name="consent_latest")]


class CustomerEvent(models.Model):
    """客户事件: the event log that joins everything.  Append only."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)  # dotted name: order.placed, call.ended, ticket.opened …
    at = models.DateTimeField()
    acting_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)
    source = models.CharField(max_length=80, blank=True)  # e.g. "attempt:<id>"; links to its page

    class Meta:
        indexes = [models.Index(fields=["customer", "-at", "-id"], name="customer_timeline")]


class Order(models.Model):
    """订单.  Money is integer cents."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    store = models.ForeignKey(Store, null=True, on_delete=models.PROTECT)
    number = models.CharField(max_length=64, unique=True)
    ordered_at = models.DateTimeField()
    amount_cents = models.BigIntegerField()
    product = models.CharField(max_length=120, blank=True)
    category = models.CharField(max_length=60, blank=True)
    quantity = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["customer", "ordered_at"], name="order_by_customer")]


class Lifecycle(models.TextChoices):
    PROSPECT = "prospect", _("no purchase yet")
    NEW = "new", _("new customer")
    ACTIVE = "active", _("active")
    AT_RISK = "at_risk", _("at risk")
    DORMANT = "dormant", _("dormant")
    LOST = "lost", _("lost")


class CustomerFacts(models.Model):
    """What conditions may ask about a customer, as plain columns; an incremental roll-up."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="facts"
    )
    order_count = models.PositiveIntegerField(default=0)
    total_cents = models.BigIntegerField(default=0)
    last_year_cents = models.BigIntegerField(default=0)
    first_order_at = models.DateTimeField(null=True, db_index=True)
    last_order_at = models.DateTimeField(null=True, db_index=True)
    last_product = models.CharField(max_length=120, blank=True)
    first_product = models.CharField(max_length=120, blank=True)
    recency_days = models.IntegerField(null=True)  # whole calendar days since the last order
    first_order_days = models.IntegerField(null=True)  # … since the first order
    recency_quintile = models.PositiveSmallIntegerField(null=True)  # 5 = best
    frequency_quintile = models.PositiveSmallIntegerField(null=True)
    monetary_quintile = models.PositiveSmallIntegerField(null=True)
    lifecycle = models.CharField(max_length=10, choices=Lifecycle, default=Lifecycle.PROSPECT)
    last_score = models.PositiveSmallIntegerField(null=True)  # 1-5, 5 = best
    last_rated_at = models.DateTimeField(null=True)
    last_contacted_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)


class ImportRun(models.Model):
    """导入: one run of an import and its sums; imported + updated + skipped + failed = total."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    acting_user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)  # customers | orders
    file_name = models.CharField(max_length=200)
    total = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    error_file = models.CharField(max_length=300, blank=True)
