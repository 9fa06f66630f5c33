"""Single tones: the rhythms of an exchange, beeps, and what is neither."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huifang.voice.mouths.espeak import EspeakSynthesiser
from huifang.voice.rtp.g711 import Codec, decode
from huifang.voice.rtp.port import Tone
from huifang.voice.rtp.tones import SingleTones
from huifang.voice.rtp.voice_activity import frame_levels
from huifang.voice.tunes.library import TuneLibrary

from .sounds import noise, pause, tone, tones_in

TUNES = ("bright_piano", "warm_piano", "gentle", "rain", "waves")

RHYTHMS = {  # ms on, ms off: GF 002-9002
    Tone.RINGBACK: [(1000, 4000)] * 2,
    Tone.BUSY: [(350, 350)] * 4,
    Tone.CONGESTION: [(700, 700)] * 3,
    Tone.UNOBTAINABLE: [(100, 100)] * 3 + [(400, 400)],
    Tone.DIAL: [(4000, 0)],
}


def rhythm(on_off, hz=450.0, dbm0=-15.0, begin_ms=100.0, pace=1.0):
    sound = [pause(begin_ms)]
    for on, off in on_off:
        sound += [tone(hz, on * pace, dbm0), pause(off * pace)]
    return np.concatenate([*sound, pause(500)])


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(list(RHYTHMS)),
    hz=st.floats(428, 472),
    dbm0=st.floats(-25, -4),
    begin_ms=st.floats(0, 20),
    pace=st.floats(0.93, 1.07),
    seed=st.integers(0, 1000),
)
def test_the_rhythms_of_450_hz_are_told_apart(kind, hz, dbm0, begin_ms, pace, seed):
    """With the tolerances of the exchange, also on a line with noise."""
    sound = noise(rhythm(RHYTHMS[kind], hz, dbm0, begin_ms, pace), dbm0 - 20, seed)
    assert set(tones_in(sound)) == {kind}


@pytest.mark.parametrize("hz", [350, 600, 1000])
def test_the_same_rhythms_at_another_pitch_are_not_the_exchange_s(hz):
    for on_off in RHYTHMS.values():
        assert not set(tones_in(rhythm(on_off, hz))) & set(RHYTHMS)


@settings(max_examples=60, deadline=None)
@given(
    hz=st.floats(400, 2000),
    ms=st.integers(200, 3000),
    dbm0=st.floats(-25, -4),
    begin_ms=st.floats(0, 20),
    seed=st.integers(0, 1000),
)
def test_one_tone_with_quiet_behind_it_is_a_beep(hz, ms, dbm0, begin_ms, seed):
    is_dial = abs(hz - 450) < 30 and ms > 2950
    sound = np.concatenate([rhythm([(ms, 0)], hz, dbm0, begin_ms), pause(4600)])
    assert tones_in(noise(sound, dbm0 - 20, seed)) == [Tone.BEEP] or is_dial


def test_a_beep_behind_words_is_told_when_it_has_been_quiet_for_a_moment():
    mouth = EspeakSynthesiser()
    words = decode(mouth.render("您好，请在嘀声后留言。", "zh"), Codec.PCMA)
    mouth.close()
    assert tones_in(np.concatenate([words, pause(300), tone(1400, 400), pause(240)])) == []
    assert tones_in(np.concatenate([words, pause(300), tone(1400, 400), pause(400)])) == [Tone.BEEP]
    assert tones_in(np.concatenate([words, pause(300), *[tone(1400, 200), pause(200)] * 2, pause(400)])) == [
        Tone.BEEP
    ]


def test_a_tone_with_something_behind_it_is_no_beep():
    assert tones_in(np.concatenate([tone(1000, 400), noise(pause(1000), -15)])) == []


def test_notes_beside_each_other_are_no_beep():
    melody = [note for hz in (523, 659, 784, 659, 523) for note in (tone(hz, 300), pause(60))]
    assert tones_in(np.concatenate([*melody, pause(200)])) == []


@pytest.mark.parametrize("tune", TUNES)
def test_a_tune_is_no_beep(tune):
    assert tones_in(decode(TuneLibrary().clip(tune), Codec.PCMA)) == []


@pytest.mark.parametrize("dbm0", [-40, -20, -10])
def test_noise_is_no_tone(dbm0):
    assert tones_in(noise(pause(30_000), dbm0)) == []


def test_each_row_has_its_own_rhythm_and_rows_that_want_none_have_none():
    detector = SingleTones()
    sounds = [rhythm(RHYTHMS[kind]) for kind in (Tone.CONGESTION, Tone.BUSY, Tone.BUSY)]
    length = max(map(len, sounds))
    sounds = [np.concatenate([sound, np.zeros(length - len(sound))]) for sound in sounds]
    for _ in sounds:
        detector.add()
    detector.want([True, False, True])
    heard: list[list[Tone]] = [[], [], []]
    rows = [0, 1, 2]
    for at in range(0, length - 160, 160):
        if at == 8000:  # the first is gone: the last takes its row
            detector.remove(0)
            rows = [2, 1]
            detector.want([True, False])
        frame = np.stack([sounds[n][at : at + 160] for n in rows]).astype(np.float32)
        for row, found in detector.step(frame, frame_levels(frame)):
            heard[rows[row]].append(found)
    assert heard == [[], [], [Tone.BUSY]]
