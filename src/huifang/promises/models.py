"""Promises made in calls, and how many coupons may be promised."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from huifang.customers.call_words import PROMISES
from huifang.customers.models import Customer
from huifang.people.models import Store
from huifang.people.sealed_fields import SealedJson, SealedText
from huifang.tickets.models import Ticket


class CouponBudget(models.Model):
    """券额度: how many coupons of one promotion may be promised, by one store or the whole chain.

    ``used`` only ever grows by a conditional UPDATE (budgets.py); the constraint is the last guard.
    """

    key = models.CharField(max_length=100, unique=True)  # promotion : store id, or * for the whole chain
    promotion = models.CharField(max_length=60, db_index=True)  # as scripts name it
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)  # as people name it: 老客户专属30元券
    total = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used__lte=models.F("total")), name="budget_not_overspent"
            )
        ]


class Promise(models.Model):
    """承诺: something that was promised to a customer in a call, by when, and what became of it.

    Its owner is the ticket's owner.  A promise that the call's script does not allow is kept as
    ``refused``: nobody owes it, but everybody can see that it was said.
    """

    class Kind(models.TextChoices):
        CALLBACK = "callback", PROMISES["callback"]
        COUPON = "coupon", PROMISES["coupon"]
        EXCHANGE = "exchange", PROMISES["exchange"]
        INFORMATION = "information", PROMISES["information"]
        QUESTION = "question", PROMISES["question"]

    class State(models.TextChoices):
        OPEN = "open", _("owed")
        KEPT = "kept", _("kept")
        BROKEN = "broken", _("not kept")
        WITHDRAWN = "withdrawn", _("withdrawn")
        REFUSED = "refused", _("not allowed")

    key = models.CharField(max_length=60, unique=True)  # attempt : number of the event
    attempt = models.UUIDField(db_index=True)  # the call (attempts live further up)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="promises")
    kind = models.CharField(max_length=20, choices=Kind)  # of a refused one whatever was reported
    data = SealedJson(context="promises.promise.data")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    objection = models.CharField(max_length=20, blank=True)  # why it was refused
    said = SealedText(context="promises.promise.said")  # our words
    heard = SealedText(context="promises.promise.heard")  # the customer's, just before
    at_ms = models.PositiveIntegerField(null=True)  # where in the recording
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="promises")
    budget = models.ForeignKey(CouponBudget, null=True, on_delete=models.PROTECT, related_name="promises")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    overdue_at = models.DateTimeField(null=True)  # when it was noticed that the due time had passed
    settled_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="promise_due"),
            models.Index(fields=["state", "-settled_at"], name="promise_settled"),
        ]
