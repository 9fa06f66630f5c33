"""The centre's rules inside the conversation: another tune, other words, a hand-over or none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from huifang.logic import dialogue
from huifang.logic.script import begin, step
from huifang.logic.script_document import script_from_json
from huifang.logic.script_words import words_for

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
SCRIPT = script_from_json(
    json.loads((files("huifang.followups") / "scripts" / "first_order_3d.json").read_text("utf-8"))
)


def closing(key: str, facts: dict[str, object]) -> list[dialogue.Output]:
    """Everything that comes after the rating ``key``, without a reason being given."""
    state, _ = step(SCRIPT, begin(SCRIPT), dialogue.Started(), facts, NOW)
    out: list[dialogue.Output] = []
    for given in (dialogue.Key(key), *[dialogue.Silence()] * 3):
        state, outputs = step(SCRIPT, state, given, facts, NOW)
        out += outputs
        if any(isinstance(o, dialogue.Transfer | dialogue.End) for o in outputs):
            break
        if any(isinstance(o, dialogue.PlayTune) for o in outputs):
            state, outputs = step(SCRIPT, state, dialogue.PlayFinished(), facts, NOW)
            return [*out, *outputs]
    return out


def tunes(outputs: list[dialogue.Output]) -> list[str]:
    return [o.tune for o in outputs if isinstance(o, dialogue.PlayTune)]


def test_the_chosen_tune_is_played_and_told():
    outputs = closing("1", {"tune.very_satisfied": "abc", "tune.satisfied": "no"})
    assert tunes(outputs) == ["abc"]
    (end,) = [o for o in outputs if isinstance(o, dialogue.End)]
    assert end.data["tune"] == "abc"
    assert tunes(closing("1", {})) == ["bright_piano"]


def test_the_chosen_tune_soothes_while_a_person_is_fetched():
    assert tunes(closing("5", {"tune.very_dissatisfied": "abc"})) == ["abc"]


def test_other_words_are_said_and_prepared():
    facts = {"ending.very_satisfied.words": "{customer.name}，谢谢您！", "customer.name": "李娜"}
    said = "".join(o.text for o in closing("1", facts) if isinstance(o, dialogue.Say))
    assert "李娜，谢谢您！" in said
    assert "李娜，谢谢您！" in "".join(part.text for part in words_for(SCRIPT, "zh-CN", facts))


@pytest.mark.parametrize("words", ["", "  ", "谢谢{", 7, None])
def test_words_that_cannot_be_said_leave_the_script_s_own(words):
    plain = [o.text for o in closing("1", {}) if isinstance(o, dialogue.Say)]
    given = closing("1", {"ending.very_satisfied.words": words})
    assert [o.text for o in given if isinstance(o, dialogue.Say)] == plain


def test_a_hand_over_can_be_wanted_and_unwanted():
    def fetches(key: str, facts: dict[str, object]) -> bool:
        return any(isinstance(o, dialogue.Transfer) for o in closing(key, facts))

    assert fetches("5", {})
    assert not fetches("5", {"ending.very_dissatisfied.transfer": False})
    assert fetches("3", {"ending.neutral.transfer": True})
    assert not fetches("3", {"ending.neutral.transfer": "yes"})


SHIPPED = {
    path.name: script_from_json(json.loads(path.read_text("utf-8")))
    for path in (files("huifang.followups") / "scripts").iterdir()
    if path.name.endswith(".json")
}


@pytest.mark.parametrize("name", SHIPPED)
def test_no_shipped_script_names_another_tune_than_the_one_that_was_drawn(name):
    script = SHIPPED[name]
    language = script.languages[0]
    facts = {f"tune.{ending.id}": "x" for ending in script.endings}
    for ending in script.endings:
        said = "".join(p.text for p in ending.words.render(language, facts, script.defaults[language]))
        assert said
        assert not [word for word in ("钢琴", "轻音乐", "雨声", "海浪") if word in said], said


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_script_can_keep_silent_about_the_music(name):
    script = SHIPPED[name]

    def opening(facts: dict[str, object]) -> str:
        _state, outputs = step(script, begin(script), dialogue.Started(), facts, NOW)
        return "".join(o.text for o in outputs if isinstance(o, dialogue.Say))

    announced = "决定通话最后为您放哪一首曲子"
    assert announced not in opening({"ending.announced": False})
    assert opening({}) == opening({"ending.announced": True})
