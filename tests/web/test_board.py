from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from huifang.clock import now
from huifang.followups.models import Attempt, FollowUp, Trunk, VoiceNode
from huifang.people.reach import Reach
from huifang.reports import stream
from huifang.reports.board import board_now
from huifang.reports.stream import BoardFeed
from huifang.surveys.models import Answer, Response
from huifang.tickets.models import Ticket
from web.world import add_call

ALL = Reach(True, ratings=True)


def test_the_board_tells_all_free_seats_of_a_node_not_only_those_it_asks_to_fill_at_once(world):
    VoiceNode.objects.update(free=12, stats={"seats": 60, "active": 10})
    assert [node["free"] for node in board_now(ALL, now())["nodes"]] == [50]


def test_the_board_names_what_somebody_should_look_at(world):
    at = now()
    assert board_now(ALL, at)["alerts"] == []
    Trunk.objects.update(breaker_since=at, breaker_until=at + timedelta(seconds=30))
    VoiceNode.objects.update(seen_at=at, stats={"alerts": [{"code": "disk_full"}]})
    calls = [
        add_call(
            world.customer, world.plan, world.script, world.trunk, at - timedelta(milliseconds=n), score=5
        )
        for n in range(20)
    ]
    Attempt.objects.update(agent_wanted_at=at, bridged_at=at)
    Attempt.objects.filter(pk=calls[0].pk).update(bridged_at=None)
    assert board_now(ALL, at)["alerts"] == [
        {"code": "trunk_paused", "about": "虚拟线路"},
        {"code": "disk_full", "about": "node-1"},
        {"code": "found_nobody", "about": "1/21"},
    ]
    Trunk.objects.update(is_active=False)
    assert board_now(ALL, at)["alerts"][0]["code"] == "disk_full"


@pytest.mark.parametrize(
    ("registered", "alerts"), [([False], ["trunk_unregistered"]), ([False, True], []), ([None], [])]
)
def test_a_line_with_which_no_node_is_registered_is_named(world, registered, alerts):
    at = now()
    Trunk.objects.update(register=True, user="u")
    VoiceNode.objects.all().delete()
    for n, one in enumerate(registered):
        stats = {} if one is None else {"trunks": {"虚拟线路": {"registered": one, "status": 403}}}
        VoiceNode.objects.create(name=f"n{n}", seen_at=at, stats=stats)
    assert [alert["code"] for alert in board_now(ALL, at)["alerts"]] == alerts


def test_the_board_counts_what_is_in_the_rows(world):
    at = now()
    add_call(world.customer, world.plan, world.script, world.trunk, at, score=5, tune="bright_piano")
    add_call(
        world.customer, world.plan, world.script, world.trunk, at - timedelta(seconds=9), state="ringing"
    )
    add_call(
        world.elsewhere, world.plan, world.script, world.trunk, at - timedelta(seconds=5), state="talking"
    )
    add_call(world.elsewhere, world.plan, world.script, world.trunk, at - timedelta(seconds=70), cause="busy")
    FollowUp.objects.create(
        key="due", customer=world.customer, plan="p", plan_name="p", script=world.script, purpose="care",
        due_at=at, expires_at=at + timedelta(days=1), created_at=at, updated_at=at,
    )  # fmt: skip
    board = board_now(ALL, now())
    tiles = board["tiles"]
    assert tiles["later"] == 0
    assert (tiles["due"], tiles["dialling"], tiles["talking"]) == (1, 1, 1)
    assert (tiles["done"], tiles["failed"], tiles["in_doubt"]) == (2, 1, 1)
    assert (tiles["score"], tiles["rated"]) == (3.5, 2)
    assert (tiles["tickets"], tiles["overdue"]) == (1, 1)
    assert board["scores"] == [0, 1, 0, 0, 1]
    assert board["results"] == {"completed": 2, "busy": 1}
    assert [(call["name"], call["masked"], call["state"]) for call in board["calls"]] == [
        ("李女士", "138****5678", "ringing"),
        ("赵先生", "139****5678", "talking"),
    ]
    endings = {(row["name"], row["result"], row["tune"], row["score"]) for row in board["endings"]}
    assert ("李女士", "completed", "bright_piano", 5) in endings
    assert ("赵先生", "busy", "", None) in endings
    assert {row["name"]: row["state"] for row in board["processes"]} == dict.fromkeys(
        ["web", "work", "voice"], "running"
    )


def test_the_board_of_a_store_shows_only_its_own(world):
    board = board_now(Reach(False, world.other_store.pk), now())
    assert board["tiles"]["done"] == board["tiles"]["tickets"] == board["tiles"]["in_doubt"] == 0
    assert board["endings"] == board["calls"] == []


def test_the_board_holds_no_whole_number_and_stays_small(world):
    at = now()
    for n in range(150):
        add_call(
            world.customer, world.plan, world.script, world.trunk, at - timedelta(seconds=n), state="ringing"
        )
    text = json.dumps(board_now(ALL, now()))
    assert "13812345678" not in text
    assert len(text) < 40_000
    assert board_now(ALL, now())["tiles"]["dialling"] == 150


def test_whoever_is_tried_again_later_today_still_counts_for_the_day(world):
    noon = timezone.localtime(now()).replace(hour=12)
    followup = FollowUp.objects.get(pk=world.doubtful.followup_id)
    followup.state, followup.due_at = "due", noon + timedelta(hours=2)
    followup.save()
    assert board_now(ALL, noon)["tiles"]["later"] == 1
    assert board_now(ALL, noon)["tiles"]["due"] == 0
    assert board_now(ALL, noon - timedelta(days=1))["tiles"]["later"] == 0


