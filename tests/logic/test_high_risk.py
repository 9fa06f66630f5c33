"""When a customer's mood calls for care at once."""

import pytest

from huifang.logic.high_risk import Risk, risk_of
from huifang.logic.understanding.sounds import syllables

ANGRY = {"text": "太过分了", "emotion": "angry", "emotion_confidence": 0.6}
FURIOUS = {**ANGRY, "emotion_confidence": 0.95}
CALM = {"text": "还可以", "emotion": "", "emotion_confidence": 0.0}


@pytest.mark.parametrize(
    "text",
    [
        "我要去12315投诉你们",
        "信不信我发到网上去",
        "我已经报警了",
        "你们等着收律师函吧",
        "我找记者曝光你们",
        "消费者协会见",
        " ".join(syllables("我要找律师起诉你们")),
    ],
)
def test_a_threat_calls_for_care_however_it_is_heard(text: str) -> None:
    assert risk_of([CALM, {"text": text, "emotion": ""}]) is Risk.THREAT


@pytest.mark.parametrize(
    "text",
    ["我是律师，平时比较忙", "不至于报警吧", "挺满意的", "wo hen man yi", "", "lawyer", "我老公是当警察的"],
)
def test_a_word_that_threatens_nobody_is_no_threat(text: str) -> None:
    assert risk_of([{"text": text, "emotion": ""}]) is None


def test_anger_counts_when_it_is_great_or_comes_again() -> None:
    assert risk_of([ANGRY, CALM]) is None
    assert risk_of([FURIOUS]) is Risk.FURIOUS
    assert risk_of([ANGRY, CALM, ANGRY]) is Risk.ANGRY_AGAIN
    assert risk_of([FURIOUS, ANGRY, {"text": "我要报警"}]) is Risk.THREAT


def test_an_older_nodes_events_have_no_mood() -> None:
    assert (
        risk_of([{"text": "好"}, {"text": None, "emotion": "angry", "emotion_confidence": "x"}, {}]) is None
    )
