from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from huifang.customers.models import Consent, ContactPoint, CustomerEvent, CustomerFacts
from huifang.errors import Conflict
from huifang.followups.claiming import claim_orders
from huifang.followups.leases import release_silent_nodes
from huifang.followups.models import Attempt, Conversation, FollowUp
from huifang.followups.reporting import take_events
from huifang.followups.settling import Finding, resolve_in_doubt
from huifang.logic.voice_line import Event, EventKind
from huifang.people.models import AuditEntry
from huifang.surveys.models import Answer
from huifang.tickets.models import Ticket

from .conftest import NOW

pytestmark = pytest.mark.django_db


class Call:
    """A node's side of one attempt."""

    def __init__(self, order):
        self.order, self.seq = order, 0

    def event(self, kind, after=0, /, **data):
        self.seq += 1
        at = (NOW + timedelta(seconds=after)).isoformat()
        return Event(self.order.attempt_id, self.order.fence, self.seq, EventKind(kind), at, data)

    def send(self, kind, after=0, /, **data):
        return send(self.event(kind, after, **data), after=after)

    def answered(self):
        for second, kind in enumerate(("dialling", "ringing", "answered"), 1):
            assert self.send(kind, second) == []
        return self


def send(*events, node="n1", after=0):
    return take_events(node=node, events=events, now=NOW + timedelta(seconds=after))


@pytest.fixture
def call(followup, trunk, agent):
    followup()
    (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)
    return Call(order)


def rate(score):
    return {"item": "rating", "code": f"s{score}", "key": str(6 - score), "score": score, "channel": "key"}


def test_a_call_from_ring_to_rating_lands_in_every_room(call):
    call.answered()
    call.send("said", 4, text="您好", step="opening", start_ms=0, end_ms=900)
    call.send("heard", 6, text="", key="1", intent="choice", confidence=1.0, start_ms=2000, end_ms=2000)
    call.send("answer", 6, **rate(5))
    call.send("recording", 19, seconds=15.0, bytes=1)
    call.send(
        "ended", 20, cause="completed", outcome="completed", ending="very_satisfied", tune="bright_piano"
    )
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.cause, attempt.tune) == ("ended", "completed", "bright_piano")
    assert attempt.answered_at == NOW + timedelta(seconds=3)
    assert attempt.followup.state == "done"
    assert attempt.followup.tries == 1
    talk = Conversation.objects.get()
    assert [(t.speaker, t.key) for t in talk.turns.order_by("seq")] == [("us", ""), ("customer", "1")]
    assert talk.recording_seconds == 15.0
    assert Answer.objects.get().score == 5
    facts = CustomerFacts.objects.get()
    assert (facts.last_score, facts.last_contacted_at) == (5, attempt.answered_at)
    assert CustomerEvent.objects.filter(kind="call.ended").count() == 1
    assert not Ticket.objects.exists()


def test_sending_twice_changes_nothing(call):
    call.answered()
    batch = [call.event("answer", 5, **rate(1)), call.event("ended", 6, cause="completed")]
    assert send(*batch) == []
    assert send(*batch) == []
    assert Attempt.objects.get().node_events.count() == 5
    assert CustomerEvent.objects.filter(kind="call.ended").count() == 1
    assert Ticket.objects.count() == 1


def test_late_events_are_put_in_their_place(call):
    call.send("dialling", 1)
    ringing, answered = call.event("ringing", 2), call.event("answered", 3)
    said, answer = call.event("said", 4, text="您好"), call.event("answer", 5, **rate(4))
    ended = call.event("ended", 9, cause="completed", outcome="completed")
    for event in (ended, answer, said, answered, ringing):
        assert send(event) == []
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.ringing_at) == ("ended", NOW + timedelta(seconds=2))
    assert attempt.conversation.started_at == NOW + timedelta(seconds=3)
    assert CustomerFacts.objects.get().last_score == 4


def test_a_stale_fence_another_node_and_an_unknown_attempt_are_refused(call):
    stale = Event(call.order.attempt_id, 7, 1, EventKind.DIALLING, NOW.isoformat())
    assert send(stale) == [call.order.attempt_id]
    assert send(call.event("dialling"), node="n2") == [call.order.attempt_id]
    stranger = Event("0" * 32, 1, 1, EventKind.DIALLING, NOW.isoformat())
    assert send(stranger) == ["0" * 32]
    assert Attempt.objects.get().state == "claimed"
    assert not Attempt.objects.get().node_events.exists()


