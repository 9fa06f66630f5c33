"""What becomes of attempts whose node has fallen silent, and of windows that have closed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from huifang.followups import gate
from huifang.followups.lines import RUNNING
from huifang.followups.models import Attempt, FollowUp
from huifang.followups.settling import give_back, settle
from huifang.logic.call_story import Logged, read
from huifang.logic.gate import Stage
from huifang.logic.voice_line import EventKind

_BATCH = 200


@transaction.atomic
def release_silent_nodes(now: datetime) -> dict[str, int]:
    """Deal with attempts whose lease is over; how many were given back and how many are in doubt.

    ``claimed``: no INVITE has left, so the follow-up is due again under a new fence.  Anything later
    may have rung: it is in doubt and waits for the node's journal or a person.
    """
    rows = (
        Attempt.objects.select_for_update(skip_locked=True)
        .filter(state__in=RUNNING, lease_until__lt=now)
        .order_by("id")[:_BATCH]
    )
    count = {"released": 0, "in_doubt": 0}
    for attempt in rows:
        followup = FollowUp.objects.select_for_update().get(pk=attempt.followup_id)
        if attempt.state == Attempt.State.CLAIMED:
            give_back(attempt, followup, now)
            count["released"] += 1
            continue
        before, attempt.state = attempt.state, Attempt.State.IN_DOUBT
        attempt.save(update_fields=["state"])
        story = read(Logged(r.seq, EventKind(r.kind), r.at, r.data) for r in attempt.node_events.all())
        settle(attempt, followup, story, before=before, fresh=(), now=now)
        count["in_doubt"] += 1
    return count


@transaction.atomic
def close_windows(now: datetime) -> int:
    """Finish due follow-ups whose window is over, with the gate's reason; how many."""
    rows = list(
        FollowUp.objects.select_for_update(skip_locked=True)
        .filter(state=FollowUp.State.DUE, expires_at__lte=now)
        .order_by("id")[:_BATCH]
    )
    wishes = [gate.Wish(f.customer_id, f.purpose, (f.due_at, f.expires_at)) for f in rows]
    for followup, answer in zip(rows, gate.ask(wishes, now, Stage.PLANNING), strict=True):
        gate.apply(followup, answer.verdict, now)
    FollowUp.objects.bulk_update(rows, ["state", "due_at", "verdict", "updated_at"])
    return len(rows)
