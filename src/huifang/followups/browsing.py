"""Finding follow-ups and calls for the list pages."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from huifang.clock import now
from huifang.customers.browsing import first_number
from huifang.customers.call_words import RESULTS
from huifang.followups.models import Attempt, Conversation, FollowUp, Turn
from huifang.people.reach import Reach
from huifang.surveys.models import Answer


def find_followups(reach: Reach, *, state: str = "", plan: str = "", store: str = "") -> QuerySet[FollowUp]:
    """Follow-ups within ``reach``; unknown values filter nothing."""
    rows = reach.of(FollowUp.objects.all(), "customer__store")
    if state in FollowUp.State.values:
        rows = rows.filter(state=state)
    if plan:
        rows = rows.filter(plan=plan)
    if store.isascii() and store.isdigit():
        rows = rows.filter(customer__store_id=int(store))
    return rows.select_related("customer", "customer__store")


def find_calls(
    reach: Reach, *, state: str = "", result: str = "", score: str = "", days: str = ""
) -> QuerySet[Attempt]:
    """Attempts within ``reach`` with ``score`` (1-5 or None) and ``masked``; unknown values filter nothing.

    ``state``: live, in_doubt or ended; ``days``: claimed within that many days, 1 = today; ``score`` filters only for
    those who may see all ratings.
    """
    rows = reach.of(Attempt.objects.all(), "customer__store").exclude(state=Attempt.State.RELEASED)
    if state == "live":
        rows = rows.exclude(state__in=[Attempt.State.ENDED, Attempt.State.IN_DOUBT])
    elif state in (Attempt.State.IN_DOUBT, Attempt.State.ENDED):
        rows = rows.filter(state=state)
    if result in RESULTS:
        rows = rows.filter(Q(outcome=result) | Q(outcome="", cause=result))
    if days in ("1", "7", "30"):
        midnight = timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
        rows = rows.filter(claimed_at__gte=midnight - timedelta(days=int(days) - 1))
    if reach.ratings and score in ("1", "2", "3", "4", "5"):
        rows = rows.filter(id__in=_rated(int(score)))
    return rows.select_related("customer", "customer__store", "followup", "conversation").annotate(
        masked=first_number("customer")
    )


def _rated(score: int) -> QuerySet[Answer, UUID]:
    return Answer.objects.filter(score=score).values_list("response__conversation", flat=True)


def scores_of(attempts: list[Attempt]) -> dict[UUID, int]:
    """Attempt id → the score that the customer gave."""
    rows = Answer.objects.filter(
        response__conversation__in=[attempt.pk for attempt in attempts], score__isnull=False
    ).order_by("at")
    return {
        conversation: score
        for conversation, score in rows.values_list("response__conversation", "score")
        if score
    }


def result_of(attempt: Attempt) -> str:
    """One code for how the attempt ended: the conversation's outcome, or else the line's cause."""
    return attempt.outcome or attempt.cause


def one_call(reach: Reach, pk: UUID) -> Attempt | None:
    """The attempt with its conversation, or None where there is none within ``reach``."""
    rows = reach.of(Attempt.objects.filter(pk=pk), "customer__store")
    return (
        rows.select_related(
            "customer", "customer__store", "followup", "followup__script", "trunk", "conversation"
        )
        .prefetch_related("conversation__turns")
        .first()
    )


def answers_of(pk: UUID) -> list[Answer]:
    """What was answered in the conversation ``pk``, in order."""
    return list(Answer.objects.filter(response__conversation=pk).order_by("at", "id"))


_AT_ONCE_MS = 60
"""Our reply is prepared in the moment of the key; the clocks of keys and of media differ by less than this."""


def turns_in_order(conversation: Conversation) -> list[Turn]:
    """What was said, as it followed: what a customer did comes before the reply that began with it."""
    return sorted(
        conversation.turns.all(),
        key=lambda turn: (turn.start_ms + (_AT_ONCE_MS if turn.speaker == "us" else 0), turn.seq),
    )