def test_dialling_is_refused_when_the_hours_are_over(call):
    assert call.send("dialling", 2 * 3600 + 1) == [call.order.attempt_id]
    attempt = Attempt.objects.get()
    assert attempt.state == "released"
    assert (attempt.followup.state, attempt.followup.due_at) == ("due", NOW + timedelta(hours=4))


def test_dialling_is_refused_after_a_refusal(call):
    Consent.objects.create(
        customer=Attempt.objects.get().customer, purpose="", granted=False, source="desk", at=NOW
    )
    assert call.send("dialling") == [call.order.attempt_id]
    assert FollowUp.objects.get().state == "skipped"


def test_dialling_is_refused_once_the_order_went_back(call):
    release_silent_nodes(NOW + timedelta(minutes=1))
    assert call.send("dialling") == [call.order.attempt_id]
    assert FollowUp.objects.get().state == "due"


def test_an_answer_taken_back_is_gone_and_a_new_one_replaces_it(call):
    call.answered()
    call.send("answer", 5, **rate(1))
    call.send("answer", 6, **rate(1), undone=True)
    assert not Answer.objects.exists()
    call.send("answer", 7, **rate(5))
    call.send("ended", 9, cause="completed")
    assert Answer.objects.get().score == 5
    assert not Ticket.objects.exists()


def test_a_refusal_is_stored_at_once_and_ends_other_follow_ups(call, followup):
    other = followup(FollowUp.objects.get().customer)
    call.answered()
    call.send("refused", 5, text="别再打电话了")
    consent = Consent.objects.get()
    assert (consent.purpose, consent.granted, consent.evidence) == (
        "",
        False,
        f"attempt:{call.order.attempt_id}",
    )
    other.refresh_from_db()
    assert other.state == "skipped"
    assert CustomerEvent.objects.filter(kind="consent.refused").exists()


def test_a_low_score_opens_a_ticket_for_an_agent_of_the_store(call, agent):
    call.answered()
    call.send("answer", 5, **rate(2))
    assert not Ticket.objects.exists()  # the customer may still take it back
    call.send("ended", 9, cause="hung_up", outcome="hung_up")
    ticket = Ticket.objects.get()
    assert (ticket.cause, ticket.owner, ticket.attempt) == ("low_score", agent, UUID(call.order.attempt_id))
    assert ticket.due_at == NOW + timedelta(minutes=30, seconds=9)
    assert AuditEntry.objects.filter(action="tickets.open").count() == 1
    assert FollowUp.objects.get().state == "done"


def test_a_promised_callback_and_a_low_score_are_one_ticket(call):
    call.answered()
    call.send("answer", 5, **rate(1))
    call.send("transfer_failed", 20, agent="amy", cause="no_answer")
    due = NOW + timedelta(hours=2, minutes=15)  # in the lunch break
    call.send("promise", 21, kind="callback", due_at=due.isoformat(), text="今天中午十二点一刻")
    ticket = Ticket.objects.get()
    assert ticket.cause == "callback"
    call.send("ended", 30, cause="completed", outcome="completed")
    ticket = Ticket.objects.get()
    assert ticket.cause == "low_score"
    assert ticket.due_at == NOW + timedelta(hours=4)
    assert "今天中午十二点一刻" in ticket.detail


def test_who_took_the_call_over_owns_the_ticket(call, agent):
    from huifang.people.models import User

    bob = User.objects.create(username="bob", role="agent", store=agent.store)
    call.answered()
    call.send("answer", 5, **rate(1))
    call.send("bridged", 12, agent="bob")
    call.send("ended", 90, cause="completed", outcome="transferred")
    assert Ticket.objects.get().owner == bob
    assert Conversation.objects.get().agent == "bob"


@pytest.mark.parametrize(
    ("cause", "minutes"),
    [("busy", 30), ("no_answer", 240), ("network", 10), ("powered_off", 23 * 60), ("declined", 23 * 60)],
)
def test_each_cause_has_its_own_way_to_try_again(call, cause, minutes):
    call.send("dialling", 0)
    call.send("ended", 0, cause=cause)
    followup = FollowUp.objects.get()
    # Two hours after ten lies in the lunch break; another day starts at nine.
    assert (followup.state, followup.due_at) == ("due", NOW + timedelta(minutes=minutes))


