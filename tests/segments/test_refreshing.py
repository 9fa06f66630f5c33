"""Segments follow the facts: joiners, leavers, events, and nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huifang.conditions.query import query
from huifang.customers.facts import are_facts_stale, refresh_facts
from huifang.customers.fields import CUSTOMER_FIELDS
from huifang.customers.importing import import_file
from huifang.customers.models import Customer, CustomerEvent
from huifang.demo.sample import DATA, DEMO_START, DORMANT_DUE, FIRST_ORDER_DUE
from huifang.logic.condition import closure, from_json
from huifang.people.audit import system_user
from huifang.people.models import AuditEntry
from huifang.segments.models import Membership, Segment
from huifang.segments.refreshing import Change, refresh_segment, refresh_segments
from huifang.segments.shipped import SHIPPED, install_shipped
from huifang.work.handlers import find_handler

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain() -> None:
    for name in ("customers.csv", "orders.csv"):
        import_file(DATA / name, acting_user=system_user(), now=DEMO_START)
    install_shipped(acting_user=system_user())


def test_the_shipped_segments_are_made_once_and_somebodys_changes_stay(chain):
    Segment.objects.filter(slug="lost").update(name="走了的")
    assert install_shipped(acting_user=system_user()) == []
    assert Segment.objects.count() == len(SHIPPED)
    assert Segment.objects.get(slug="lost").name == "走了的"
    assert AuditEntry.objects.filter(action="segments.create").count() == len(SHIPPED)


def test_members_are_the_customers_for_whom_the_tree_holds(chain):
    changes = refresh_segments(DEMO_START, acting_user=system_user())
    assert all(change.left == 0 for change in changes)
    everybody = list(Customer.objects.select_related("facts", "store"))
    for segment in Segment.objects.all():
        holds = closure(from_json(segment.tree))
        expected = {c.pk for c in everybody if holds(CUSTOMER_FIELDS.facts(c))}
        assert set(segment.memberships.values_list("customer_id", flat=True)) == expected
    sizes = {change.segment: change.joined for change in changes}
    assert sizes["first-order-followup"] == FIRST_ORDER_DUE
    assert sizes["dormant-60"] >= DORMANT_DUE
    assert all(size > 0 for slug, size in sizes.items() if slug != "dissatisfied")


def test_a_second_refresh_finds_nobody_new(chain):
    refresh_segments(DEMO_START, acting_user=system_user())
    events = CustomerEvent.objects.count()
    again = refresh_segments(DEMO_START, acting_user=system_user())
    assert all((change.joined, change.left) == (0, 0) for change in again)
    assert CustomerEvent.objects.count() == events


def test_who_no_longer_fits_leaves_with_an_event(chain):
    refresh_segments(DEMO_START, acting_user=system_user())
    segment = Segment.objects.get(slug="first-order-followup")
    before = set(segment.memberships.values_list("customer_id", flat=True))
    later = DEMO_START + timedelta(days=6)
    refresh_facts(later)
    change = refresh_segment(segment, later, acting_user=system_user())
    assert change.left == len(before)
    left = CustomerEvent.objects.filter(kind="segment.left", source=f"segment:{segment.pk}")
    assert set(left.values_list("customer_id", flat=True)) == before
    assert left.first().data == {"segment": "first-order-followup", "name": "首单后3至5天"}
    segment.refresh_from_db()
    assert segment.refreshed_at == later


def test_one_joins_when_a_fact_changes(chain):
    refresh_segments(DEMO_START, acting_user=system_user())
    customer = Customer.objects.filter(query(from_json({"known": "recency_days"}), CUSTOMER_FIELDS)).first()
    customer.facts.last_score = 1
    customer.facts.save()
    change = refresh_segment(Segment.objects.get(slug="dissatisfied"), DEMO_START, acting_user=system_user())
    assert change == Change("dissatisfied", joined=1, left=0)
    assert Membership.objects.get(segment__slug="dissatisfied").customer == customer


def test_the_recurring_duty_makes_the_segments_and_follows_the_calendar(chain):
    Segment.objects.all().delete()
    duty = find_handler("huifang.segments.jobs:refresh_everybody")
    duty({}, DEMO_START)
    due = Membership.objects.filter(segment__slug="first-order-followup")
    assert due.count() == FIRST_ORDER_DUE
    assert not are_facts_stale(DEMO_START)
    tomorrow_early = DEMO_START + timedelta(hours=14, minutes=1)
    assert are_facts_stale(tomorrow_early)
    duty({}, tomorrow_early)
    assert not are_facts_stale(tomorrow_early)
    assert 0 < due.count() < FIRST_ORDER_DUE
