"""Follow-ups, the attempts at them, and the conversations that came of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from huifang.customers.models import Customer, Purpose
from huifang.logic.voice_line import CODECS
from huifang.people.models import Store
from huifang.people.sealed_fields import SealedJson, SealedText


def every_codec() -> list[str]:
    return list(CODECS)


def home_prefixes() -> list[str]:
    return ["+86"]


class Script(models.Model):
    """话术: one published version of a script document; immutable."""

    slug = models.SlugField(max_length=60)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    document = models.JSONField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="script_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Trunk(models.Model):
    """线路: where calls leave.  ``is_virtual`` marks the telephone network on loopback.

    The row is also the lock under which its calls are counted, whichever node they go to.
    """

    class CallerRule(models.TextChoices):
        ROTATE = "rotate", _("each number in turn")
        STORE = "store", _("the number of the customer's store first")

    name = models.CharField(max_length=40, unique=True)
    host = models.CharField(max_length=120)
    port = models.PositiveIntegerField(default=5060)
    user = models.CharField(max_length=80, blank=True)
    sealed_password = models.BinaryField(default=b"", blank=True)
    caller_ids = models.JSONField(default=list)  # the numbers that customers see
    caller_rule = models.CharField(max_length=8, choices=CallerRule, default=CallerRule.ROTATE)
    turn = models.PositiveBigIntegerField(default=0)  # grows with every call: whose number's turn it is
    codecs = models.JSONField(default=every_codec)  # what is offered, the best first
    refer = models.BooleanField(default=False)  # a call may be handed over by REFER
    register = models.BooleanField(default=False)  # every node registers here
    prefixes = models.JSONField(default=home_prefixes)  # E.164; what it may dial, within the house's policy
    priority = models.PositiveSmallIntegerField(default=1)  # the lowest with room is taken
    weight = models.PositiveSmallIntegerField(default=1)  # its share among equals
    max_calls = models.PositiveIntegerField(default=60)
    calls_per_s = models.FloatField(null=True, blank=True)  # None = as many as come
    next_at = models.DateTimeField(null=True)  # logic.pacing: when the next order may be handed out
    breaker_since = models.DateTimeField(null=True)  # logic.breaker.Breaker
    breaker_until = models.DateTimeField(null=True)
    breaker_openings = models.PositiveIntegerField(default=0)
    is_virtual = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)


class InboundNumber(models.Model):
    """接入号码: which script answers whoever calls this number, and to which store it belongs."""

    number = models.CharField(max_length=32, unique=True)  # E.164, or digits as the trunk presents them
    script = models.SlugField(max_length=60)  # its newest version answers
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)


class FollowUp(models.Model):
    """回访任务: one customer is to be contacted for one reason, in one window of time."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        SKIPPED = "skipped", _("skipped")
        CLAIMED = "claimed", _("being contacted")
        DONE = "done", _("done")
        FAILED = "failed", _("not reached")
        IN_DOUBT = "in_doubt", _("to be verified")

    key = models.CharField(max_length=160, unique=True)  # plan step : customer : occurrence
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="followups")
    plan = models.CharField(max_length=60)  # slug; plans live one room up
    plan_name = models.CharField(max_length=80)
    script = models.ForeignKey(Script, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose)
    facts = models.JSONField(default=dict)  # slots for the script: product, order date …
    reason = models.JSONField(default=dict)  # {code, …}: why this customer is due; reasons.py says it
    verdict = models.JSONField(default=dict)  # what the contact gate said last, rule by rule
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    due_at = models.DateTimeField()  # not before
    expires_at = models.DateTimeField()  # not after
    priority = models.SmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["-priority", "due_at", "id"], name="followup_due", condition=models.Q(state="due")
            ),
            models.Index(fields=["state", "-id"], name="followup_by_state"),
        ]


