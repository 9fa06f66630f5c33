"""来电导航: simple wishes are served by the robot, everything else by a person."""

from __future__ import annotations

import json
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from huifang.logic import dialogue
from huifang.logic.dialogue import (
    Key,
    PlayTune,
    Promise,
    RecordAnswer,
    Say,
    Silence,
    Started,
    Transfer,
    Utterance,
)
from huifang.logic.script import begin, step
from huifang.logic.script_document import script_from_json

NOW = datetime(2026, 9, 15, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
SCRIPT = script_from_json(
    json.loads((files("huifang.followups") / "scripts" / "inbound_menu.json").read_text("utf-8"))
)


def talk(*inputs, facts=None):
    """Everything that the robot does from the first word on."""
    state, done = begin(SCRIPT), []
    for given in (Started(), *inputs):
        state, outputs = step(SCRIPT, state, given, {"call.speech": True, **(facts or {})}, NOW)
        done += outputs
    return done


def said(outputs):
    return "".join(o.text for o in outputs if isinstance(o, Say))


def kinds(outputs):
    return {type(o) for o in outputs}


def test_the_three_keys_are_named():
    assert "评价服务或提意见请按1，找店里的同事请按2，让我们给您回电话请按3" in said(talk())


def test_one_asks_for_the_rating_and_thanks_for_it():
    outputs = talk(Key("1"), Key("1"))
    assert [o.score for o in outputs if isinstance(o, RecordAnswer)] == [None, 5]
    assert Transfer not in kinds(outputs)
    assert PlayTune in kinds(outputs)
    assert "为您转接" not in said(talk(Key("1"), Key("3")))


@pytest.mark.parametrize("wish", [Key("2"), Key("0"), Utterance("我要找人工")])
def test_two_fetches_a_person(wish):
    assert Transfer in kinds(talk(wish))


def test_nobody_there_is_a_promised_callback():
    outputs = talk(Key("2"), dialogue.TransferResult(bridged=False))
    assert [o.kind for o in outputs if isinstance(o, Promise)] == ["callback"]


@pytest.mark.parametrize("wish", [Key("3"), Utterance("你们回电话给我吧")])
def test_three_promises_a_callback_without_ringing_anybody(wish):
    outputs = talk(wish)
    assert [o.kind for o in outputs if isinstance(o, Promise)] == ["callback"]
    assert Transfer not in kinds(outputs)


def test_what_the_robot_cannot_do_goes_to_a_person():
    assert Transfer in kinds(talk(Utterance("我上个月买的那瓶精华的发票抬头开错了")))
    assert Transfer in kinds(talk(Key("7"), Key("8"), Key("9")))


def test_who_says_nothing_is_let_go():
    outputs = talk(Silence(), Silence(), Silence())
    assert isinstance(outputs[-1], dialogue.End)
    assert outputs[-1].outcome == "no_input"


def test_a_bad_rating_fetches_a_person_too():
    assert Transfer in kinds(talk(Key("1"), Key("5"), Key("2")))
