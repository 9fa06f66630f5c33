"""Taking a voice node's events: idempotent, fenced, in any order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from huifang.customers.consents import record_refusal
from huifang.customers.numbers import number_is_not_theirs
from huifang.followups import gate
from huifang.followups.claiming import LEASE
from huifang.followups.lines import breaker_of, fault_of, is_too_fast
from huifang.followups.models import Attempt, AttemptEvent, Conversation, FollowUp, Trunk, Turn
from huifang.followups.refusing import ask_gate_again
from huifang.followups.settling import give_back, settle
from huifang.logic.call_story import Logged, Story, read
from huifang.logic.gate import Stage
from huifang.logic.routing import allows
from huifang.logic.voice_line import Event, EventKind
from huifang.logic.voice_mood import voice_in
from huifang.people.audit import system_user


@transaction.atomic
def take_events(*, node: str, events: Iterable[Event], now: datetime) -> list[str]:
    """Store what ``node`` reports; the ids of the attempts that are no longer its own.

    All or nothing: a batch that raises can be sent again.  (attempt, seq) is stored once; a refused
    attempt leaves no trace.  DIALLING is a question, too: when this returns without refusing the
    attempt, the INVITE may leave, because the row that forbids a second one is committed.
    """
    by_attempt: dict[UUID, list[Event]] = defaultdict(list)
    refused: list[str] = []
    for event in events:
        try:
            by_attempt[UUID(event.attempt_id)].append(event)
        except ValueError:
            refused.append(event.attempt_id)
    # In order of id: two batches that meet wait for each other instead of locking crosswise.
    rows = Attempt.objects.select_for_update().filter(id__in=list(by_attempt)).order_by("id")
    attempts = {attempt.pk: attempt for attempt in rows}
    # Whoever asks whether an INVITE may leave takes its turn with the claims and with every other node.
    asked = [pk for pk, batch in by_attempt.items() if any(e.kind is EventKind.DIALLING for e in batch)]
    dialled_on = {attempts[pk].trunk_id or 0 for pk in asked if pk in attempts}
    trunks = {t.pk: t for t in Trunk.objects.select_for_update().filter(id__in=dialled_on).order_by("id")}
    for attempt_id, batch in by_attempt.items():
        attempt = attempts.get(attempt_id)
        if attempt is None or not _belongs(attempt, node, batch) or not _take(attempt, batch, trunks, now):
            refused.append(attempt_id.hex)
    return list(dict.fromkeys(refused))


def _belongs(attempt: Attempt, node: str, batch: list[Event]) -> bool:
    return (
        attempt.node == node
        and attempt.state != Attempt.State.RELEASED
        and all(event.fence == attempt.fence for event in batch)
    )


def _take(attempt: Attempt, batch: list[Event], trunks: Mapping[int, Trunk], now: datetime) -> bool:
    stored = list(attempt.node_events.order_by("seq"))
    known = {row.seq for row in stored}
    new = {event.seq: event for event in batch if event.seq not in known}
    if not new:
        return True
    kinds = {event.kind for event in new.values()}
    if EventKind.DIALLING in kinds and attempt.state != Attempt.State.CLAIMED:
        return False  # the attempt is over; too late to start
    followup = FollowUp.objects.select_for_update().get(pk=attempt.followup_id)
    if attempt.state == Attempt.State.CLAIMED:
        # A node that asks and may not dial, or that died before it had asked: no INVITE has left.
        never_asked = EventKind.IN_DOUBT in kinds and EventKind.DIALLING not in kinds
        if never_asked or (EventKind.DIALLING in kinds and not _may_dial(attempt, followup, trunks, now)):
            give_back(attempt, followup, now)
            return False
    fresh = [
        AttemptEvent(
            attempt=attempt, seq=e.seq, kind=e.kind.value, at=datetime.fromisoformat(e.at), data=e.data
        )
        for e in sorted(new.values(), key=lambda event: event.seq)
    ]
    AttemptEvent.objects.bulk_create(fresh)
    story = read(Logged(r.seq, EventKind(r.kind), r.at, r.data) for r in [*stored, *fresh])
    if kinds - {EventKind.IN_DOUBT}:
        attempt.lease_until = now + LEASE
    if EventKind.DIALLING in kinds:
        followup.tries += 1
    before = attempt.state
    if before != Attempt.State.ENDED:  # an end is final
        attempt.state = story.state
    # By our own clock: how often somebody may be called must not hang on a node's.
    attempt.dialled_at = attempt.dialled_at or (now if EventKind.DIALLING in kinds else story.dialled_at)
    attempt.ringing_at = story.ringing_at
    attempt.answered_at = story.answered_at
    attempt.ended_at = story.ended_at
    attempt.cause = story.cause.value if story.cause else ""
    attempt.outcome, attempt.ending, attempt.tune = story.outcome, story.ending, story.tune
    attempt.sip_status, attempt.retry_after_s = story.sip_status, story.retry_after_s
    attempt.agent_wanted_at, attempt.bridged_at = story.agent_wanted_at, story.bridged_at
    attempt.risk, attempt.mood = story.risk or "", story.mood
    if story.state == "ended":
        attempt.settled_at = attempt.settled_at or now
    attempt.save()
    _converse(attempt, fresh, story)
    for row in fresh:
        if row.kind == EventKind.REFUSED:
            _refuse(attempt, row, now)
        elif row.kind == EventKind.STRANGER:
            _block_number(attempt, row, now)
    settle(attempt, followup, story, before=before, fresh=kinds, now=now)
    return True


def _may_dial(attempt: Attempt, followup: FollowUp, trunks: Mapping[int, Trunk], now: datetime) -> bool:
    """The gate and the trunk still allow this very contact at this moment.  Who calls us may always be
    answered."""
    if attempt.is_inbound:
        return True
    trunk = trunks[attempt.trunk_id or 0]

    def fault(number: str) -> str:
        if not allows(trunk.prefixes, number):
            return "prefix"
        # A call that was handed out as a trial began after the pause; one from before it must not begin.
        until = breaker_of(trunk).until
        if until is not None and attempt.claimed_at < until:
            return "paused"
        return fault_of(trunk) or ("full" if is_too_fast(trunk, now) else "")

    wish = gate.Wish(followup.customer_id, followup.purpose, (followup.due_at, followup.expires_at))
    answer = gate.ask([wish], now, Stage.CONTACT, fault, leave_out=attempt.pk)[0]
    attempt.verdict = answer.verdict.to_json()
    return answer.verdict.allowed


def _converse(attempt: Attempt, fresh: list[AttemptEvent], story: Story) -> None:
    """The conversation and its turns.  A turn may come before the ANSWERED that it belongs to."""
    spoken = [row for row in fresh if row.kind in (EventKind.SAID, EventKind.HEARD)]
    if not spoken and attempt.answered_at is None:
        return
    # Locked: an uploaded recording is noted in the same row.
    talk, _ = Conversation.objects.select_for_update().get_or_create(
        attempt=attempt, defaults={"started_at": attempt.answered_at or spoken[0].at}
    )
    talk.started_at = attempt.answered_at or talk.started_at
    talk.ended_at = attempt.ended_at
    talk.agent = story.agent
    talk.recording_seconds = story.recording_s
    talk.save()
    Turn.objects.bulk_create([_turn(talk, row) for row in spoken])


def _turn(talk: Conversation, row: AttemptEvent) -> Turn:
    data = row.data
    return Turn(
        conversation=talk,
        seq=row.seq,
        speaker="us" if row.kind == EventKind.SAID else "customer",
        text=str(data.get("text") or ""),
        key=str(data.get("key") or "")[:2],
        intent=str(data.get("intent") or "")[:40],
        confidence=_number(data.get("confidence")),
        emotion=str(data.get("emotion") or "")[:20],
        emotion_confidence=_number(data.get("emotion_confidence")),
        voice=voice_in(data),
        with_agent=data.get("by") == "agent_part",
        interrupted=data.get("interrupted") is True,
        article=str(data.get("article") or "")[:40],
        article_version=_milliseconds(data.get("article_version")) or None,
        start_ms=_milliseconds(data.get("start_ms")),
        end_ms=_milliseconds(data.get("end_ms")),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _milliseconds(value: object) -> int:
    return max(0, int(value)) if isinstance(value, int | float) else 0


def _refuse(attempt: Attempt, row: AttemptEvent, now: datetime) -> None:
    """「别再打电话」: stored at once, and every other contact that is due ends here."""
    _never_again(attempt, row)
    ask_gate_again(attempt.customer_id, now)


def _block_number(attempt: Attempt, row: AttemptEvent, now: datetime) -> None:
    """The number is somebody else's: it is not dialled any more.  Who has died is not contacted on any other either.

    Who called us has dialled a wrong number; it is not ours to block."""
    why = str(row.data.get("why") or "wrong")
    if not attempt.is_inbound:
        number_is_not_theirs(
            attempt.customer_id,
            why=why[:20],
            now=now,
            source=f"attempt:{attempt.pk.hex}",
            acting_user=system_user(),
        )
    if why == "deceased":
        _never_again(attempt, row)
    ask_gate_again(attempt.customer_id, now)


def _never_again(attempt: Attempt, row: AttemptEvent) -> None:
    record_refusal(
        attempt.customer_id,
        at=row.at,
        source="call",
        evidence=f"attempt:{attempt.pk.hex}",
        acting_user=system_user(),
        text=str(row.data.get("text") or ""),
    )
