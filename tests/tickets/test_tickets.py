from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from huifang.customers.models import Customer, CustomerEvent
from huifang.errors import Conflict, NotFound
from huifang.people.models import AuditEntry, Role, Store, User
from huifang.tickets.actions import note_overdue, open_ticket, reassign, resolve
from huifang.tickets.models import Ticket
from huifang.tickets.queries import owner_for

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return Store.objects.create(code="S1", name="南京路店")


@pytest.fixture
def amy(store):
    return User.objects.create(username="amy", role=Role.AGENT, store=store)


@pytest.fixture
def make(store, amy):
    customer = Customer.objects.create(name="李娜", store=store, created_at=NOW, updated_at=NOW)

    def make(key="attempt:1", **more):
        values = {
            "key": key,
            "customer_id": customer.pk,
            "store_id": store.pk,
            "cause": "callback",
            "title": "t",
            "detail": "d",
            "due_at": NOW + timedelta(hours=2),
            "now": NOW,
            "acting_user": amy,
            **more,
        }
        return open_ticket(**values)

    return make


def test_a_ticket_goes_to_the_agent_of_the_store_with_the_least_to_do(make, store, amy):
    bob = User.objects.create(username="bob", role=Role.AGENT, store=store)
    User.objects.create(username="else", role=Role.AGENT, store=Store.objects.create(code="S2", name="x"))
    assert [make(f"k{n}").owner for n in range(4)] == [amy, bob, amy, bob]


def test_without_agents_somebody_else_owns_it_and_without_anybody_it_is_kept_all_the_same(amy, store):
    boss = User.objects.create(username="boss", role=Role.SUPERVISOR)
    amy.is_active = False
    amy.save()
    assert owner_for(store.pk) == boss
    User.objects.update(is_active=False)
    assert owner_for(store.pk).username == "system"


def test_one_cause_opens_one_ticket_that_takes_the_newer_words(make):
    first = make()
    again = make(cause="low_score", title="worse", due_at=NOW + timedelta(hours=9))
    assert first.pk == again.pk
    assert (again.cause, again.title, again.due_at) == ("low_score", "worse", NOW + timedelta(hours=2))
    assert AuditEntry.objects.filter(action="tickets.open").count() == 1
    assert CustomerEvent.objects.filter(kind="ticket.opened").count() == 1


def test_resolving_needs_words_and_happens_once(make, amy):
    ticket = make()
    with pytest.raises(Conflict):
        resolve(ticket.pk, resolution="  ", acting_user=amy, now=NOW)
    resolve(ticket.pk, resolution=" 已换货 ", acting_user=amy, now=NOW)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.resolution, ticket.resolved_at) == ("resolved", "已换货", NOW)
    assert AuditEntry.objects.filter(action="tickets.resolve", acting_user=amy).count() == 1
    with pytest.raises(Conflict):
        resolve(ticket.pk, resolution="x", acting_user=amy, now=NOW)
    make(title="late")  # the call's late events do not open it again
    assert Ticket.objects.get().title == "t"
    with pytest.raises(NotFound):
        resolve(0, resolution="x", acting_user=amy, now=NOW)


def test_reassigning_is_on_record(make, amy):
    boss = User.objects.create(username="boss", role=Role.SUPERVISOR)
    gone = User.objects.create(username="gone", is_active=False)
    ticket = make()
    reassign(ticket.pk, owner=boss, acting_user=amy, now=NOW)
    assert Ticket.objects.get().owner == boss
    assert AuditEntry.objects.get(action="tickets.reassign").data == {"before": "amy", "after": "boss"}
    with pytest.raises(Conflict):
        reassign(ticket.pk, owner=gone, acting_user=amy, now=NOW)


def test_overdue_is_noted_once(make, amy):
    make("k1"), make("k2", due_at=NOW + timedelta(days=1))
    later = NOW + timedelta(hours=3)
    assert note_overdue(now=later, acting_user=amy) == 1
    assert note_overdue(now=later, acting_user=amy) == 0
    assert CustomerEvent.objects.filter(kind="ticket.overdue").count() == 1
