"""Why somebody is contacted, or is not, in one plain sentence of the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from huifang.clock import HOME_ZONE

Data = Mapping[str, Any]


def say_reason(reason: Data) -> str:
    """Why the follow-up is due: ``reason`` is FollowUp.reason (code, anchor, days, last, product)."""
    sentence = _REASONS.get(str(reason.get("code")))
    return sentence(reason) if sentence else ""


def say_verdict(verdict: Data) -> list[str]:
    """What the contact gate objected to: ``verdict`` is the JSON of a FollowUp or an Attempt.

    Empty where it allowed the contact.  A contact that only has to wait gets one sentence: what it
    waits for longest, and the instant from which all rules agree.
    """
    failed = [rule for rule in verdict.get("rules", ()) if not rule["passed"]]
    not_before = verdict.get("not_before")
    if not_before and failed:
        longest = max(failed, key=_waits_until)
        failed = [{**longest, "data": {**longest["data"], "until": not_before}}]
    else:
        # What was not known, and that no time is left, are mere consequences where something else is said.
        failed = (
            [rule for rule in failed if _is_cause(rule)] or [r for r in failed if not _is_delay(r)] or failed
        )
    said = [say_rule(rule, str(verdict.get("at", ""))) for rule in failed]
    said += [_unknown_calendar(rule["data"]) for rule in failed if "calendar_unknown" in rule["data"]]
    return list(dict.fromkeys(said))


def say_rule(rule: Data, at: str = "") -> str:
    """The objection of one rule (name, data) that did not pass at the instant ``at`` (ISO 8601).

    A moment of the same day is then said without its day.
    """
    data = {"at": at, **rule.get("data", {})}
    if data.get("missing"):
        return _("A fact that the rules need is not known, so no contact is made")
    sentence = _RULES.get(str(rule.get("name")))
    return sentence(data) if sentence else str(rule.get("name"))


def _is_cause(rule: Data) -> bool:
    return not _is_delay(rule) and not rule["data"].get("missing") and not rule["data"].get("no_slot")


def _waits_until(rule: Data) -> str:
    """The instant (ISO 8601, UTC) that the rule itself waits for."""
    data = rule["data"]
    return str(data.get("until") or (data.get("not_before") if rule["name"] == "window" else None) or "")


def _is_delay(rule: Data) -> bool:
    data = rule["data"]
    return "until" in data or (rule["name"] == "window" and not data.get("over") and not data.get("no_slot"))


# ---- why due


def _first_order(reason: Data) -> str:
    words = {"anchor": _day(reason["anchor"]), "days": reason["days"], "last": _day(reason["last"])}
    if not reason.get("product"):
        return _("First order on %(anchor)s was %(days)s days ago; the window ends on %(last)s") % words
    return _("First order “%(product)s” on %(anchor)s was %(days)s days ago; the window ends on %(last)s") % {
        **words,
        "product": reason["product"],
    }


def _dormant(reason: Data) -> str:
    return _("No order for %(days)s days since %(anchor)s; the window ends on %(last)s") % {
        "anchor": _day(reason["anchor"]),
        "days": reason["days"],
        "last": _day(reason["last"]),
    }


def _inbound(data: Data) -> str:
    return _("The customer called us")


_REASONS: dict[str, Callable[[Data], str]] = {
    "first_order": _first_order,
    "dormant": _dormant,
    "inbound": _inbound,
}

# ---- why not


def _reachable(data: Data) -> str:
    if data.get("dead"):
        return _("The phone number is not in service")
    return _("There is no phone number")


def _consent(data: Data) -> str:
    if data.get("purpose") == "marketing":
        return _("The customer has not agreed to marketing contacts")
    return _("The purpose of the contact is not one that the rules know")


def _trunk(data: Data) -> str:
    said = _FAULTS.get(str(data.get("fault")), _FAULTS[""])()
    if data.get("until"):
        return _("%(why)s; tried again from %(until)s") % {
            "why": said,
            "until": _moment(data["until"], data["at"]),
        }
    return said


_FAULTS: dict[str, Callable[[], str]] = {
    "": lambda: _("The line is not ready for this call"),
    "inactive": lambda: _("The line is switched off"),
    "outside": lambda: _("The virtual line does not stay on this machine, so it is not used"),
    "clock": lambda: _("The clock is shifted, so no real line is used"),
    "prefix": lambda: _("No line may dial numbers that begin like this one"),
    "paused": lambda: _("The line is paused because too many of its calls failed"),
    "full": lambda: _("The line bears no more new calls in this second"),
}


def _frequency(data: Data) -> str:
    if data.get("until"):
        return _("Contacted often enough lately; again from %(until)s") % {
            "until": _moment(data["until"], data["at"])
        }
    return _("No more contacts are allowed")


def _hours(data: Data) -> str:
    if not data.get("until"):
        return _("No hours are open for calls")
    words = {"until": _moment(data["until"], data["at"]), "local": data.get("local", "")}
    if data.get("part") == "break":
        return _("It is the midday break; call after %(until)s") % words
    if data.get("part") == "day_off":
        return _("It is a day off, without marketing calls; call after %(until)s") % words
    return _("It is %(local)s for the customer, outside the hours for calls; call after %(until)s") % words


def _window(data: Data) -> str:
    first = data.get("until", data["not_before"])
    words = {"first": _moment(first, data["at"]), "last": _day(data["not_after"])}
    if data.get("over"):
        return _("The window ended on %(last)s") % words
    if data.get("no_slot"):
        return _("No lawful time for a call is left before the window ends on %(last)s") % words
    return _("Not due before %(first)s") % words


def _unknown_calendar(data: Data) -> str:
    return _("The holidays of %(year)s are not published yet; only weekdays and weekends are known") % {
        "year": data["calendar_unknown"]
    }


_RULES: dict[str, Callable[[Data], str]] = {
    "do_not_call": lambda data: _("The customer asked not to be contacted again"),
    "consent": _consent,
    "reachable": _reachable,
    "number_allowed": lambda data: _("The phone number is not of a kind that may be dialled"),
    "complaint": lambda data: _("A problem of this customer is still open; it comes first"),
    "trunk": _trunk,
    "frequency": _frequency,
    "hours": _hours,
    "window": _window,
}

# ---- days and moments


def _day(value: str) -> str:
    """``value`` (an ISO date or instant) as 9月12日."""
    day = date.fromisoformat(value) if len(value) == 10 else _local(value).date()
    return date_format(day, pgettext("day of a sentence", "N j"))


def _moment(value: str, seen_at: str) -> str:
    """An instant as 14:00, or as 9月16日 09:00 where it is not on the day of ``seen_at``."""
    at = _local(value)
    if seen_at and _local(seen_at).date() == at.date():
        return date_format(at, "H:i")
    return date_format(at, pgettext("moment of a sentence", "N j, H:i"))


def _local(value: str) -> datetime:
    at = datetime.fromisoformat(value)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(HOME_ZONE)
