"""Stores, staff and the audit trail."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Store(models.Model):
    """门店: one branch of the chain."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    region = models.CharField(max_length=40, blank=True)
    brand = models.CharField(
        max_length=40, blank=True
    )  # a chain may have several; each may have its own tunes

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    ADMIN = "admin", _("Administrator")
    SUPERVISOR = "supervisor", _("Supervisor")
    AGENT = "agent", _("Agent")


class User(AbstractUser):
    """A member of staff.  The user named ``system`` acts for the machine itself and cannot log in."""

    role = models.CharField(max_length=16, choices=Role, default=Role.AGENT)
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT)
    sip_uri = models.CharField(max_length=120, blank=True)
    is_at_softphone = False
    """Set for those on duty: ``sip_uri`` is the window they sit before, so whoever picks up there is a person."""

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username


class Softphone(models.Model):
    """软电话: a member of staff who takes calls in the browser, as the gateway last told it.

    One row per person.  ``key`` is drawn anew whenever they go online, so a window that has been left
    behind is nobody's phone any more.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for the gateway")
        CONNECTING = "connecting", _("connecting")
        READY = "ready", _("ready")
        PAUSED = "paused", _("taking no calls")
        RINGING = "ringing", _("ringing")
        TALKING = "talking", _("talking")
        REFUSED = "refused", _("not usable")  # the gateway can make nothing of this browser
        OFFLINE = "offline", _("offline")

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="softphone")
    key = models.UUIDField(unique=True)
    state = models.CharField(max_length=10, choices=State)
    offer = models.TextField()  # the browser's session description
    answer = models.TextField(blank=True)  # the gateway's
    gateway = models.CharField(max_length=60, blank=True)
    sip_uri = models.CharField(max_length=120, blank=True)
    attempt = models.UUIDField(null=True)  # who is ringing or talking (attempts live further up)
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["gateway", "state"], name="softphone_of_gateway")]


class AuditEntry(models.Model):
    """审计: who did what to which thing.  Written in the transaction of the act, never changed."""

    at = models.DateTimeField(db_index=True)
    acting_user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=64)  # dotted name: tickets.resolve
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    data = models.JSONField(default=dict)


class FailedSignIns(models.Model):
    """How often signing in has failed for one subject (a name, an address, or both together) in the
    current window.  ``subject`` is a keyed hash: the table tells no names, real or tried."""

    subject = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)
