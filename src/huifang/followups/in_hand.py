"""Whose words and ratings a member of staff may read: leads within their reach, others what is in their hands."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from huifang.followups.models import Attempt
from huifang.people.models import Softphone, User
from huifang.people.reach import reach_of
from huifang.tickets.models import Ticket


def in_hand(user: User, calls: Sequence[Attempt]) -> set[UUID]:
    """Those of ``calls`` (all within the reach of ``user``, with their conversations loaded) whose words, answers and
    ratings ``user`` may read.

    A lead may read them all; an agent those that they took over, that are on their softphone now, or that left them a
    ticket.
    """
    ids = [call.pk for call in calls]
    if reach_of(user).ratings:
        return set(ids)
    talked = {
        call.pk
        for call in calls
        if hasattr(call, "conversation") and call.conversation.agent == user.username
    }
    owned = Ticket.objects.filter(owner=user, attempt__in=ids).values_list("attempt", flat=True)
    ringing = Softphone.objects.filter(user=user, attempt__in=ids).values_list("attempt", flat=True)
    return talked | {pk for pk in (*owned, *ringing) if pk is not None}


def is_in_hand(user: User, call: Attempt) -> bool:
    """``in_hand`` for one call."""
    return bool(in_hand(user, [call]))
