"""A customer's event log as sentences, grouped by day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huifang.customers.call_words import MESSAGES, PROMISES, RESULTS
from huifang.customers.models import Customer, CustomerEvent, Purpose
from huifang.paging import keyset_page

_SENTENCES: dict[str, Any] = {
    "customer.imported": _("Came in with an import"),
    "customer.updated": _("Details changed by an import"),
    "segment.joined": _("Joined the segment %(name)s"),
    "segment.left": _("Left the segment %(name)s"),
    "order.placed": _("Bought %(product)s for %(money)s"),
    "consent.granted": _("Allowed contact"),
    "consent.refused": _("Does not want to be contacted"),
    "number.given": _("Gave another number: %(number)s"),
    "number.stranger": _("The number %(number)s belongs to somebody else; it is not dialled any more"),
    "call.received": _("Called us"),
    "call.ended": _("Call: %(result)s"),
    "call.in_doubt": _("Call broke off without a known end; to be verified"),
    "call.resolved": _("A doubtful call was verified: %(result)s"),
    "message.sent": _("Text message sent: %(cause)s"),
    "message.failed": _("Text message could not be sent: %(cause)s"),
    "message.refused": _("Text message was not allowed: %(cause)s"),
    "message.unknown": _("Whether a text message arrived is not known: %(cause)s"),
    "message.answered": _("Answered questions by a link"),
    "message.received": _("Answered by text message"),
    "ticket.opened": _("Ticket opened for %(owner)s: %(title)s"),
    "ticket.reassigned": _("Ticket handed to %(owner)s: %(title)s"),
    "ticket.overdue": _("Ticket is overdue: %(title)s"),
    "ticket.resolved": _("Ticket resolved: %(title)s"),
    "promise.made": _("Promised in a call: %(promise)s"),
    "promise.refused": _("Promised in a call without leave: %(promise)s"),
    "promise.overdue": _("Promise is overdue: %(promise)s"),
    "promise.kept": _("Promise kept: %(promise)s"),
    "promise.broken": _("Promise not kept: %(promise)s"),
    "promise.withdrawn": _("Promise withdrawn: %(promise)s"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One event as the page shows it."""

    event: CustomerEvent
    sentence: str
    detail: str
    address: str  # "" = no page of its own


@dataclass(frozen=True, slots=True)
class Timeline:
    """Days (newest first) with their events; ``next`` continues it, ``""`` at the end."""

    days: list[tuple[date, list[Moment]]]
    next: str


def timeline_of(
    customer: Customer, before: str = "", size: int = 40, *, with_ratings: bool = False
) -> Timeline:
    """The newest events of ``customer``, from the position ``before`` on; what they rated ``with_ratings`` only."""
    rows = customer.events.select_related("acting_user")
    found = keyset_page(rows, order="-at", after=before, size=size)
    days: list[tuple[date, list[Moment]]] = []
    for event in found.rows:
        day = timezone.localtime(event.at).date()
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].append(_moment(event, with_ratings))
    return Timeline(days, found.next)


def _moment(event: CustomerEvent, with_ratings: bool) -> Moment:
    data = event.data if isinstance(event.data, dict) else {}
    slots = defaultdict(str, {name: str(value) for name, value in data.items()})
    slots["product"] = str(data.get("product") or gettext("something"))
    cents = data.get("amount_cents")
    slots["money"] = f"¥{cents / 100:,.2f}" if isinstance(cents, int) else "—"
    slots["result"] = _result(data)
    slots["cause"] = str(MESSAGES.get(slots["cause"], slots["cause"]))
    slots["promise"] = str(PROMISES.get(slots["promise"], slots["promise"]))
    sentence = _SENTENCES.get(event.kind)
    return Moment(
        event=event,
        sentence=str(sentence) % slots if sentence else event.kind,
        detail=_detail(event.kind, data, with_ratings),
        address=_address(event.source),
    )


def _address(source: str) -> str:
    """The page of the row that an event came from; "" where it has none."""
    thing, _colon, key = source.partition(":")
    try:
        if thing == "attempt":
            return reverse("call", kwargs={"pk": UUID(key)})
        if thing == "ticket":
            return reverse("ticket", kwargs={"pk": int(key)})
        if thing == "message":
            return f"{reverse('messages')}#m{int(key)}"
        if thing == "promise":
            return reverse("promise", kwargs={"pk": int(key)})
    except (ValueError, NoReverseMatch):
        pass
    return ""


def _result(data: dict[str, Any]) -> str:
    if "reached" in data:
        return gettext("reached") if data["reached"] else gettext("not reached")
    code = str(data.get("outcome") or data.get("cause") or "")
    return str(RESULTS.get(code, code))


def _detail(kind: str, data: dict[str, Any], with_ratings: bool) -> str:
    if kind == "call.ended":
        score = data.get("score")
        parts = [str(data.get("plan") or "")]
        if with_ratings and isinstance(score, int):
            parts.append(gettext("rated %(score)s of 5") % {"score": score})
        return " · ".join(filter(None, parts))
    if kind.startswith("consent."):
        purpose = dict(Purpose.choices).get(str(data.get("purpose") or ""))
        return " · ".join(filter(None, [str(purpose or ""), str(data.get("text") or "")]))
    return ""
