"""What is made of sounds on a bad line, for the models to learn from."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.understanding.sounds import NEGATIONS, distance, syllables
from huifang.nlu.mishearing import Blurring

TEXTS = ("找经理来接电话", "早就收到了没坏", "不满意别再打了", "师傅修得很仔细")
KNOWN = sorted({s for text in TEXTS for s in syllables(text)})


@given(st.lists(st.sampled_from(KNOWN), max_size=30), st.integers(0, 2**32))
def test_a_blurred_syllable_is_near_and_known_and_no_negation_comes_or_goes(
    sounds: list[str], seed: int
) -> None:
    heard = Blurring(TEXTS, random.Random(seed)).blurred(tuple(sounds))
    assert len(heard) == len(sounds)
    for said, got in zip(sounds, heard, strict=True):
        assert got in KNOWN
        assert distance(said, got) <= 0.3
        assert (said in NEGATIONS) == (got in NEGATIONS)


def test_some_syllables_are_blurred_and_most_are_not() -> None:
    sounds = syllables("早找早找") * 250
    heard = Blurring(TEXTS, random.Random(1)).blurred(sounds)
    assert 0.02 < sum(said != got for said, got in zip(sounds, heard, strict=True)) / len(sounds) < 0.2
