"""The figures of a run: what our own rows say, and what the far side saw."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Count, Q

from huifang.followups.models import Attempt, FollowUp
from huifang.promises.models import Promise
from huifang.surveys.models import Answer
from huifang.tickets.models import Ticket
from huifang.voice.pstn.log import FarSide


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the run stands now."""

    due: int
    calling: int
    ringing: int
    talking: int
    done: int
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return self.due == 0 and self.calling + self.ringing + self.talking == 0


def progress(now: Any) -> Progress:
    """Count follow-ups and attempts; those put off to a later time are not due now."""
    attempts = Attempt.objects.aggregate(
        calling=Count("pk", filter=Q(state__in=[Attempt.State.CLAIMED, Attempt.State.DIALLING])),
        ringing=Count("pk", filter=Q(state=Attempt.State.RINGING)),
        talking=Count("pk", filter=Q(state=Attempt.State.TALKING)),
        done=Count("pk", filter=Q(state__in=[Attempt.State.ENDED, Attempt.State.IN_DOUBT])),
    )
    outcomes = Attempt.objects.filter(state=Attempt.State.ENDED).values_list("cause", "outcome")
    return Progress(
        due=FollowUp.objects.filter(state=FollowUp.State.DUE, due_at__lte=now).count(),
        outcomes=dict(Counter(outcome or cause for cause, outcome in outcomes)),
        **attempts,
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of a run; the keys of ``huifang demo --json``."""

    imported: int
    error_rows: int
    due: int
    dialled: int
    answered: int
    completed: int
    rated: int
    endings: dict[str, int]
    transferred: int
    callbacks_promised: int
    tickets: int
    text_messages: int
    doubled: int
    lost: int
    in_doubt: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def summarise(
    *, imported: int, error_rows: int, due: int, far_side: FarSide, text_messages: int, seconds: float
) -> Summary:
    """Put our rows and the far side's own log together.

    ``doubled`` is what the far side counted: calls to a number beyond the first one (nobody is due
    twice within a run); ``text_messages`` what the gateway for them has taken.  ``lost`` counts the due
    follow-ups that were never dialled and the attempts
    without a known end.
    """
    attempts = list(
        Attempt.objects.exclude(state=Attempt.State.RELEASED).values(
            "pk", "followup_id", "state", "outcome", "answered_at", "conversation__agent"
        )
    )
    scores = Answer.objects.filter(score__isnull=False).values_list("score", flat=True)
    ended = {Attempt.State.ENDED, Attempt.State.IN_DOUBT}
    unfinished = sum(attempt["state"] not in ended for attempt in attempts)
    never_dialled = due - len({attempt["followup_id"] for attempt in attempts})
    return Summary(
        imported=imported,
        error_rows=error_rows,
        due=due,
        dialled=len(far_side.call_ids),
        answered=sum(attempt["answered_at"] is not None for attempt in attempts),
        completed=sum(attempt["outcome"] in ("completed", "transferred") for attempt in attempts),
        rated=len(scores),
        endings={str(score): count for score, count in sorted(Counter(scores).items())},
        transferred=sum(bool(attempt["conversation__agent"]) for attempt in attempts),
        callbacks_promised=Promise.objects.exclude(state=Promise.State.REFUSED)
        .filter(kind=Promise.Kind.CALLBACK)
        .count(),  # not tickets: whoever is unhappy as well has one ticket for both
        tickets=Ticket.objects.count(),
        text_messages=text_messages,
        doubled=far_side.doubled,
        lost=max(0, never_dialled) + unfinished,
        in_doubt=sum(attempt["state"] == Attempt.State.IN_DOUBT for attempt in attempts),
        seconds=round(seconds, 1),
    )
