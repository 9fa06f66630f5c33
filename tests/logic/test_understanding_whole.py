"""The models behind the grammar: what they may say and what they may not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.dialogue import Utterance
from huifang.logic.sense import Leaning, Sense
from huifang.logic.understanding import Asked, Intent, understand

RATING, FREE, YES_NO, NOTHING = Asked("rating"), Asked("free"), Asked("yes_no"), Asked()
SURE = Leaning("refusal", 0.99)
UNKNOWN = "咕噜咕噜转个不停"  # no known phrase
CALLS = "电话咕噜咕噜转个不停"  # nor here, but something about calls and a 不


def sensed(intent: str = "", confidence: float = 0.0, **tone: object) -> Sense:
    return Sense(intent=Leaning(intent, confidence), **tone)  # type: ignore[arg-type]


@given(
    st.sampled_from(["非常满意", "不满意", "别再打了", "转人工", "你是机器人吗", "打错了", "我在开会"]),
    st.sampled_from([i.value for i in Intent]),
    st.floats(0, 1),
    st.sampled_from([RATING, FREE, NOTHING]),
)
def test_what_the_grammar_is_sure_of_no_model_changes(
    words: str, intent: str, confidence: float, asked: Asked
) -> None:
    alone = understand(Utterance(words), asked)
    if alone.intent in (Intent.FREE, Intent.UNCLEAR):
        return
    both = understand(Utterance(words, sense=sensed(intent, confidence)), asked)
    assert (both.intent, both.code, both.confidence) == (alone.intent, alone.code, alone.confidence)


@given(st.sampled_from([i.value for i in Intent]), st.floats(0, 1), st.sampled_from([RATING, NOTHING]))
def test_what_only_a_model_says_is_never_certain(intent: str, confidence: float, asked: Asked) -> None:
    reading = understand(Utterance(UNKNOWN, sense=sensed(intent, confidence)), asked)
    assert reading.confidence <= 0.65


def test_a_rating_in_other_words_is_guessed_so_that_it_can_be_confirmed() -> None:
    sense = replace(sensed("free", 0.9, rating=Leaning("4", 0.8)), polarity=0.7)
    reading = understand(Utterance(UNKNOWN, sense=sense), RATING)
    assert (reading.intent, reading.code, reading.polarity) == (Intent.RATING, "4", 0.5)
    vague = replace(sense, rating=Leaning("4", 0.3))
    told = replace(sense, polarity=-0.7)  # 「我女儿今年五岁」: the models contradict each other
    for other in (vague, told):
        assert understand(Utterance(UNKNOWN, sense=other), RATING).intent is Intent.UNCLEAR


@pytest.mark.parametrize(
    ("words", "confidence", "intent"),
    [
        (CALLS, 0.99, Intent.REFUSAL),
        (CALLS, 0.5, Intent.UNCLEAR),
        (UNKNOWN, 0.99, Intent.UNCLEAR),  # a model of single words knows 别再 from 别再卖断货了, too
    ],
)
def test_a_refusal_needs_a_model_that_is_very_sure_and_words_about_calls(
    words: str, confidence: float, intent: Intent
) -> None:
    assert understand(Utterance(words, sense=sensed("refusal", confidence)), NOTHING).intent is intent


def test_an_open_answer_stays_one_unless_it_is_clearly_none() -> None:
    assert understand(Utterance(UNKNOWN, sense=sensed("complaint", 0.99)), FREE).intent is Intent.FREE
    assert understand(Utterance(UNKNOWN, sense=sensed("question", 0.95)), FREE).intent is Intent.QUESTION


def test_an_open_answer_carries_mood_and_subject() -> None:
    sense = sensed(
        "complaint",
        0.9,
        polarity=-0.9,
        emotion=Leaning("angry", 0.8),
        category=Leaning("logistics", 0.7),
    )
    reading = understand(Utterance(UNKNOWN, sense=sense), FREE)
    assert (reading.polarity, reading.emotion, reading.category) == (-0.9, "angry", "logistics")


def test_a_doubtful_mood_or_subject_is_none() -> None:
    sense = sensed("free", 0.9, emotion=Leaning("angry", 0.3), category=Leaning("price", 0.2))
    reading = understand(Utterance(UNKNOWN, sense=sense), FREE)
    assert (reading.emotion, reading.category) == ("", "")


def test_a_yes_has_no_subject() -> None:
    sense = sensed("yes", 0.9, polarity=0.9, category=Leaning("price", 0.9))
    reading = understand(Utterance("是的", sense=sense), YES_NO)
    assert (reading.intent, reading.category, reading.polarity) == (Intent.YES, "", None)


def test_a_rating_is_its_own_polarity_with_or_without_a_model() -> None:
    assert understand(Utterance("非常满意"), RATING).polarity == 1.0
    assert understand(Utterance("不满意", sense=sensed(polarity=0.9)), RATING).polarity == -0.5
