"""What became of the customers who heard each tune, and of those who were told of it.

Inside a rule the tunes are drawn by chance, so what happens later may be compared between them.  Plays and
ratings may not: the rating came first and chose the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from huifang.customers.models import Consent, Order
from huifang.endings.library import names_of
from huifang.endings.models import Announcement, Assignment, EndingRule
from huifang.logic.endings import SCORES
from huifang.logic.interval import Share, ahead
from huifang.surveys.models import Answer

LATER = timedelta(days=30)
"""How long after a call we look for the next purchase, the next rating and a refusal."""
LATELY = timedelta(days=90)
"""What the figures of plays and ratings go back to."""
_GLAD = 4


@dataclass(frozen=True, slots=True)
class Plays:
    """How often a tune was heard lately, how often to its end, and how those who heard it had rated before."""

    tune: str
    name: str
    plays: int
    whole: Share
    glad: Share


@dataclass(frozen=True, slots=True)
class Later:
    """What became of those for whom chance drew a tune, ``LATER`` after the call: who bought again, how many of
    the next ratings were 4 or 5, who refused further calls.  ``waiting``: not so long ago yet."""

    tune: str
    name: str
    waiting: int
    returned: Share
    next_glad: Share
    refused: Share
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """One rule's experiment since its tunes or its default last changed."""

    rule: EndingRule
    tunes: Sequence[Later]


@dataclass(frozen=True, slots=True)
class Arm:
    """Customers who were told, or not told, that the rating chooses the tune."""

    announced: bool
    rated: Share  # of those who picked up
    glad: Share  # of those who rated


def scores_lately(now: datetime) -> list[tuple[int, Share]]:
    """Each rating with its share, the best first."""
    rows = _heard(now).exclude(score=None).values_list("score").annotate(n=Count("id"))
    counts = {score: n for score, n in rows if score is not None}
    total = sum(counts.values())
    return [(score, Share(counts.get(score, 0), total)) for score in reversed(SCORES)]


def plays_lately(now: datetime) -> list[Plays]:
    """Every tune that was heard, the most played first."""
    rows = list(
        _heard(now)
        .filter(heard_ms__gt=0)
        .values("tune")
        .annotate(
            plays=Count("id"),
            whole=Count("id", filter=Q(heard_all=True)),
            rated=Count("score"),
            glad=Count("id", filter=Q(score__gte=_GLAD)),
        )
        .order_by("-plays", "tune")
    )
    names = names_of([row["tune"] for row in rows])
    return [
        Plays(
            tune=row["tune"],
            name=names.get(row["tune"], row["tune"][:8]),
            plays=row["plays"],
            whole=Share(row["whole"], row["plays"]),
            glad=Share(row["glad"], row["rated"]),
        )
        for row in rows
    ]


def _heard(now: datetime) -> QuerySet[Assignment]:
    return Assignment.objects.filter(ended_at__gt=now - LATELY, ended_at__lte=now)


def compared(now: datetime) -> list[Compared]:
    """Every rule with two tunes or more, in order, with what chance has shown so far."""
    found = []
    for rule in EndingRule.objects.select_related("segment").order_by("position", "id"):
        if len(rule.tunes) > 1:
            found.append(Compared(rule, _later(rule, now)))
    return found


def _later(rule: EndingRule, now: datetime) -> list[Later]:
    drawn = Assignment.objects.filter(rule=rule, salt=rule.salt, heard_ms__gt=0).exclude(salt="")
    until = ExpressionWrapper(F("ended_at") + LATER, output_field=DateTimeField())
    window = {"customer_id": OuterRef("customer_id")}
    bought = Order.objects.filter(
        **window, ordered_at__gt=OuterRef("ended_at"), ordered_at__lte=OuterRef("until")
    )
    refusals = Consent.objects.filter(
        **window, granted=False, at__gt=OuterRef("ended_at"), at__lte=OuterRef("until")
    )
    ratings = Answer.objects.filter(
        response__customer_id=OuterRef("customer_id"),
        score__isnull=False,
        at__gt=OuterRef("ended_at"),
        at__lte=OuterRef("until"),
    ).exclude(response__conversation=OuterRef("attempt"))
    rows = (
        drawn.filter(ended_at__lte=now - LATER)
        .annotate(until=until)
        .annotate(
            returned=Exists(bought),
            refused=Exists(refusals),
            next_score=Subquery(ratings.order_by("at", "id").values("score")[:1]),
        )
        .values("tune")
        .annotate(
            n=Count("id"),
            came=Count("id", filter=Q(returned=True)),
            left=Count("id", filter=Q(refused=True)),
            asked=Count("next_score"),
            glad=Count("id", filter=Q(next_score__gte=_GLAD)),
        )
        .order_by()
    )
    by_tune = {row["tune"]: row for row in rows}
    still = drawn.filter(ended_at__gt=now - LATER).values_list("tune").annotate(n=Count("id")).order_by()
    waiting = dict(still)
    names = names_of(rule.tunes)
    shares = [Share(by_tune[t]["came"], by_tune[t]["n"]) if t in by_tune else Share(0, 0) for t in rule.tunes]
    best = ahead(shares)
    later = []
    for place, tune in enumerate(rule.tunes):
        row = by_tune.get(tune, {"n": 0, "left": 0, "asked": 0, "glad": 0})
        later.append(
            Later(
                tune=tune,
                name=names.get(tune, tune[:8]),
                waiting=waiting.get(tune, 0),
                returned=shares[place],
                next_glad=Share(row["glad"], row["asked"]),
                refused=Share(row["left"], row["n"]),
                is_ahead=place == best,
            )
        )
    return later


def arms() -> list[Arm]:
    """With and without the announcement, since the comparison began; empty where none is going on."""
    row = Announcement.objects.order_by("id").first()
    if row is None or row.mode != Announcement.Mode.HALF:
        return []
    counts = (
        Assignment.objects.filter(announce_salt=row.salt, answered=True)
        .values("announced")
        .annotate(n=Count("id"), rated=Count("score"), glad=Count("id", filter=Q(score__gte=_GLAD)))
        .order_by()
    )
    found = {bool(c["announced"]): c for c in counts}
    return [
        Arm(side, Share(c["rated"], c["n"]), Share(c["glad"], c["rated"]))
        for side in (True, False)
        for c in [found.get(side, {"n": 0, "rated": 0, "glad": 0})]
    ]
