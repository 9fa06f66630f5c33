"""Problems that somebody owns."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from huifang.customers.models import Customer
from huifang.people.models import User
from huifang.people.sealed_fields import SealedText


class Ticket(models.Model):
    """工单: a problem or promise with a named owner and a due time (首问负责制)."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        RESOLVED = "resolved", _("resolved")

    class Cause(models.TextChoices):
        LOW_SCORE = "low_score", _("low rating")
        HIGH_RISK = "high_risk", _("upset customer")
        CALLBACK = "callback", _("promised callback")
        COUPON = "coupon", _("promised coupon")
        EXCHANGE = "exchange", _("promised exchange or return")
        INFORMATION = "information", _("promised information")
        QUESTION = "question", _("open question")

    key = models.CharField(max_length=120, unique=True)  # one cause opens one ticket
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tickets")
    cause = models.CharField(max_length=20, choices=Cause)
    title = models.CharField(max_length=160)
    detail = SealedText(context="tickets.ticket.detail")
    attempt = models.UUIDField(null=True)  # the call it came from
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tickets")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    overdue_at = models.DateTimeField(null=True)  # when it was noticed that the due time had passed
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"], name="ticket_due")]
