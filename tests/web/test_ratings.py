"""What single customers rated and said is for leads, and for the agent in whose hands the call is."""

from __future__ import annotations

import pytest

from huifang.clock import now
from huifang.followups.models import Conversation
from huifang.people.models import Softphone
from huifang.people.reach import reach_of
from huifang.people.softphones import go_online
from huifang.reports.board import board_now
from huifang.tickets.models import Ticket

from .test_softphone import answers, ring
from .world import World

SCORE = 'data-score="2"'
WORDS = "店员爱理不理的"


def seen(client, world: World) -> dict[str, bool]:
    """Where the rating or the words of the world's call can be found by whoever is signed in."""
    pages = {
        "customers": "/customers/",
        "customer": f"/customers/{world.customer.pk}/",
        "calls": "/calls/",
        "call": f"/calls/{world.call.pk}/",
    }
    found = {}
    for name, address in pages.items():
        reply = client.get(address)
        assert reply.status_code == 200
        page = reply.content.decode()
        found[name] = SCORE in page or WORDS in page or "打了2分" in page.split("工单")[0] or "评分 2" in page
    found["recording"] = client.get(f"/calls/{world.call.pk}/recording/").status_code == 200
    return found


@pytest.fixture
def nobodys(world: World) -> World:
    """The call and its ticket are in other hands than the agent's, and the customer's facts tell the rating."""
    Ticket.objects.update(owner=world.users["supervisor"], title="李女士打分较低")
    world.customer.facts.last_score = 2
    world.customer.facts.last_rated_at = now()
    world.customer.facts.save()
    return world


@pytest.mark.parametrize("name", ["admin", "supervisor"])
def test_leads_read_every_rating_within_their_reach(nobodys, client_of, name):
    assert set(seen(client_of(name), nobodys).values()) == {True}


def test_an_agent_reads_no_rating_that_is_not_in_their_hands(nobodys, client_of):
    client = client_of("agent")
    assert set(seen(client, nobodys).values()) == {False}
    assert "/calls/" + str(nobodys.call.pk) in client.get("/calls/?score=5").content.decode(), (
        "a filter by score would tell the score"
    )
    assert client.get(f"/softphone/calls/{nobodys.call.pk}/live/").status_code == 404
    assert "♪" not in client.get("/calls/").content.decode(), "the tune was chosen by the rating"


@pytest.mark.parametrize("how", ["took the call", "owns its ticket", "has it on the softphone"])
def test_an_agent_reads_the_call_in_their_hands(nobodys, client_of, how):
    if how == "took the call":
        Conversation.objects.filter(pk=nobodys.call.pk).update(agent="agent")
    elif how == "owns its ticket":
        Ticket.objects.filter(attempt=nobodys.call.pk).update(owner=nobodys.users["agent"])
    else:
        phone = go_online(user=nobodys.users["agent"], offer="v=0", now=now())
        Softphone.objects.filter(pk=phone.pk).update(attempt=nobodys.call.pk)
    places = seen(client_of("agent"), nobodys)
    assert places == {"customers": False, "customer": False, "calls": True, "call": True, "recording": True}
    assert client_of("agent").get(f"/softphone/calls/{nobodys.call.pk}/live/").status_code == 200


def test_the_board_tells_counts_to_all_and_single_ratings_to_leads(nobodys):
    users = nobodys.users
    boards = {name: board_now(reach_of(users[name]), now()) for name in ("supervisor", "agent")}
    assert [b["scores"] for b in boards.values()] == [[0, 1, 0, 0, 0]] * 2
    assert {name: (b["endings"][0]["score"], b["endings"][0]["tune"]) for name, b in boards.items()} == {
        "supervisor": (2, "rain"),
        "agent": (None, ""),
    }
    assert reach_of(users["agent"]) != reach_of(users["store_supervisor"]), "each has a stream of their own"


def test_an_agent_hears_of_earlier_ratings_only_of_whom_they_talk_with(nobodys, client_of):
    call = ring(nobodys)
    address = f"/softphone/calls/{call.pk}/"
    assert [one["score"] for one in client_of("agent").get(address).json()["calls"]] == [None]
    answers(nobodys, call)
    assert [one["score"] for one in client_of("agent").get(address).json()["calls"]] == [2]
