"""How fast a script is said, and how long it waits."""

from __future__ import annotations

from typing import Any

import pytest
from everything import PARTS, ask, document, script
from scripted import Conversation
from shipped import SCRIPTS

from huifang.logic.dialogue import Listen, Say, Started
from huifang.logic.script_document import ScriptInvalid, script_from_json
from huifang.logic.script_words import words_for

ELDERLY = {"field": "customer.is_elderly", "op": "eq", "value": True}
PACE = {"if": ELDERLY, "speed": 0.8, "patience": 1.5}


def begun(facts: dict[str, object] | None = None, **more: Any) -> Conversation:
    return Conversation(script(ask("part", PARTS, "finish"), **more), facts or {}).give(Started())


def paces(talk: Conversation) -> set[float]:
    return {part.pace for say in talk.last if isinstance(say, Say) for part in say.parts}


def waits(talk: Conversation) -> float:
    return next(o.silence_s for o in talk.last if isinstance(o, Listen))


def test_whom_the_pace_is_for_hears_it_and_has_longer() -> None:
    usual, slow = begun({}, pace=PACE), begun({"customer.is_elderly": True}, pace=PACE)
    assert (paces(usual), waits(usual)) == ({1.0}, 5)
    assert (paces(slow), waits(slow)) == ({0.8}, 7.5)
    everybody = begun({}, pace={"speed": 0.9, "patience": 1})
    assert (paces(everybody), waits(everybody)) == ({0.9}, 5)


def test_who_asks_for_it_is_spoken_to_more_slowly_from_then_on() -> None:
    talk = begun()
    assert paces(talk.speak("你说慢一点")) == {0.8}
    assert paces(talk.speak("红烧肉怎么做")) == {0.8}
    assert paces(begun().speak("再说一遍")) == {1.0}


def test_what_is_prepared_is_what_will_be_said() -> None:
    facts: dict[str, object] = {"customer.is_elderly": True}
    talk = begun(facts, pace=PACE)
    prepared = {part.key for part in words_for(talk.script, "zh-CN", facts)}
    assert {part.key for say in talk.of(Say) for part in say.parts} <= prepared
    assert all(key.endswith("×0.8") for key in prepared)


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_every_shipped_script_takes_its_time_with_the_elderly(name: str) -> None:
    usual = Conversation(SCRIPTS[name], {}).give(Started())
    slow = Conversation(SCRIPTS[name], {"customer.is_elderly": True}).give(Started())
    assert paces(usual) == {1.0}
    assert max(paces(slow)) < 1
    assert waits(slow) >= 1.4 * waits(usual)


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        ("slow", "“pace” is not an object"),
        ({"speed": 0.8}, "“patience” must be a number from 0.5 to 4"),
        ({"speed": 0, "patience": 1}, "“speed” must be a number from 0.5 to 2"),
        ({"if": {"what": 1}, "speed": 1, "patience": 1}, "“pace” has an unusable condition"),
    ],
)
def test_a_pace_that_cannot_be_kept_is_refused(pace: Any, words: str) -> None:
    with pytest.raises(ScriptInvalid) as raised:
        script_from_json(document(ask("part", PARTS, "finish"), pace=pace))
    assert words in str(raised.value)
