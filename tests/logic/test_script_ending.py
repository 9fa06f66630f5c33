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
