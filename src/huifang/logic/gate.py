"""The contact gate: may this person be contacted for this purpose now, and if not, why and when.

``decide`` looks at facts only and fails closed: a fact that nobody gathered (None) is a refusal.
Its verdict lists every rule with what it went by, and is stored with the follow-up and with each
attempt, together with the version of the policy: the proof that a contact was allowed.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from huifang.logic.clock import Calendar, DayKind, LawfulHours, lawful_slot

HARD_CAPS = ((timedelta(hours=24), 5), (timedelta(minutes=5), 3))
"""No policy lifts these: at most 5 contacts in 24 hours and 3 in 5 minutes (carriers' rules)."""

MOBILE = r"\+861[3-9]\d{9}"
LANDLINE = r"\+86(?!400|800)(?:10\d{8}|2\d{9}|[3-9]\d{9,10})"
MARKETING = "marketing"
TRUNK_PAUSE = timedelta(minutes=10)
"""How long a contact waits that no trunk may carry: somebody has to change a trunk first."""


class Stage(StrEnum):
    PLANNING = "planning"  # may it ever happen, and when
    CONTACT = "contact"  # may it happen this very moment, over this trunk


@dataclass(frozen=True, slots=True)
class Policy:
    """What the house allows.  Only numbers that match one of ``numbers`` are dialled (toll fraud)."""

    hours: LawfulHours = field(default_factory=LawfulHours)
    marketing_hours: LawfulHours = field(default_factory=lambda: LawfulHours(working_days_only=True))
    per_day: int = 2
    per_week: int = 3
    numbers: tuple[str, ...] = (MOBILE, LANDLINE)

    @property
    def version(self) -> str:
        """A short name of the content: equal policies have equal versions."""
        content = json.dumps(asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def hours_for(self, purpose: str) -> LawfulHours:
        return self.marketing_hours if purpose == MARKETING else self.hours


@dataclass(frozen=True, slots=True)
class ContactRequest:
    """Who is to be contacted, and the facts about it.  None = not known, which refuses."""

    purpose: str
    stage: Stage
    window: tuple[datetime, datetime]  # not before, not after
    number: str | None = None  # E.164
    number_works: bool | None = None  # false: the network says that it is not in service
    zone: str | None = None  # IANA name, the callee's
    refused: bool | None = None  # a refusal of everything, or of this purpose, is in force
    opted_in: bool | None = None  # to marketing
    contacts: tuple[datetime, ...] | None = None  # of the last 7 days, on every channel and number
    open_complaints: int | None = None
    trunk_fault: str | None = None  # why no trunk may carry it now; "" = one may


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What one rule said.  ``data`` is JSON-safe and tells what it went by."""

    name: str
    passed: bool
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``allowed`` now; or not now but from ``not_before`` on; or (both empty) not at all.
    ``until`` is the end of the present lawful slot where the contact is allowed."""

    allowed: bool
    rules: tuple[RuleVerdict, ...]
    policy: str
    at: datetime
    not_before: datetime | None = None
    until: datetime | None = None

    @property
    def failed(self) -> tuple[RuleVerdict, ...]:
        return tuple(rule for rule in self.rules if not rule.passed)

    def to_json(self) -> dict[str, Any]:
        return {
            "allowed": self.allowed,
            "policy": self.policy,
            "at": _iso(self.at),
            "not_before": _iso(self.not_before) if self.not_before else None,
            "rules": [{"name": r.name, "passed": r.passed, "data": r.data} for r in self.rules],
        }


def decide(request: ContactRequest, policy: Policy, now: datetime, calendar: Calendar) -> Verdict:
    """The verdict on ``request`` at ``now``.

    Rules that time cannot heal (refusal, consent, number, complaint) come first; then the first
    instant is sought at which frequency, lawful hours and the due window all agree.
    """
    rules = [rule(request, policy) for rule in _LASTING_RULES]
    fault = request.trunk_fault
    if request.stage is Stage.CONTACT and fault is None:
        rules.append(_missing("trunk"))
    lasting_ok = all(rule.passed for rule in rules)
    if request.stage is Stage.CONTACT and fault is not None:
        rules.append(RuleVerdict("trunk", not fault, {"fault": fault} if fault else {}))
    ready = now + TRUNK_PAUSE if request.stage is Stage.CONTACT and fault else now
    timing = _timing(request, policy, now, calendar, ready)
    rules.extend(timing.rules)
    allowed = all(rule.passed for rule in rules)
    return Verdict(
        allowed=allowed,
        rules=tuple(rules),
        policy=policy.version,
        at=now,
        not_before=timing.start if lasting_ok and not allowed else None,
        until=timing.end if allowed else None,
    )


def _missing(name: str) -> RuleVerdict:
    return RuleVerdict(name, False, {"missing": True})


# ---- rules that time cannot heal


def _do_not_call(request: ContactRequest, policy: Policy) -> RuleVerdict:
    if request.refused is None:
        return _missing("do_not_call")
    return RuleVerdict("do_not_call", not request.refused)


def _consent(request: ContactRequest, policy: Policy) -> RuleVerdict:
    data: dict[str, Any] = {"purpose": request.purpose}
    if request.purpose != MARKETING:
        return RuleVerdict("consent", request.purpose in ("service", "care"), data)
    if request.opted_in is None:
        return _missing("consent")
    return RuleVerdict("consent", request.opted_in, data)


def _reachable(request: ContactRequest, policy: Policy) -> RuleVerdict:
    if not request.number:
        return RuleVerdict("reachable", False, {"no_number": True})
    if request.number_works is None:
        return _missing("reachable")
    return RuleVerdict("reachable", request.number_works, {} if request.number_works else {"dead": True})


def _number_allowed(request: ContactRequest, policy: Policy) -> RuleVerdict:
    if not request.number:
        return _missing("number_allowed")
    fits = any(re.fullmatch(pattern, request.number, re.ASCII) for pattern in policy.numbers)
    return RuleVerdict("number_allowed", fits)


def _complaint(request: ContactRequest, policy: Policy) -> RuleVerdict:
    if request.open_complaints is None:
        return _missing("complaint")
    waits = request.open_complaints > 0 and request.purpose != "service"
    return RuleVerdict("complaint", not waits, {"open": request.open_complaints})


_LASTING_RULES: tuple[Callable[[ContactRequest, Policy], RuleVerdict], ...] = (
    _do_not_call,
    _consent,
    _reachable,
    _number_allowed,
    _complaint,
)

# ---- rules that are a matter of time


@dataclass(frozen=True, slots=True)
class _Timing:
    """``start``: the first instant at which everything agrees (None = never)."""

    rules: tuple[RuleVerdict, ...]
    start: datetime | None = None
    end: datetime | None = None


def _timing(
    request: ContactRequest, policy: Policy, now: datetime, calendar: Calendar, ready: datetime
) -> _Timing:
    """``ready``: from when on anything else than time would allow it."""
    earliest, latest = request.window
    zone = _zone(request.zone)
    if zone is None or request.contacts is None:
        hours = RuleVerdict("hours", False, {"missing": True}) if zone is None else RuleVerdict("hours", True)
        often = _missing("frequency") if request.contacts is None else RuleVerdict("frequency", True)
        return _Timing((often, hours, _window(now, earliest, latest)))
    lawful = policy.hours_for(request.purpose)
    ready = max(ready, earliest)
    start: datetime | None = None
    slot = None
    while (free := frequency_free_at(request.contacts, policy, ready, zone)) is not None:
        slot = lawful_slot(free, latest, lawful, zone, calendar)
        if slot is None:
            break
        # The next lawful instant may lie on a day that has its own count; ask again from there.
        if frequency_free_at(request.contacts, policy, slot.start, zone) == slot.start:
            start = slot.start
            break
        ready = slot.start
    free_now = frequency_free_at(request.contacts, policy, now, zone)
    often = RuleVerdict(
        "frequency",
        free_now is not None and free_now <= now,
        {
            "recent": len(request.contacts),
            **({"until": _iso(free_now)} if free_now and free_now > now else {}),
        },
    )
    open_now = lawful_slot(now, now + timedelta(microseconds=1), lawful, zone, calendar)
    day = calendar(now.astimezone(zone).date())
    hours_data: dict[str, Any] = {}
    if open_now is None:
        opens = next(lawful.slots(now, zone, calendar), None)
        hours_data = {
            "local": now.astimezone(zone).strftime("%H:%M"),
            "part": _part_closed(now, lawful, zone, day.kind),
            **({"until": _iso(opens.start)} if opens else {}),
        }
    if not day.is_certain:
        hours_data["calendar_unknown"] = now.astimezone(zone).year
    return _Timing(
        (
            often,
            RuleVerdict("hours", open_now is not None, hours_data),
            _window(now, earliest, latest, start),
        ),
        start,
        slot.end if slot and start else None,
    )


def _part_closed(now: datetime, lawful: LawfulHours, zone: tzinfo, kind: DayKind) -> str:
    """Why it is closed: a day off, a break between the hours of the day, or too early or late."""
    if lawful.working_days_only and kind is not DayKind.WORKDAY:
        return "day_off"
    at = now.astimezone(zone).time()
    opened = any(closes <= at for _, closes in lawful.hours)
    opens_again = any(opens > at for opens, _ in lawful.hours)
    return "break" if opened and opens_again else "closed"


def _window(
    now: datetime, earliest: datetime, latest: datetime, start: datetime | None = None
) -> RuleVerdict:
    """Inside the due window; ``no_slot`` tells that nothing lawful is left in what remains of it."""
    data: dict[str, Any] = {"not_before": _iso(earliest), "not_after": _iso(latest)}
    if now >= latest:
        return RuleVerdict("window", False, {**data, "over": True})
    if start is None:
        return RuleVerdict("window", False, {**data, "no_slot": True})
    return RuleVerdict("window", now >= earliest, data)


def frequency_free_at(
    contacts: tuple[datetime, ...], policy: Policy, at: datetime, zone: tzinfo
) -> datetime | None:
    """The first instant from ``at`` on at which one more contact keeps every limit; None = never.

    ``per_day`` counts the callee's calendar day, ``per_week`` the last 7 × 24 hours; the hard caps
    hold besides.
    """
    if policy.per_day < 1 or policy.per_week < 1:
        return None
    past = sorted(contact for contact in contacts if contact <= at)
    limits = [(timedelta(days=7), policy.per_week), *HARD_CAPS]
    candidate = at
    while True:
        moved = candidate
        for span, most in limits:
            inside = past[bisect_left(past, candidate - span + timedelta(microseconds=1)) :]
            if len(inside) >= most:
                moved = max(moved, inside[len(inside) - most] + span)
        today = candidate.astimezone(zone).date()
        if sum(contact.astimezone(zone).date() == today for contact in past) >= policy.per_day:
            midnight = datetime.combine(today + timedelta(days=1), time(0), zone)
            moved = max(moved, midnight.astimezone(candidate.tzinfo))
        if moved == candidate:
            return candidate
        candidate = moved


def _zone(name: str | None) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