def test_an_empty_number_is_not_called_again(call, followup):
    call.send("dialling")
    call.send("ended", cause="empty_number")
    assert FollowUp.objects.get().state == "failed"
    assert ContactPoint.objects.get().dead_since == NOW


def test_no_try_is_made_beyond_the_window(call):
    FollowUp.objects.update(expires_at=NOW + timedelta(minutes=20))
    call.send("dialling")
    call.send("ended", cause="busy")
    followup = FollowUp.objects.get()
    assert followup.state == "failed"
    assert any(not r["passed"] and r["name"] == "window" for r in followup.verdict["rules"])


def test_the_third_call_that_nobody_answers_is_the_last(call):
    at = NOW
    for days in range(3):
        at = NOW + timedelta(days=days)
        if days:
            FollowUp.objects.update(due_at=at, expires_at=at + timedelta(days=3))
            (order,) = claim_orders(node="n1", free=1, active=[], now=at)
            call = Call(order)
        offset = int((at - NOW).total_seconds())
        call.send("dialling", offset)
        call.send("ended", offset + 30, cause="no_answer")
    assert (FollowUp.objects.get().state, FollowUp.objects.get().tries) == ("failed", 3)


def test_a_silent_node_s_calls_are_in_doubt_and_never_due_by_themselves(call):
    call.send("dialling")
    assert release_silent_nodes(NOW + timedelta(minutes=5))["in_doubt"] == 1
    assert Attempt.objects.get().state == FollowUp.objects.get().state == "in_doubt"
    assert claim_orders(node="n2", free=5, active=[], now=NOW + timedelta(minutes=6)) == []
    assert release_silent_nodes(NOW + timedelta(hours=5)) == {"released": 0, "in_doubt": 0}


def test_a_low_score_of_a_call_in_doubt_still_opens_a_ticket(call):
    call.answered()
    call.send("answer", 5, **rate(1))
    release_silent_nodes(NOW + timedelta(minutes=5))
    assert Ticket.objects.get().cause == "low_score"


def test_the_journal_s_end_settles_what_was_in_doubt(call):
    call.answered()
    release_silent_nodes(NOW + timedelta(minutes=5))
    assert call.send("ended", 300, cause="completed", outcome="completed") == []
    assert (Attempt.objects.get().state, FollowUp.objects.get().state) == ("ended", "done")


def test_a_node_that_was_only_slow_gets_its_call_back(call):
    call.send("dialling")
    release_silent_nodes(NOW + timedelta(minutes=5))
    assert call.send("answered", 301) == []
    assert (Attempt.objects.get().state, FollowUp.objects.get().state) == ("talking", "claimed")


def test_a_node_that_died_before_asking_gives_the_order_back(call):
    assert call.send("in_doubt") == [call.order.attempt_id]
    assert (Attempt.objects.get().state, FollowUp.objects.get().state) == ("released", "due")


def test_a_node_that_died_while_dialling_leaves_a_doubt(call):
    call.send("dialling")
    assert call.send("in_doubt") == []
    assert (Attempt.objects.get().state, FollowUp.objects.get().state) == ("in_doubt", "in_doubt")


@pytest.mark.parametrize(
    ("finding", "state", "contacts"),
    [("reached", "done", 1), ("not_reached", "due", 1), ("not_dialled", "due", 0)],
)
def test_a_person_settles_a_doubt_for_good(call, agent, finding, state, contacts):
    call.send("dialling")
    call.send("in_doubt")
    attempt = Attempt.objects.get()
    when = NOW + timedelta(minutes=1)
    resolve_in_doubt(attempt.pk, finding=Finding(finding), acting_user=agent, now=when)
    assert (FollowUp.objects.get().state, FollowUp.objects.get().tries) == (state, contacts)
    assert Attempt.objects.filter(dialled_at__isnull=False).count() == contacts
    assert AuditEntry.objects.filter(action="followups.resolve_in_doubt", acting_user=agent).count() == 1
    assert call.send("ended", cause="completed") == [call.order.attempt_id]
    with pytest.raises(Conflict):
        resolve_in_doubt(attempt.pk, finding=Finding.REACHED, acting_user=agent, now=NOW)


def test_a_node_that_lets_go_before_dialling_does_not_get_the_order_again_at_once(call):
    assert call.send("ended", cause="stopped") == []
    followup = FollowUp.objects.get()
    assert (followup.state, followup.tries, followup.due_at) == ("due", 0, NOW + timedelta(minutes=1))
