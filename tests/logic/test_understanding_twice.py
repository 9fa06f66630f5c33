"""What a recogniser that was unsure heard the second time."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, Reading, understand
from huifang.logic.understanding.reading import GUESSED
from huifang.logic.understanding.twice import agreed

SURE = 0.7  # from here on the conversation acts on it without asking back

MEANINGS = [
    (Intent.RATING, "4"),
    (Intent.RATING, "2"),
    (Intent.BUSY, ""),
    (Intent.REFUSAL, ""),
    (Intent.UNCLEAR, ""),
]
readings = st.builds(
    lambda meaning, confidence, evidence: Reading(*meaning, confidence, evidence),
    st.sampled_from(MEANINGS),
    st.floats(0, 1),
    st.sampled_from(["满意", GUESSED]),
)
ASKED = Asked("rating")


def heard(first: str, second: str, confidence: float = 0.9) -> Utterance:
    again = Utterance("", tuple(second.split()), confidence)
    return Utterance("", tuple(first.split()), confidence, again=again)


@given(readings, readings)
def test_only_what_was_understood_alike_twice_is_certain(first: Reading, second: Reading) -> None:
    read = agreed(first, second)
    assert (read.intent, read.code) in {(first.intent, first.code), (second.intent, second.code)}
    if (first.intent, first.code) != (second.intent, second.code):
        assert read.confidence < SURE
    else:
        assert read.confidence in (first.confidence, second.confidence)


@given(readings, readings)
def test_something_is_more_than_nothing_and_the_grammar_more_than_a_guess(
    first: Reading, second: Reading
) -> None:
    read = agreed(first, second)
    assert read.intent is not Intent.UNCLEAR or first.intent is second.intent is Intent.UNCLEAR
    known, guess = replace(first, evidence="满意"), replace(second, evidence=GUESSED)
    if known.intent is not Intent.UNCLEAR:
        assert agreed(known, guess).intent == agreed(guess, known).intent == known.intent


def test_what_was_misheard_once_is_found_by_the_other_listening_and_confirmed() -> None:
    assert understand(heard("ma yue", "man yi"), ASKED).code == "4"
    assert understand(heard("ma yue", "man yi"), ASKED).confidence < SURE


def test_two_listenings_that_contradict_each_other_decide_nothing() -> None:
    read = understand(heard("man yi", "bu man yi"), ASKED)
    assert read.intent is Intent.RATING
    assert read.confidence < SURE


def test_a_refusal_heard_once_gives_way_to_another_meaning_and_to_nothing_less() -> None:
    later, refuses, vague = "xia wu san dian zai da", "bie zai da dian hua", "wu wu hu hu"
    assert understand(heard(later, refuses), ASKED).intent is Intent.CALLBACK
    assert understand(heard(refuses, later), ASKED).intent is Intent.CALLBACK
    assert understand(heard(refuses, vague), ASKED).intent is Intent.REFUSAL
    assert understand(heard(vague, refuses), ASKED).intent is Intent.REFUSAL


def test_two_listenings_that_mean_the_same_are_as_sure_as_one() -> None:
    read = understand(heard("fei chang man yi", "fei cang man yi a"), ASKED)
    assert (read.intent, read.code) == (Intent.RATING, "5")
    assert read.confidence >= SURE
