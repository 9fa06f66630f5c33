"""The softphone's pages: going online, and who is ringing."""

from __future__ import annotations

from uuid import uuid4

import pytest

from huifang.clock import now
from huifang.people.models import AuditEntry, Softphone
from huifang.people.softphones import go_online


def test_an_offer_goes_in_and_the_answer_comes_out(world, client_of):
    client = client_of("agent")
    key = client.post("/softphone/line/", {"offer": "v=0\r\n"}).json()["key"]
    assert client.get(f"/softphone/line/?key={key}").json() == {"state": "waiting", "answer": ""}
    Softphone.objects.update(state="connecting", answer="v=0 answer")
    assert client.get(f"/softphone/line/?key={key}").json() == {"state": "connecting", "answer": "v=0 answer"}
    assert client_of("other_agent").get(f"/softphone/line/?key={key}").status_code == 404
    assert client.get(f"/softphone/line/?key={uuid4()}").status_code == 404
    assert AuditEntry.objects.get(action="softphone.go_online").acting_user == world.users["agent"]


def test_nonsense_is_answered_with_a_sentence_not_a_crash(world, client_of):
    client = client_of("agent")
    for offer in ("", "hello", "v=0" + "x" * 30_000):
        reply = client.post("/softphone/line/", {"offer": offer})
        assert reply.status_code == 400
        assert "软电话" in reply.content.decode()
    assert client.get("/softphone/line/?key=1").status_code == 400
    assert not Softphone.objects.exists()


def test_the_card_says_who_it_is_and_where_to_read_on(world, client_of):
    card = client_of("agent").get(f"/softphone/calls/{world.call.pk}/").json()
    assert card == {
        "name": "李女士",
        "number": "138****5678",
        "store": "静安店",
        "plan": "首单后3天回访",
        "reason": card["reason"],
        "customer_url": f"/customers/{world.customer.pk}/",
        "call_url": f"/calls/{world.call.pk}/",
    }


def test_a_customer_of_another_store_is_known_while_they_ring_and_only_to_whom_they_ring(world, client_of):
    address = f"/softphone/calls/{world.call.pk}/"
    client = client_of("other_agent")
    assert client.get(address).status_code == 404
    phone = go_online(user=world.users["other_agent"], offer="v=0", now=now())
    assert client.get(address).status_code == 404
    Softphone.objects.filter(pk=phone.pk).update(state="ringing", attempt=world.call.pk)
    card = client.get(address).json()
    assert (card["name"], card["number"], card["customer_url"], card["call_url"]) == (
        "李女士", "138****5678", "", "",
    )  # fmt: skip
    assert client.get(f"/softphone/calls/{world.doubtful.pk}/").status_code == 404
    Softphone.objects.filter(pk=phone.pk).update(state="ready", attempt=None)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["agent", "supervisor", "store_supervisor"])
def test_the_frame_leads_those_who_take_calls_to_the_softphone(world, client_of, name):
    assert 'href="/softphone/"' in client_of(name).get("/customers/").content.decode()


def test_administrators_take_no_calls(world, client_of):
    assert 'href="/softphone/"' not in client_of("admin").get("/customers/").content.decode()


def test_signing_out_takes_the_phone_offline(world, client_of):
    client = client_of("agent")
    client.post("/softphone/line/", {"offer": "v=0"})
    client.post("/logout/")
    assert Softphone.objects.get().state == "offline"
    assert AuditEntry.objects.filter(action="softphone.go_offline").count() == 1