def test_yesterdays_calls_are_not_todays(world):
    Attempt.objects.update(claimed_at=now() - timedelta(days=1))
    board = board_now(ALL, now())
    assert board["tiles"]["done"] == board["tiles"]["rated"] == 0
    assert board["endings"] == []
    assert board["tiles"]["in_doubt"] == 1  # that one still waits for a person


# ---- the stream, with a look of the tests' own instead of the database


class Looks:
    """What the feed sees; ``count`` is how often it has looked."""

    def __init__(self) -> None:
        self.event = 1
        self.count = 0
        self.fault: Exception | None = None

    def __call__(self, reach, at):
        self.count += 1
        if self.fault:
            raise self.fault
        return {"event": self.event, "reach": reach.store_id}


@pytest.fixture
def looks(monkeypatch):
    monkeypatch.setattr(stream, "LOOK_EVERY_S", 0.005)
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.03)
    return Looks()


async def board_of(listener) -> dict:
    """The next board message, as {"id": …, **data}."""
    async for message in listener:
        if "event: board" in message:
            fields = dict(line.split(": ", 1) for line in message.strip().splitlines())
            return {"id": fields["id"], **json.loads(fields["data"])["board"]}
    raise AssertionError("the stream ended")


def test_every_change_reaches_every_listener_and_only_changes_do(looks):
    async def scene():
        feed = BoardFeed(looks)
        listeners = [feed.listen(ALL) for _ in range(20)]
        first = [await board_of(listener) for listener in listeners]
        looks.event = 2
        second = [await board_of(listener) for listener in listeners]
        for listener in listeners:
            await listener.aclose()
        return first, second

    first, second = asyncio.run(scene())
    assert {message["event"] for message in first} == {1}
    assert {message["event"] for message in second} == {2}
    assert len({message["id"] for message in first + second}) == 2


def test_a_browser_that_comes_back_gets_what_it_missed_and_nothing_twice(looks):
    async def scene():
        feed = BoardFeed(looks)
        listener = feed.listen(ALL)
        seen = await board_of(listener)
        await listener.aclose()
        same = feed.listen(ALL, seen["id"])
        quiet = [await anext(same) for _ in range(3)]
        looks.event = 7
        missed = await board_of(same)
        await same.aclose()
        return quiet, missed

    quiet, missed = asyncio.run(scene())
    assert not any("event: board" in message for message in quiet)
    assert missed["event"] == 7


def test_one_look_serves_all_listeners_and_none_is_made_for_nobody(looks):
    async def scene():
        feed = BoardFeed(looks)
        listeners = [feed.listen(ALL) for _ in range(50)]
        for listener in listeners:
            await board_of(listener)
        served = looks.count
        for listener in listeners:
            await listener.aclose()
        await asyncio.sleep(0.02)
        after = looks.count
        await asyncio.sleep(0.05)
        return served, looks.count - after

    served, idle = asyncio.run(scene())
    assert served < 50
    assert idle == 0


def test_each_reach_has_its_own_board(looks):
    async def scene():
        feed = BoardFeed(looks)
        mine, theirs = feed.listen(Reach(False, 1)), feed.listen(Reach(False, 2))
        boards = await board_of(mine), await board_of(theirs)
        await mine.aclose()
        await theirs.aclose()
        return boards

    mine, theirs = asyncio.run(scene())
    assert (mine["reach"], theirs["reach"]) == (1, 2)


def test_heartbeats_stop_while_the_database_is_away_and_come_back_with_it(looks):
    from django.db import OperationalError

    async def scene():
        feed = BoardFeed(looks)
        listener = feed.listen(ALL)
        await board_of(listener)
        beat = await anext(listener)
        looks.fault = OperationalError("gone")
        await asyncio.sleep(0.05)
        task = asyncio.ensure_future(anext(listener))
        await asyncio.sleep(0.15)
        silent = not task.done()
        looks.fault = None
        back = await asyncio.wait_for(task, 5)
        await listener.aclose()
        return beat, silent, back

    beat, silent, back = asyncio.run(scene())
    assert "heartbeat" in beat
    assert silent
    assert "heartbeat" in back


def test_a_stream_ends_by_itself_so_that_a_closed_account_stops_listening(looks, monkeypatch):
    monkeypatch.setattr(stream, "LIFETIME_S", 0.05)

    async def scene():
        return [message async for message in BoardFeed(looks).listen(ALL)]

    assert any("event: board" in message for message in asyncio.run(scene()))


def test_tickets_that_a_person_closes_leave_the_board(world):
    Ticket.objects.update(state="resolved")
    assert board_now(ALL, now())["tiles"]["tickets"] == 0


def test_an_upset_customer_is_marked_and_what_customers_say_is_counted(world):
    at = now()
    upset = add_call(world.customer, world.plan, world.script, world.trunk, at, state="talking")
    Attempt.objects.filter(pk=upset.pk).update(risk="threat", mood="angry")
    for n in range(3):
        call = add_call(
            world.customer, world.plan, world.script, world.trunk, at - timedelta(seconds=60 + n), score=2
        )
        Answer.objects.create(
            response=Response.objects.get(conversation=call.pk),
            item="why",
            code="free",
            text="送货太慢了",
            channel="speech",
            at=at,
            polarity=-0.9,
            category="logistics",
        )
    board = board_now(ALL, now())
    [shown] = [call for call in board["calls"] if call["id"] == str(upset.pk)]
    assert (shown["risk"], shown["mood"]) == ("threat", "angry")
    assert board["opinions"][0] == {
        "category": "logistics",
        "phrase": "送货太慢",
        "count": 3,
        "good": False,
    }
    assert board_now(Reach(False, world.other_store.pk), now())["opinions"] == []
