"""Who has answered: the laws of the table, and recordings and people of every kind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.answering import DECIDED_AFTER_MS, Answering, Evidence, Opening, who_answers
from huifang.logic.machine_words import Speaker

MS = st.integers(0, 20_000)
OPENINGS = st.builds(
    Opening,
    onset_ms=st.none() | MS,
    spoke_ms=MS,
    spoken_ms=MS,
    speaks=st.booleans(),
    said_by=st.none() | st.sampled_from(Speaker),
    beeped=st.booleans(),
    had_turn=st.booleans(),
)


@given(OPENINGS)
def test_who_has_taken_a_turn_is_a_person_whatever_was_heard_before(heard: Opening) -> None:
    assert who_answers(replace(heard, had_turn=True)).answering is Answering.HUMAN


@given(OPENINGS)
def test_only_words_and_a_beep_make_a_machine_and_never_how_long_somebody_speaks(heard: Opening) -> None:
    quiet = replace(heard, said_by=None, beeped=False)
    assert not who_answers(quiet).is_machine


@given(OPENINGS, st.sampled_from(Speaker))
def test_a_machine_s_words_turn_whatever_was_thought_before_unless_there_was_a_turn(
    heard: Opening, speaker: Speaker
) -> None:
    judgement = who_answers(replace(heard, said_by=speaker))
    assert judgement.is_machine is not heard.had_turn
    assert judgement.speaker is (None if heard.had_turn else speaker)


@given(OPENINGS, MS, MS, st.booleans())
def test_a_machine_stays_one_whatever_else_it_says(
    heard: Opening, longer: int, more: int, speaks: bool
) -> None:
    if who_answers(heard).is_machine:
        later = replace(
            heard, spoke_ms=heard.spoke_ms + longer, spoken_ms=heard.spoken_ms + more, speaks=speaks
        )
        assert who_answers(replace(later, beeped=True)).is_machine


@given(OPENINGS, st.integers(0, 2_500), st.integers(DECIDED_AFTER_MS, 20_000))
def test_after_two_seconds_of_speech_the_class_stands(heard: Opening, onset: int, spoke: int) -> None:
    judgement = who_answers(replace(heard, onset_ms=onset, spoke_ms=spoke))
    assert judgement.evidence not in (Evidence.TOO_SOON, Evidence.SILENT)


@pytest.mark.parametrize(
    ("heard", "answering", "evidence"),
    [
        (Opening(), Answering.UNCERTAIN, Evidence.SILENT),
        (Opening(400, speaks=True), Answering.UNCERTAIN, Evidence.TOO_SOON),
        (Opening(400, 700, 700), Answering.HUMAN, Evidence.SHORT),
        (Opening(400, 6_000, 6_000), Answering.UNCERTAIN, Evidence.LONG),  # a person with a long first sentence
        (Opening(4_000, 6_000, 6_000), Answering.HUMAN, Evidence.WAITED),
        (Opening(400, 6_000, 6_000, beeped=True), Answering.MACHINE, Evidence.BEEP),
        (Opening(400, 900, 2_400, beeped=True), Answering.MACHINE, Evidence.BEEP),
        (Opening(400, 700, 700, beeped=True), Answering.HUMAN, Evidence.SHORT),  # a microwave oven
        (Opening(4_000, 6_000, 6_000, beeped=True), Answering.HUMAN, Evidence.WAITED),
        (Opening(beeped=True), Answering.UNCERTAIN, Evidence.SILENT),
        (Opening(400, 900, 900, said_by=Speaker.VOICEMAIL), Answering.MACHINE, Evidence.WORDS),
        (Opening(400, 6_000, 6_000, beeped=True, had_turn=True), Answering.HUMAN, Evidence.TURN),
    ],
)  # fmt: skip
def test_the_rows_of_the_table(heard: Opening, answering: Answering, evidence: Evidence) -> None:
    judgement = who_answers(heard)
    assert (judgement.answering, judgement.evidence) == (answering, evidence)
