"""The hand-over of a call in sentences, as its page tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from huifang.followups.models import Attempt
from huifang.people.models import User

_SENTENCES = {
    "transfer": _("%(name)s’s phone was rung"),
    "bridged": _("%(name)s took over"),
    "referred": _("The trunk put the customer through to %(name)s"),
    "transfer_failed": _("%(name)s did not take over"),
    "held": _("%(name)s put the customer on hold"),
    "resumed": _("%(name)s took the customer off hold"),
    "muted": _("%(name)s turned the microphone off"),
    "unmuted": _("%(name)s turned the microphone on again"),
    "expert_joined": _("%(name)s joined as an expert"),
    "expert_missed": _("No expert answered, %(name)s neither"),
    "agent_left": _("%(name)s left the call"),
    "back_to_robot": _("%(name)s gave the customer back to the robot"),
}
"""Kind of event (logic.voice_line.EventKind) → what happened."""
_FAILURES = {
    "abandoned": _("The customer did not wait for %(name)s"),
    "withdrawn": _("The customer no longer wanted to wait for %(name)s"),
    "machine": _("At %(name)s’s phone there was only a machine"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """``at_ms`` counts from the answer."""

    at_ms: int
    sentence: str


def handover_of(call: Attempt) -> list[Moment]:
    """What happened between the wish for a person and the end, in order; empty where nobody was wanted."""
    return list(_moments(call)) if call.answered_at and call.agent_wanted_at else []


def _moments(call: Attempt) -> Iterator[Moment]:
    assert call.answered_at is not None
    events = list(call.node_events.filter(kind__in=_SENTENCES).order_by("seq"))
    people = User.objects.filter(username__in={str(event.data.get("agent")) for event in events})
    names = {person.username: person.display_name for person in people}
    for event in events:
        agent = str(event.data.get("agent") or "")
        cause = str(event.data.get("cause")) if event.kind == "transfer_failed" else ""
        sentence = _FAILURES.get(cause, _SENTENCES[event.kind])
        since = event.at - call.answered_at
        yield Moment(
            max(0, round(since.total_seconds() * 1000)), sentence % {"name": names.get(agent) or agent}
        )
