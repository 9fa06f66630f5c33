"""Text messages, each try to hand one over, and the state of the gateway."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from huifang.customers.models import Customer, Purpose
from huifang.people.sealed_fields import SealedText


class Message(models.Model):
    """短信: one that is owed to a customer, written in the transaction of the fact that caused it.

    ``fence`` grows whenever it is handed over: who comes back late with an answer to an earlier try is not believed.
    The number is never stored here: the gate names it at the moment of sending, ``masked`` is what was used.
    """

    class Cause(models.TextChoices):
        ENDING = "ending", _("after the call")
        LINK = "link", _("questions as a link")

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("not sent")
        REFUSED = "refused", _("may not be sent")
        UNKNOWN = "unknown", _("to be verified")  # handed over, and nobody knows whether it arrived there

    key = models.CharField(max_length=80, unique=True)  # also the gateway's idempotency key
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="messages")
    attempt = models.UUIDField(db_index=True)  # the call that caused it (attempts live further up)
    cause = models.CharField(max_length=10, choices=Cause)
    purpose = models.CharField(max_length=10, choices=Purpose)
    text = models.TextField()  # without a link's address, which opens somebody's questions
    masked = models.CharField(max_length=24, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    verdict = models.JSONField(default=dict)  # the gate's proof
    reason = models.CharField(max_length=200, blank=True)  # the gateway's words where it was not sent
    gateway_id = models.CharField(max_length=80, blank=True)
    is_own_contact = models.BooleanField(default=False)  # not part of the call that caused it
    tries = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="message_by_time"),
            models.Index(fields=["state", "-made_at", "-id"], name="message_by_state"),
            models.Index(fields=["customer", "-handed_at"], name="message_by_customer"),
        ]


class Delivery(models.Model):
    """One try to hand a message over.  ``fate`` is empty while it lasts (logic.message_line.Fate)."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    fence = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    fate = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    retry_after_s = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "fence"], name="delivery_once")]
        indexes = [models.Index(fields=["-ended_at"], name="delivery_by_end")]


class Gateway(models.Model):
    """One row: the circuit breaker of the gateway (logic.breaker), and the lock under which it is judged."""

    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    openings = models.PositiveIntegerField(default=0)


class AnswerLink(models.Model):
    """链接: the questions of one call that found no answer, behind an address that cannot be guessed.

    ``digest`` is the SHA-256 of the address's last part, by which it is found; the part itself is sealed, and
    forgotten once it has been used.
    """

    attempt = models.UUIDField(unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    items = models.JSONField(default=list)
    digest = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Reply(models.Model):
    """回复: what a customer answered to a message, as the gateway told it; told again it is the same once."""

    gateway_id = models.CharField(max_length=80, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    text = SealedText(context="text_messages.reply.text")  # without numbers and addresses
    is_refusal = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="reply_by_time")]
