"""Choosing tunes, words, hand-over and text message when calls are handed out, and noting what customers then heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from huifang.customers.models import Customer
from huifang.endings.library import playable
from huifang.endings.models import Announcement, Assignment, EndingRule
from huifang.endings.rules import active_rules
from huifang.logic.endings import Caller, Draw, Ways, arm, choose, draw, facts_of, ways_of
from huifang.segments.models import Membership


class Chooser:
    """Chooses for calls to ``customers`` (with their stores loaded), by the rules of this moment."""

    def __init__(self, customers: Collection[Customer], now: datetime) -> None:
        self._now = now
        self._rules = active_rules()
        self._announcement = Announcement.objects.order_by("id").first()
        self._playable = playable() if self._rules else {}
        self._made: list[Assignment] = []
        self._ways: dict[str, Ways] = {}
        self._segments: dict[int, set[int]] = defaultdict(set)
        asked = {rule.segment for rule in self._rules if rule.segment is not None}
        if asked:
            rows = Membership.objects.filter(
                segment_id__in=asked, customer_id__in=[customer.pk for customer in customers]
            )
            for customer_id, segment_id in rows.values_list("customer_id", "segment_id"):
                self._segments[customer_id].add(segment_id)

    def choose(
        self, attempt: UUID, customer: Customer, script: Mapping[str, Any], facts: Mapping[str, object]
    ) -> dict[str, object]:
        """What the conversation of ``attempt`` is told of its endings; kept for ``save``.

        ``script`` is the whole document and ``facts`` what else the conversation is told.
        """
        told: dict[str, object] = {}
        assignment = Assignment(attempt=attempt, customer=customer, made_at=self._now)
        if self._rules:
            brand = customer.store.brand if customer.store else ""
            segments = frozenset(self._segments.get(customer.pk, ()))
            caller = Caller(brand, str(script.get("purpose") or ""), segments)
            known = f"{script.get('id')}:{script.get('version')}"
            if known not in self._ways:
                self._ways[known] = ways_of(script)

            def is_playable(tune: str) -> bool:
                return self._playable.get(tune, None) in ("", brand)

            chosen = choose(self._rules, caller, self._ways[known], facts, attempt.hex, is_playable)
            told |= facts_of(chosen)
            assignment.draws = {
                ending: {
                    "rule": choice.rule.id,
                    **({"message": choice.rule.message} if choice.rule.message else {}),
                    **(asdict(choice.draw) if choice.draw else {}),
                }
                for ending, choice in chosen.items()
            }
        if self._announcement is not None and self._announcement.mode != Announcement.Mode.ALWAYS:
            is_half = self._announcement.mode == Announcement.Mode.HALF
            announced = arm(self._announcement.salt, attempt.hex) if is_half else False
            told["ending.announced"] = announced
            if is_half:
                assignment.announced, assignment.announce_salt = announced, self._announcement.salt
        if told or any("message" in drawn for drawn in assignment.draws.values()):
            self._made.append(assignment)
        return told

    def save(self) -> None:
        """Store what was chosen, in the caller's transaction.  A call that is handed out again was chosen for
        already, and the hash chose the same."""
        Assignment.objects.bulk_create(self._made, ignore_conflicts=True)
        self._made.clear()


def repeat(assignment: Assignment, ending: str) -> Draw | None:
    """The draw of one ending, made again from what was stored."""
    stored = assignment.draws.get(ending) or {}
    if "pool" not in stored:
        return None
    return draw(stored["pool"], stored["default"], stored["salt"], assignment.attempt.hex, ending)


def note_heard(
    attempt: UUID,
    customer_id: int,
    *,
    ended_at: datetime,
    answered: bool,
    ending: str,
    score: int | None,
    tune: str,
    heard_ms: int | None,
    heard_all: bool | None,
) -> None:
    """What came of a call: its ending, its rating, and how much of which tune was heard.  Told again it is the
    same once."""
    row = Assignment.objects.filter(attempt=attempt).first()
    if row is None:
        if not tune:
            return
        row = Assignment(attempt=attempt, customer_id=customer_id, made_at=ended_at)
    row.answered, row.ended_at, row.ending, row.tune = answered, ended_at, ending, tune
    row.score = score if score is not None and 1 <= score <= 5 else None
    row.heard_ms, row.heard_all = heard_ms, heard_all
    drawn = row.draws.get(ending) or {}
    is_played = bool(tune) and drawn.get("tune") == tune
    # The rule may have been removed while the call lasted.
    row.rule = EndingRule.objects.filter(pk=drawn["rule"]).first() if is_played else None
    row.salt = drawn["salt"] if is_played and drawn.get("fair") else ""
    row.save()


def message_of(attempt: UUID, ending: str) -> str:
    """The text message that the rules chose for this ending when the call was handed out; "" where they chose
    none."""
    row = Assignment.objects.filter(attempt=attempt).only("draws").first()
    return str((row.draws.get(ending) or {}).get("message") or "") if row else ""


def why_this_tune(attempt: UUID) -> str:
    """Why a call played its tune, in a sentence; "" where the script decided alone."""
    row = Assignment.objects.filter(attempt=attempt).select_related("rule").first()
    if row is None or row.rule is None:
        return ""
    drawn = row.draws[row.ending]
    words = {"rule": row.rule.name, "n": len(drawn["pool"])}
    if not drawn["fair"]:
        return _("Rule “%(rule)s”: its default tune") % words
    if words["n"] == 1:
        return _("Rule “%(rule)s”: its only tune") % words
    return _("Rule “%(rule)s”: drawn by chance from %(n)s tunes") % words


def forget(attempt: UUID) -> None:
    """Nobody was called: nothing was chosen."""
    Assignment.objects.filter(attempt=attempt).delete()
