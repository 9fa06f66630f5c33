"""Uploaded tunes, the rules of endings, and what each call was given and heard."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from huifang.customers.models import Customer, Purpose
from huifang.people.models import User
from huifang.segments.models import Segment


class Tune(models.Model):
    """曲子: one that was uploaded, ready for the telephone.  Shipped tunes have no row; every node makes them.

    ``key`` is the beginning of the SHA-256 of ``alaw``: a node that has fetched it can check it.
    """

    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    brand = models.CharField(max_length=40, blank=True)  # "" = of every brand
    alaw = models.BinaryField()  # 8 kHz, 20 ms are 160 bytes
    seconds = models.FloatField()
    peaks = models.JSONField(default=list)  # its picture: 0-100, from left to right
    file_name = models.CharField(max_length=200)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    is_retired = models.BooleanField(default=False)


class EndingRule(models.Model):
    """结束规则: which ratings of which customers get which tunes, words, hand-over and text message.  The first that fits is
    taken.  ``salt`` names one experiment: it is renewed whenever the tunes or the default change."""

    class Transfer(models.TextChoices):
        AS_SCRIPT = "", _("as the script says")
        YES = "yes", _("hand over to a person")
        NO = "no", _("do not hand over")

    position = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    lowest = models.PositiveSmallIntegerField()
    highest = models.PositiveSmallIntegerField()
    brand = models.CharField(max_length=40, blank=True)
    segment = models.ForeignKey(Segment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose, blank=True)
    tunes = models.JSONField(default=list)
    default = models.CharField(max_length=40, blank=True)
    words = models.CharField(max_length=120, blank=True)
    transfer = models.CharField(max_length=4, choices=Transfer, blank=True)
    message = models.CharField(max_length=500, blank=True)  # sent as a text message after the call
    salt = models.CharField(max_length=32)
    since = models.DateTimeField()
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["position", "id"], name="ending_rule_in_order")]


class Announcement(models.Model):
    """One row: whether customers are told that their rating chooses the tune."""

    class Mode(models.TextChoices):
        ALWAYS = "always", _("always")
        NEVER = "never", _("never")
        HALF = "half", _("in half of the calls, by chance")

    mode = models.CharField(max_length=8, choices=Mode, default=Mode.ALWAYS)
    salt = models.CharField(max_length=32, blank=True)
    since = models.DateTimeField()


class Assignment(models.Model):
    """曲目分配: what one call was given when it was handed out, and what the customer then heard of it.

    ``draws``: ending → rule, message, tune, fair, pool, default, salt (logic.endings.Draw), enough to repeat each
    draw.
    """

    attempt = models.UUIDField(unique=True)  # attempts live further up
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    draws = models.JSONField(default=dict)
    announced = models.BooleanField(null=True)  # None: no experiment
    announce_salt = models.CharField(max_length=32, blank=True)
    # What came of it
    answered = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=40, blank=True)
    score = models.PositiveSmallIntegerField(null=True)
    tune = models.CharField(max_length=40, blank=True)  # what was really played
    heard_ms = models.PositiveIntegerField(null=True)
    heard_all = models.BooleanField(null=True)
    rule = models.ForeignKey(EndingRule, null=True, on_delete=models.SET_NULL, related_name="+")
    salt = models.CharField(max_length=32, blank=True)  # of the draw that was played; "" = not by a fair draw

    class Meta:
        indexes = [
            models.Index(fields=["rule", "salt", "tune"], name="assignment_by_draw"),
            models.Index(fields=["-ended_at"], name="assignment_by_end"),
            models.Index(fields=["announce_salt"], name="assignment_by_arm"),
        ]
