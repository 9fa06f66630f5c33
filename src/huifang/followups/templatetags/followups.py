"""Follow-ups and calls in words, here and on the customer page one room below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huifang.customers.call_words import CAUSES, EMOTIONS, RESULTS, VOICES
from huifang.customers.models import Customer, Purpose
from huifang.followups.models import Attempt, FollowUp
from huifang.followups.reasons import say_reason, say_rule, say_verdict
from huifang.messages.models import Message
from huifang.surveys.models import Answer

register = template.Library()

_PASSED = {
    "do_not_call": _("The customer has not refused to be contacted"),
    "consent": _("The purpose is allowed"),
    "reachable": _("The number is in service"),
    "number_allowed": _("The number is of a kind that may be dialled"),
    "complaint": _("No open problem stands in the way"),
    "trunk": _("The line is ready"),
    "frequency": _("Not contacted too often"),
    "hours": _("Within the hours for calls"),
    "window": _("Within the due window"),
}
_INTENTS = {
    "rating": _("rating"),
    "digit": _("digit"),
    "choice": _("choice"),
    "yes": _("yes"),
    "no": _("no"),
    "refusal": _("do not call again"),
    "erasure": _("asks about erasing their data"),
    "no_recording": _("does not want to be recorded"),
    "decline": _("no time for questions"),
    "busy": _("busy now"),
    "callback": _("call back later"),
    "phone_assistant": _("a phone's assistant"),
    "announcement": _("an announcement"),
    "wrong_number": _("wrong person"),
    "human": _("wants a person"),
    "robot": _("asks whether we are a robot"),
    "repeat": _("say it again"),
    "undo": _("take it back"),
    "goodbye": _("goodbye"),
    "complaint": _("complaint"),
    "interest": _("interest"),
    "free": _("free words"),
    "unclear": _("not understood"),
    "back_channel": _("listens"),
    "who": _("asked who calls"),
    "question": _("a question"),
    "hold": _("asked to wait"),
    "unsure": _("does not know"),
    "already": _("said already"),
    "third_party": _("somebody else answers"),
    "pass_on": _("a message to pass on"),
}
_STEPS = {
    "say": _("says"), "ask": _("asks"), "probe": _("asks more closely"), "offer": _("offers a coupon"),
    "answer": _("takes questions"), "promise": _("promises"), "transfer": _("fetches a person"), "branch": _("decides"),
    "end": _("closes"), "ending": _("ending"),
}  # fmt: skip
_ITEMS = {
    "rating": _("Rating"),
    "menu": _("Wish"),
    "reason": _("What was wrong"),
    "handover": _("How the agent did"),
}


@register.filter
def why(followup: FollowUp) -> str:
    """Why this customer is due, in a sentence."""
    return say_reason(followup.reason or {}) or followup.plan_name


@register.filter
def why_not(followup: FollowUp) -> list[str]:
    """Why the contact gate makes it wait or has skipped it; empty where it does not, or no longer matters."""
    if followup.state not in (FollowUp.State.DUE, FollowUp.State.SKIPPED, FollowUp.State.FAILED):
        return []
    return say_verdict(followup.verdict or {})


@register.filter
def rules(verdict: dict[str, Any] | None) -> list[tuple[bool, str]]:
    """The gate's verdict rule by rule: (passed, sentence)."""
    said = []
    for rule in (verdict or {}).get("rules", ()):
        passed = bool(rule.get("passed"))
        name = str(rule.get("name"))
        said.append((passed, str(_PASSED.get(name, name)) if passed else say_rule(rule)))
    return said


@register.filter
def result_words(code: str) -> str:
    return str(RESULTS.get(code, code))


@register.filter
def cause_words(code: str) -> str:
    return str(CAUSES.get(code, code))


@register.filter
def tune_words(code: str, names: Mapping[str, str]) -> str:
    """What a tune is called; the beginning of its key where nobody knows it any more."""
    return names.get(code, code[:8])


@register.filter
def intent_words(code: str) -> str:
    return str(_INTENTS.get(code, code))


@register.filter
def emotion_words(code: str) -> str:
    return str(EMOTIONS.get(code, code))


@register.filter
def voice_words(voice: Mapping[str, Any]) -> str:
    """How an utterance was spoken: the mood, where there is one, and the figures that it is made of."""
    if not voice:
        return ""
    mood, sure = voice.get("mood"), voice.get("confidence")
    words = [f"{VOICES[mood]} {sure:.2f}"] if mood in VOICES and isinstance(sure, float) else []
    if voice.get("level_db") is not None:
        words.append(gettext("%s dB") % f"{voice['level_db']:.0f}".replace("-", "\u2212"))
    if voice.get("rate") is not None:
        words.append(gettext("%s syllables/s") % f"{voice['rate']:.1f}")
    if voice.get("pitch_hz") is not None:
        words.append(gettext("%s Hz") % f"{voice['pitch_hz']:.0f}")
    return " \u00b7 ".join(words)


@register.filter
def item_words(item: str) -> str:
    return str(_ITEMS.get(item, item))


_LINES = {
    "on": _("in use"),
    "paused": _("paused"),
    "trying": _("being tried"),
    "inactive": _("switched off"),
    "outside": _("not usable"),
    "clock": _("not usable"),
}
_ALERTS = {
    "disk_full": _("The disk is full: calls go on, recordings do not"),
    "mouth": _("The synthesiser is gone: the spare voice speaks until it is back"),
    "ears": _("The recogniser is gone: calls go on by keys until it is back"),
    "journal": _("Its journal cannot be written, so it begins no calls; make room on the disk"),
    "sip_host": _("It listens on this machine only; set HUIFANG_SIP_HOST so that real lines can be reached"),
}


@register.filter
def line_words(state: str) -> str:
    """The state of a trunk (line_state.TrunkState.state)."""
    return str(_LINES.get(state, state))


@register.filter
def line_fault_words(fault: str) -> str:
    """Why a trunk is not usable, in a sentence."""
    return say_rule({"name": "trunk", "data": {"fault": fault}})


@register.filter
def alert_words(code: str) -> str:
    """What a node complains of."""
    return str(_ALERTS.get(code, code))


@register.simple_tag
def answer_words(answer: Answer, document: dict[str, Any]) -> str:
    """The label that the script gives to the chosen option, otherwise what the customer said."""
    for step in document.get("steps", ()):
        item = step.get("item") or {}
        if item.get("id") == answer.item:
            for choice in item.get("choices", ()):
                if choice.get("code") == answer.code and choice.get("label"):
                    return str(next(iter(choice["label"].values())))
    return answer.text or answer.code


@register.simple_tag
def talk_time(call: Attempt) -> str:
    """How long the two talked, as 1:05."""
    if call.answered_at is None or call.ended_at is None:
        return "—"
    seconds = max(0, int((call.ended_at - call.answered_at).total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02d}"


@register.simple_tag
def followups_of(customer: Customer) -> list[FollowUp]:
    """The customer's newest follow-ups."""
    return list(FollowUp.objects.filter(customer=customer).order_by("-pk")[:20])


@register.simple_tag
def messages_of(attempt: UUID) -> list[Message]:
    """The text messages that a call caused."""
    return list(Message.objects.filter(attempt=attempt).order_by("pk"))


@register.filter
def step_words(kind: str) -> str:
    """The kind of a script's step in words."""
    return str(_STEPS.get(kind, kind))


@register.filter
def purpose_words(purpose: str) -> str:
    """What a script or a plan is for, in words."""
    return str(dict(Purpose.choices).get(purpose, purpose))
