"""What a voice adds to words, and what it never may."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import document, started

from huifang.logic import dialogue
from huifang.logic.high_risk import FURIOUS, risk_of
from huifang.logic.prosody import Prosody
from huifang.logic.script_document import script_from_json
from huifang.logic.understanding import Intent, Reading
from huifang.logic.understanding.by_voice import joined, wants_care
from huifang.logic.voice_mood import Mood, Speaker, Voice, told, voice_in

CALM = Prosody(level_db=-24.0, rate=4.5, pitch_hz=200.0, syllables=10, voiced_ms=1_500)
EMOTIONS = ("angry", "disappointed", "anxious", "doubtful", "pleased")

prosodies = st.builds(
    Prosody,
    level_db=st.floats(-60, 0),
    rate=st.just(0.0) | st.floats(0.05, 12),  # a factor must not turn a tiny one to nothing
    pitch_hz=st.none() | st.floats(65, 500),
    syllables=st.integers(0, 60),
    voiced_ms=st.integers(0, 8_000),
)
voices = st.builds(Voice, prosodies, st.sampled_from(Mood), st.floats(0, 0.6))


def changed(*, semitones: float = 0.0, decibels: float = 0.0, times: float = 1.0) -> Prosody:
    return replace(CALM, pitch_hz=200.0 * 2 ** (semitones / 12), level_db=-24.0 + decibels, rate=4.5 * times)


def mood_of(then: Prosody, *first: Prosody) -> Voice:
    speaker = Speaker()
    for prosody in first or (CALM,):
        speaker.hears(prosody)
    voice = speaker.hears(then)
    assert voice is not None
    return voice


@pytest.mark.parametrize(
    ("then", "mood"),
    [
        (CALM, Mood.NONE),
        (changed(semitones=5, decibels=6), Mood.AGITATED),
        (changed(semitones=5, decibels=6, times=1.3), Mood.AGITATED),
        (changed(semitones=-3, decibels=-5), Mood.SUBDUED),
        (changed(decibels=12), Mood.NONE),
        (changed(semitones=6), Mood.NONE),
        (changed(times=1.8), Mood.NONE),
        (changed(semitones=6, decibels=-6), Mood.NONE),
        (replace(changed(semitones=6, decibels=9), syllables=2), Mood.NONE),
        (replace(changed(decibels=9), pitch_hz=None), Mood.NONE),
    ],
    ids=[
        *("as before", "higher and louder", "and faster", "lower and softer", "only louder: the telephone is closer"),
        *("only higher: a question", "only faster", "higher, softer", "two syllables", "no pitch"),
    ],
)  # fmt: skip
def test_a_mood_is_a_voice_both_higher_and_louder_than_it_was(then: Prosody, mood: Mood) -> None:
    assert mood_of(then).mood is mood


def test_the_first_words_have_no_mood_however_they_are_spoken() -> None:
    first = Speaker().hears(changed(semitones=9, decibels=15))
    assert first is not None
    assert first.mood is Mood.NONE


@given(st.floats(-20, 20), st.floats(-12, 12), st.floats(0.5, 2.0), st.lists(prosodies, max_size=5))
def test_only_the_difference_from_the_same_speaker_counts(
    decibels: float, semitones: float, times: float, heard: list[Prosody]
) -> None:
    """Another telephone, another throat, another temper: the same call moved as a whole has the same moods."""

    def moved(one: Prosody) -> Prosody:
        pitch = one.pitch_hz and one.pitch_hz * 2 ** (semitones / 12)
        return replace(one, level_db=one.level_db + decibels, pitch_hz=pitch, rate=one.rate * times)

    here, there = Speaker(), Speaker()
    for one in heard:
        a, b = here.hears(one), there.hears(moved(one))
        assert a is not None
        assert b is not None
        if a.mood is b.mood:
            assert a.confidence == pytest.approx(b.confidence, abs=0.002)
        else:  # on the very edge of a mood
            assert max(a.confidence, b.confidence) < 0.35


@given(st.sampled_from(EMOTIONS), st.floats(0.5, 1.0), voices)
def test_a_voice_changes_a_confidence_a_little_and_never_over_the_line_of_high_risk(
    emotion: str, sure: float, voice: Voice
) -> None:
    before = Reading(Intent.FREE, emotion=emotion, emotion_confidence=sure)
    after = joined(before, voice)
    assert replace(after, emotion_confidence=sure) == before
    assert 0 <= after.emotion_confidence <= 1
    assert abs(after.emotion_confidence - sure) <= 0.13
    assert sure < FURIOUS or after.emotion_confidence >= FURIOUS
    assert after.emotion_confidence < FURIOUS or round(sure, 3) >= FURIOUS


@given(voices)
def test_a_voice_alone_is_no_emotion(voice: Voice) -> None:
    calm = Reading(Intent.FREE, confidence=0.8)
    assert joined(calm, voice) == calm


@given(st.lists(st.tuples(st.sampled_from(("", *EMOTIONS)), st.floats(0.5, 1.0), voices), max_size=6))
def test_high_risk_is_the_same_with_and_without_voices(said: list[tuple[str, float, Voice]]) -> None:
    def events(with_voice: bool) -> list[dict[str, object]]:
        readings = [Reading(Intent.FREE, emotion=e, emotion_confidence=round(c, 3)) for e, c, _ in said]
        if with_voice:
            readings = [joined(r, v) for r, (_, _, v) in zip(readings, said, strict=True)]
        return [
            {"text": "嗯", "emotion": r.emotion, "emotion_confidence": r.emotion_confidence}
            | (told(v) if with_voice else {})
            for r, (_, _, v) in zip(readings, said, strict=True)
        ]

    assert risk_of(events(True)) == risk_of(events(False))


def test_a_raised_voice_makes_anger_likelier_and_a_low_one_less() -> None:
    angry = Reading(Intent.COMPLAINT, emotion="angry", emotion_confidence=0.6)
    raised, lowered = Voice(CALM, Mood.AGITATED, 0.5), Voice(CALM, Mood.SUBDUED, 0.5)
    assert joined(angry, raised).emotion_confidence > 0.6 > joined(angry, lowered).emotion_confidence
    assert joined(angry, Voice(CALM)).emotion_confidence == 0.6
    assert joined(angry, None) is angry


STRAINED = Voice(CALM, Mood.AGITATED, 0.5)


@pytest.mark.parametrize(
    ("reading", "voice", "is_wanted"),
    [
        (Reading(Intent.FREE), STRAINED, True),
        (Reading(Intent.RATING, "3", polarity=0.0), STRAINED, True),
        (Reading(Intent.RATING, "5", polarity=1.0), STRAINED, False),
        (Reading(Intent.FREE, polarity=0.7), STRAINED, False),
        (Reading(Intent.UNCLEAR), STRAINED, False),
        (Reading(Intent.REFUSAL), STRAINED, False),
        (Reading(Intent.FREE, emotion="angry"), STRAINED, False),
        (Reading(Intent.FREE), Voice(CALM, Mood.AGITATED, 0.3), False),
        (Reading(Intent.FREE), Voice(CALM, Mood.SUBDUED, 0.6), False),
        (Reading(Intent.FREE), None, False),
    ],
)
def test_calm_words_in_a_strained_voice_are_worth_a_kind_word(
    reading: Reading, voice: Voice | None, is_wanted: bool
) -> None:
    assert wants_care(reading, voice) is is_wanted


def test_in_a_call_a_strained_voice_is_answered_kindly_once_and_no_anger_is_counted() -> None:
    calm, strained = started(), started()
    kind = strained.script.empathy["anxious"][0]
    words = "".join(part.text for part in kind.render("zh-CN", {}, {}))
    calm.speak("一般")
    strained.give(dialogue.Utterance("一般", (), voice=STRAINED))
    assert words in strained.said
    assert words not in calm.said
    assert strained.state.answers == calm.state.answers
    assert (strained.state.anger, strained.state.heard.emotion) == (0, "")
    assert strained.state.heard.voice == "agitated"
    strained.give(dialogue.Utterance("就那样吧", (), voice=STRAINED))
    assert words not in strained.said


@pytest.mark.parametrize(("voice", "words"), [(STRAINED, "先不打扰您了。"), (None, "谢谢您。")])
def test_a_voice_may_choose_the_ending(voice: Voice | None, words: str) -> None:
    """A14: a script may end otherwise for somebody whose voice is raised, though the words are calm."""
    data = document()
    first = data["endings"][0]
    raised = {"field": "heard.voice", "op": "eq", "value": "agitated"}
    data["endings"] = [
        {**first, "id": "strained", "if": raised, "words": {"zh-CN": "先不打扰您了。"}},
        *({**ending, "words": {"zh-CN": "谢谢您。"}} for ending in data["endings"]),
    ]
    talk = started(script_from_json(data))
    talk.give(dialogue.Utterance("非常满意", (), voice=voice))
    assert words in talk.said


@given(voices)
def test_what_is_told_of_a_voice_is_read_back(voice: Voice) -> None:
    kept = voice_in(told(voice))
    assert kept["pitch_hz"] == voice.prosody.pitch_hz
    assert kept["level_db"] == voice.prosody.level_db
    assert kept["mood"] == voice.mood
    assert voice_in(told(None)) == {}


@pytest.mark.parametrize(
    "data",
    [{}, *({"voice": v, "voice_emotion": e, "voice_confidence": c} for v, e, c in product(
        (None, [], "x", {"pitch_hz": "high", "rate": float("nan"), "level_db": True}),
        (None, 7, "furious", ["agitated"]),
        ("much", float("inf"), -3, 9),
    ))],
)  # fmt: skip
def test_what_a_node_tells_amiss_does_no_harm(data: dict[str, object]) -> None:
    kept = voice_in(data)
    assert kept in ({}, {"mood": "", "confidence": 0.0, "level_db": None, "rate": None, "pitch_hz": None})