class Attempt(models.Model):
    """触达: one try to reach the customer.  Never made again in doubt: only a row in state
    ``claimed`` (no INVITE has left) may go back to the queue."""

    class State(models.TextChoices):
        CLAIMED = "claimed", _("handed to a node")
        DIALLING = "dialling", _("dialling")
        RINGING = "ringing", _("ringing")
        TALKING = "talking", _("talking")
        ENDED = "ended", _("ended")
        RELEASED = "released", _("given back")  # the node never dialled
        IN_DOUBT = "in_doubt", _("to be verified")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    followup = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="attempts")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="attempts")
    trunk = models.ForeignKey(Trunk, null=True, on_delete=models.PROTECT, related_name="+")
    is_inbound = models.BooleanField(default=False)  # the customer called us: no gate, no retry
    node = models.CharField(max_length=60)
    fence = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.CLAIMED)
    verdict = models.JSONField(default=dict)  # the gate's proof for this very contact
    cause = models.CharField(max_length=20, blank=True)  # logic.voice_line.EndCause
    outcome = models.CharField(max_length=20, blank=True)  # the engine's word
    ending = models.CharField(max_length=40, blank=True)
    tune = models.CharField(max_length=40, blank=True)
    caller_id = models.CharField(max_length=32, blank=True)  # ours, as the customer saw it
    sip_status = models.PositiveSmallIntegerField(null=True)  # of the failure, where there was one
    retry_after_s = models.PositiveIntegerField(null=True)  # what a trunk that refused asked for
    claimed_at = models.DateTimeField()
    lease_until = models.DateTimeField()  # moved on by the node's claims and events
    dialled_at = models.DateTimeField(null=True)
    ringing_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)  # by our own clock: when we learnt of the end
    agent_wanted_at = models.DateTimeField(null=True)  # a person was to take over
    bridged_at = models.DateTimeField(null=True)  # … and did
    risk = models.CharField(max_length=20, blank=True)  # logic.high_risk.Risk: the mood calls for care
    mood = models.CharField(max_length=20, blank=True)  # logic.live_mood: what the customer feels just now

    class Meta:
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="attempt_running",
                condition=models.Q(state__in=["claimed", "dialling", "ringing", "talking"]),
            ),
            models.Index(fields=["customer", "-claimed_at"], name="attempt_by_customer"),
            models.Index(fields=["state", "-claimed_at"], name="attempt_by_state"),
            models.Index(fields=["-claimed_at", "-id"], name="attempt_by_time"),  # the list of calls
            models.Index(fields=["trunk", "-settled_at"], name="attempt_by_trunk"),  # the circuit breaker
            models.Index(fields=["trunk", "-dialled_at"], name="attempt_by_dialled"),  # calls per second
        ]


class AttemptEvent(models.Model):
    """Every event a node has reported, as it came; (attempt, seq) makes reporting idempotent.
    Its id is also the live board's event id."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="node_events")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    data = SealedJson(context="followups.attempt_event.data")  # what was said and answered

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "seq"], name="attempt_event_once")]


class Conversation(models.Model):
    """会话: what was said in an answered attempt (same id as the attempt)."""

    attempt = models.OneToOneField(
        Attempt, on_delete=models.CASCADE, primary_key=True, related_name="conversation"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    agent = models.CharField(max_length=150, blank=True)  # user name, when handed over
    recording = models.CharField(max_length=200, blank=True)  # path below the recordings folder
    recording_seconds = models.FloatField(null=True)


class Turn(models.Model):
    """话轮: one thing said or pressed.  Times are milliseconds since the answer."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    seq = models.PositiveIntegerField()  # of the event it came from
    speaker = models.CharField(max_length=10, choices=[("us", _("us")), ("customer", _("customer"))])
    text = SealedText(context="followups.turn.text")
    key = models.CharField(max_length=2, blank=True)
    intent = models.CharField(max_length=40, blank=True)
    confidence = models.FloatField(null=True)
    emotion = models.CharField(max_length=20, blank=True)  # of the words, logic.understanding.Reading
    emotion_confidence = models.FloatField(null=True)
    voice = models.JSONField(default=dict)  # {mood, confidence, level_db, rate, pitch_hz}; {} = not measured
    with_agent = models.BooleanField(default=False)  # said to one of our people
    interrupted = models.BooleanField(default=False)
    article = models.CharField(max_length=40, blank=True)  # the knowledge article that was told
    article_version = models.PositiveIntegerField(null=True)
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "seq"], name="turn_once")]


class VoiceNode(models.Model):
    """A voice node as the centre last heard from it."""

    name = models.CharField(max_length=60, unique=True)
    seen_at = models.DateTimeField()
    free = models.PositiveIntegerField(default=0)
    stats = models.JSONField(default=dict)
