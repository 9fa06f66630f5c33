"""Rehearsals: repeatable, complete, and able to see a law being broken."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from everything import PARTS, RATING, ask, choices, document
from scripted import NOW, SCRIPTS, SHIPPED
from scripted import document as shipped

from huifang.logic import rehearsal
from huifang.logic.rehearsal import Rehearsed, Tally, rehearse
from huifang.logic.rehearsal_caller import BEHAVIOURS, Caller
from huifang.logic.script_document import script_from_json


def tally_of(data: dict[str, Any], callers: int = 200, by: str = "both", seed: int = 7) -> Tally:
    tally = Tally()
    for one in rehearse(script_from_json(data), data, callers, seed, NOW, by=by):
        tally.add(one)
    return tally


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("by", ["keys", "words", "both"])
def test_no_shipped_script_breaks_a_law(name: str, by: str) -> None:
    tally = tally_of(shipped(name), 150, by)
    assert tally.broken == {}, tally.examples
    assert tally.conversations == 150


def test_one_seed_gives_the_same_conversations_and_another_gives_others() -> None:
    def conversations(seed: int) -> list[Rehearsed]:
        return list(rehearse(SCRIPTS["first_order_3d"], shipped(), 40, seed, NOW))

    assert conversations(7) == conversations(7)
    assert conversations(7) != conversations(8)


def test_every_behaviour_comes_and_every_question_is_reached() -> None:
    tally = tally_of(shipped(), 600, "words")
    assert set(tally.behaviours) == set(BEHAVIOURS)
    assert tally.figures(SCRIPTS["first_order_3d"])["unvisited"] == []
    assert {"completed", "refused", "callback", "transferred", "hung_up", "wrong_number"} <= set(
        tally.outcomes
    )


def test_callers_find_their_way_through_every_kind_of_item() -> None:
    data = document(
        ask("rating", {**RATING, "shuffle": True}, "several"),
        ask("several", {"type": "multi", "choices": choices("质量", "价格", "物流")}, "nps"),
        ask("nps", {"type": "nps"}, "day"),
        ask("day", {"type": "date"}, "age"),
        ask("age", {"type": "number", "low": 1, "high": 120}, "tel"),
        ask("tel", {"type": "phone"}, "news"),
        ask("news", {"type": "info"}, "part"),
        ask("part", PARTS, "offer"),
        ask(
            "offer",
            {"type": "yes_no"},
            "finish",
            kind="offer",
            promotion="spring",
            accepted={"zh-CN": "券发给您。"},
        ),
    )
    data["steps"][0]["text"]["zh-CN"] += "本次通话会录音。"
    for by in ("keys", "words"):
        tally = tally_of(data, 300, by)
        assert tally.broken == {}, tally.examples
        for item in ("rating", "several", "nps", "day", "age", "tel", "news", "part", "offer"):
            assert tally.answered[item] > 100, (by, item)
        if by == "keys":
            assert set(tally.wrong) <= {"several"}  # who falls silent after one of two has said enough
    assert tally.promises["coupon"] > 30


def test_a_question_that_nobody_reaches_is_named() -> None:
    lost = ask("lost", PARTS, "finish")
    first = ask("rating", RATING, "finish")
    never = {"field": "customer.shoe", "op": "eq", "value": "x"}
    first["next"] = [{"if": {"all": [never, {"not": never}]}, "go": "lost"}, {"go": "finish"}]
    data = document(first, lost)
    assert tally_of(data, 60).figures(script_from_json(data))["unvisited"] == ["lost"]


def broken(data: dict[str, Any], **more: Any) -> set[str]:
    return set(tally_of(data, 300, "words", **more).broken)


def test_a_missing_recording_notice_is_seen() -> None:
    data = copy.deepcopy(shipped())
    opening = next(s for s in data["steps"] if s["id"] == "opening")
    opening["text"] = [piece for piece in opening["text"] if "录音" not in piece["zh-CN"]]
    assert broken(data) == {"recording notice"}


def test_an_untrue_answer_about_the_robot_is_seen() -> None:
    data = copy.deepcopy(shipped())
    data["replies"]["robot"] = {"zh-CN": "我是小李呀。"}
    assert broken(data) == {"robot"}


def test_asking_to_wait_twice_is_seen() -> None:
    data = copy.deepcopy(shipped())
    data["replies"]["transfer"] = {"zh-CN": "请您稍等，请您稍等。"}
    assert broken(data) == {"wait twice"}


def test_a_promise_that_no_step_lists_is_seen() -> None:
    data = document(
        {
            "id": "p", "kind": "promise", "promise": "exchange", "due_minutes": 60, "text": {"zh-CN": "给您换。"},
            "next": [{"go": "finish"}],
        }
    )  # fmt: skip
    without = copy.deepcopy(data)
    without["steps"] = [s for s in data["steps"] if s["kind"] != "promise"]
    tally = Tally()
    for one in rehearse(script_from_json(data), without, 20, 7, NOW):
        tally.add(one)
    assert tally.broken["promise"] == 20


def test_a_conversation_without_end_is_a_dead_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "MOST_INPUTS", 2)
    tally = tally_of(shipped(), 30)
    assert tally.figures(SCRIPTS["first_order_3d"])["dead_ends"] == tally.broken["dead end"] > 0


def test_a_caller_by_keys_says_nothing() -> None:
    assert {Caller(f"{n}", "keys").behaviour for n in range(200)} < set(BEHAVIOURS)
