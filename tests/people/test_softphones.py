"""Presence: who is online, who may be rung, and what a gateway is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huifang.logic.softphone_line import GatewayReport, Phone, PhoneState
from huifang.people.models import AuditEntry, Role, Softphone, Store, User
from huifang.people.softphones import (
    ALIVE_FOR,
    OFFER_FOR,
    OfferUnusable,
    experts_on_duty,
    go_offline,
    go_online,
    people_on_duty,
    phone_of,
    take_report,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
ATTEMPT = "c" * 32


@pytest.fixture
def amy() -> User:
    store = Store.objects.create(code="S1", name="南京路店")
    return User.objects.create(username="amy", role=Role.AGENT, store=store, sip_uri="sip:amy@127.0.0.1:5099")


def report(*phones: Phone, gateway: str = "g1", refused: tuple[str, ...] = (), now: datetime = NOW) -> Any:
    return take_report(GatewayReport(gateway, list(phones), list(refused)), now=now)


def phone(row: Softphone, state: PhoneState = PhoneState.READY, attempt: str = "") -> Phone:
    return Phone(row.key.hex, state, f"sip:{row.key.hex}@192.0.2.5:5070", "v=0 answer", attempt)


def to_ring(at: datetime) -> list[User]:
    return [person for person in people_on_duty(at) if person.sip_uri]


def acts(user: User) -> list[str]:
    rows = AuditEntry.objects.filter(acting_user=user).order_by("id")
    return [row.action.removeprefix("softphone.") for row in rows]


def test_an_offer_is_given_out_until_it_is_named_and_to_one_gateway_only(amy: User) -> None:
    row = go_online(user=amy, offer="v=0 offer", now=NOW)
    for _ in range(2):  # the first answer was lost
        assert [(o.key, o.sdp) for o in report().offers] == [(row.key.hex, "v=0 offer")]
    assert report(gateway="g2").offers == []
    assert report(phone(row, PhoneState.CONNECTING)).offers == []
    found = phone_of(amy, row.key)
    assert found is not None
    assert (found.state, found.answer) == ("connecting", "v=0 answer")


def test_an_offer_that_is_too_old_is_nobodys(amy: User) -> None:
    go_online(user=amy, offer="v=0 offer", now=NOW)
    assert report(now=NOW + OFFER_FOR).offers == []


def test_a_ready_softphone_goes_before_the_desk_phone(amy: User) -> None:
    assert [p.sip_uri for p in to_ring(NOW)] == ["sip:amy@127.0.0.1:5099"]
    row = go_online(user=amy, offer="v=0 offer", now=NOW)
    report()
    assert [p.sip_uri for p in to_ring(NOW)] == ["sip:amy@127.0.0.1:5099"]  # not there yet
    report(phone(row))
    assert [p.sip_uri for p in to_ring(NOW)] == [f"sip:{row.key.hex}@192.0.2.5:5070"]
    amy.refresh_from_db()
    assert amy.sip_uri == "sip:amy@127.0.0.1:5099"


@pytest.mark.parametrize("state", [PhoneState.PAUSED, PhoneState.RINGING, PhoneState.TALKING])
def test_whoever_is_busy_or_takes_no_calls_is_not_rung(amy: User, state: PhoneState) -> None:
    row = go_online(user=amy, offer="v=0 offer", now=NOW)
    report()
    report(phone(row, state))
    assert to_ring(NOW) == []
    assert (people_on_duty(NOW) == [amy]) == (state is not PhoneState.PAUSED)


def test_a_phone_of_which_nothing_is_heard_is_not_rung(amy: User) -> None:
    amy.sip_uri = ""
    amy.save()
    row = go_online(user=amy, offer="v=0 offer", now=NOW)
    report()
    report(phone(row))
    later = NOW + ALIVE_FOR - timedelta(seconds=1)
    assert len(to_ring(later)) == 1
    assert to_ring(NOW + ALIVE_FOR) == []
    report(phone(row), now=later)
    assert len(to_ring(NOW + ALIVE_FOR)) == 1


def test_supervisors_take_calls_only_while_they_are_online_and_administrators_never(amy: User) -> None:
    lead = User.objects.create(username="lead", role=Role.SUPERVISOR, sip_uri="sip:lead@127.0.0.1:5098")
    User.objects.create(username="boss", role=Role.ADMIN, sip_uri="sip:boss@127.0.0.1:5097")
    assert [p.username for p in to_ring(NOW)] == ["amy"]
    row = go_online(user=lead, offer="v=0 offer", now=NOW)
    report()
    report(phone(row))
    assert [p.username for p in to_ring(NOW)] == ["amy", "lead"]


def test_a_phone_that_is_not_named_any_more_is_offline(amy: User) -> None:
    row = go_online(user=amy, offer="v=0 offer", now=NOW)
    report()
    report(phone(row))
    report(gateway="g2")
    assert len(to_ring(NOW)) == 1
    report()
    row.refresh_from_db()
    assert row.state == "offline"
    assert acts(amy) == ["go_online", "go_offline"]


def test_going_online_elsewhere_closes_the_old_window(amy: User) -> None:
    old = go_online(user=amy, offer="v=0 offer", now=NOW)
    report()
    report(phone(old))
    new = go_online(user=amy, offer="v=0 another", now=NOW)
    told = report(phone(old))
    assert told.closed == [old.key.hex]
    assert [offer.key for offer in told.offers] == [new.key.hex]
    assert phone_of(amy, old.key) is None


def test_signing_out_and_closing_an_account_put_the_phone_away(amy: User) -> None:
    row = go_online(user=amy, offer="v=0 offer", now=NOW)
    report()
    report(phone(row))
    go_offline(user=amy)
    go_offline(user=amy)
    assert report(phone(row)).closed == [row.key.hex]
    again = go_online(user=amy, offer="v=0 offer", now=NOW)
    report()
    report(phone(again))
    User.objects.filter(pk=amy.pk).update(is_active=False)
    assert to_ring(NOW) == []
    assert report(phone(again)).closed == [again.key.hex]
    assert acts(amy) == ["go_online", "go_offline", "go_online", "go_offline"]


def test_what_a_person_does_with_the_phone_is_in_the_audit_trail(amy: User) -> None:
    row = go_online(user=amy, offer="v=0 offer", now=NOW)
    report()
    for state, attempt in [
        (PhoneState.CONNECTING, ""), (PhoneState.READY, ""), (PhoneState.PAUSED, ""), (PhoneState.PAUSED, ""),
        (PhoneState.READY, ""), (PhoneState.RINGING, ATTEMPT), (PhoneState.READY, ""),
        (PhoneState.RINGING, ATTEMPT), (PhoneState.TALKING, ATTEMPT), (PhoneState.TALKING, ATTEMPT),
        (PhoneState.READY, ""),
    ]:  # fmt: skip
        report(phone(row, state, attempt))
    assert acts(amy) == ["go_online", "pause", "resume", "answer"]
    assert AuditEntry.objects.get(action="softphone.answer").data == {"attempt": ATTEMPT}


def test_a_browser_that_the_gateway_cannot_use_is_told(amy: User) -> None:
    row = go_online(user=amy, offer="v=0 offer", now=NOW)
    report()
    assert report(refused=(row.key.hex,)).offers == []
    found = phone_of(amy, row.key)
    assert found is not None
    assert found.state == "refused"


@pytest.mark.parametrize("offer", ["", "hello", "v=0\r\n" + "a=x\r\n" * 5000, "v=0 \u0000é"])
def test_an_offer_that_is_none_is_refused_in_a_sentence(amy: User, offer: str) -> None:
    with pytest.raises(OfferUnusable):
        go_online(user=amy, offer=offer, now=NOW)


def test_an_idle_gateway_costs_two_questions_and_no_write(amy: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        report()


def test_experts_are_supervisors_at_a_phone_on_the_desk_or_in_the_browser(amy: User) -> None:
    assert experts_on_duty(NOW) == []
    amy.role = "supervisor"
    amy.save()
    assert [p.sip_uri for p in experts_on_duty(NOW)] == ["sip:amy@127.0.0.1:5099"]
    assert people_on_duty(NOW) == []  # no customer is handed to them unasked
    row = go_online(user=amy, offer="v=0 offer", now=NOW)
    report()
    report(phone(row))
    assert [p.sip_uri for p in experts_on_duty(NOW)] == [f"sip:{row.key.hex}@192.0.2.5:5070"]
