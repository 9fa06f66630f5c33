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
    sense = sensed("free", 0.9, ratings={"4": 0.8, "none": 0.2})
    reading = understand(Utterance(UNKNOWN, sense=sense), RATING)
    assert (reading.intent, reading.code, reading.polarity) == (Intent.RATING, "4", 0.5)
    assert reading.confidence < 0.8
    vague, told = (
        replace(sense, ratings={"4": 0.3, "3": 0.3, "none": 0.2}),
        replace(sense, ratings={"4": 0.2, "none": 0.8}),
    )
    for other in (vague, told):
        assert understand(Utterance(UNKNOWN, sense=other), RATING).intent is Intent.UNCLEAR


def test_a_rating_that_the_models_contradict_is_read_back() -> None:
    said = Utterance("非常满意", sense=sensed("free", 0.9, ratings={"1": 0.99, "5": 0.005, "none": 0.005}))
    reading = understand(said, RATING)
    assert reading.intent is Intent.RATING
    assert reading.confidence < 0.8


@pytest.mark.parametrize(
    ("share", "asked", "is_refusal", "is_sure"),
    [
        *((0.99, RATING, True, True), (0.3, RATING, True, False), (0.02, RATING, False, False)),
        *((0.99, FREE, True, True), (0.5, FREE, True, False), (0.3, FREE, False, False)),
    ],
)
def test_what_may_be_a_refusal_is_one_and_what_is_unsure_is_asked_about(
    share: float, asked: Asked, is_refusal: bool, is_sure: bool
) -> None:
    sense = sensed(asides={"refusal": share, "none": 1 - share})
    reading = understand(Utterance(UNKNOWN, sense=sense), asked)
    assert (reading.intent is Intent.REFUSAL) == is_refusal
    assert (is_refusal and reading.confidence >= 0.7) == is_sure


@pytest.mark.parametrize("words", ["别打包了直接拿走", "到货了打电话通知我", "我拒绝了他的推销"])
def test_no_model_makes_a_refusal_of_what_means_something_else(words: str) -> None:
    sense = sensed(asides={"refusal": 0.99, "none": 0.01})
    assert understand(Utterance(words, sense=sense), RATING).intent is not Intent.REFUSAL


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
