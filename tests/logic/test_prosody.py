"""Loudness, tempo and pitch of telephone speech, measured on sounds whose figures are known."""

from __future__ import annotations

import base64
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from huifang.logic.prosody import HZ, Prosody, prosody_of, voiced_pitch
from huifang.voice.mouths import espeak_program
from huifang.voice.resampling import resample
from huifang.voice.rtp.g711 import Codec, decode, encode

Pcm = NDArray[np.int16]


def pcm(wave: NDArray[np.float64]) -> Pcm:
    return np.clip(np.rint(wave * 32_767), -32_768, 32_767).astype(np.int16)


def by_telephone(wave: NDArray[np.float64]) -> Pcm:
    return decode(encode(pcm(wave), Codec.PCMA).tobytes(), Codec.PCMA)


def harmonics(hz: NDArray[np.float64], *, lowest: float = 0.0) -> NDArray[np.float64]:
    """A voice-like sound whose pitch at every sample is ``hz``; harmonics below ``lowest`` are cut off."""
    phase = 2 * np.pi * np.cumsum(hz) / HZ
    parts = [
        np.where((k * hz < 3_400) & (k * hz >= lowest), np.cos(k * phase) / k, 0.0) for k in range(1, 25)
    ]
    wave = np.sum(parts, axis=0)
    return 0.4 * wave / np.abs(wave).max()


def measured(sound: Pcm) -> Prosody:
    found = prosody_of(sound)
    assert found is not None
    return found


def pitch_of(sound: Pcm) -> float:
    found = measured(sound).pitch_hz
    assert found is not None
    return found


@given(hz=st.floats(75, 480), lowest=st.sampled_from((0.0, 300.0)))
def test_the_pitch_of_a_steady_sound_is_found_also_where_the_telephone_cuts_it_off(
    hz: float, lowest: float
) -> None:
    sound = by_telephone(harmonics(np.full(4_000, hz), lowest=lowest))
    assert pitch_of(sound) == pytest.approx(hz, rel=0.03)


@given(hz=st.floats(75, 480), loud=st.floats(0.01, 0.9))
def test_the_pitch_of_a_bare_sine_is_no_octave_off(hz: float, loud: float) -> None:
    assert pitch_of(pcm(loud * np.sin(2 * np.pi * hz * np.arange(4_000) / HZ))) == pytest.approx(hz, rel=0.03)


@pytest.mark.parametrize(("low", "high"), [(90, 180), (110, 400), (420, 150), (250, 80)])
def test_a_glide_is_followed_all_the_way(low: float, high: float) -> None:
    hz = np.geomspace(low, high, 2 * HZ)
    sound = by_telephone(harmonics(hz)).astype(np.float32) / np.float32(32_768)
    track = voiced_pitch(sound, np.ones(len(sound) // 80, bool))
    heard_at = (np.arange(len(track)) * 160 + 160 + HZ / track / 2).astype(
        int
    )  # the middle of what is compared
    wrong = np.abs(track / hz[heard_at] - 1)
    assert len(track) > 90
    assert np.median(wrong) <= 0.01
    assert np.quantile(wrong, 0.98) <= 0.03


@given(
    hz=st.floats(80, 400),
    gain_db=st.floats(-30, 0),
    seed=st.integers(0, 99),
    rate=st.sampled_from((3.0, 5.0)),
)
def test_louder_is_louder_by_as_much_and_nothing_else(
    hz: float, gain_db: float, seed: int, rate: float
) -> None:
    at = np.arange(3 * HZ) / HZ
    swell = 0.02 + np.abs(np.sin(np.pi * rate * at))
    wobble = np.random.default_rng(seed).uniform(0.97, 1.03, len(at) // 800 + 1).repeat(800)[: len(at)]
    voice = harmonics(hz * wobble) * swell / swell.max()
    loud, soft = measured(pcm(voice)), measured(pcm(voice * 10 ** (gain_db / 20)))
    assert soft.level_db - loud.level_db == pytest.approx(gain_db, abs=0.3)
    assert soft.pitch_hz == pytest.approx(loud.pitch_hz, rel=0.01)
    assert soft.syllables == loud.syllables
    assert loud.rate == pytest.approx(rate, rel=0.2)


def test_pauses_change_neither_loudness_nor_tempo() -> None:
    at = np.arange(2 * HZ) / HZ
    voice = harmonics(np.full(len(at), 200.0)) * np.abs(np.sin(np.pi * 4 * at))
    halting = np.concatenate([voice[:HZ], np.zeros(2 * HZ), voice[HZ:]])
    fluent = measured(pcm(voice))
    assert measured(pcm(halting)).level_db == pytest.approx(fluent.level_db, abs=0.5)
    assert measured(pcm(halting)).rate == pytest.approx(fluent.rate, rel=0.1)


@given(st.binary(max_size=6_000), st.integers(0, 40))
def test_any_sound_is_measured_or_is_none(data: bytes, times: int) -> None:
    found = prosody_of(np.frombuffer(data[: len(data) // 2 * 2] * times, np.int16))
    assert found is None or (found.level_db <= 0.1 and found.rate >= 0 and found.syllables >= 0)


@pytest.mark.parametrize(
    "sound",
    [np.zeros(0, np.int16), np.zeros(HZ, np.int16), np.full(HZ, 900, np.int16)],
    ids=["none", "0", "dc"],
)
def test_silence_is_nobody(sound: Pcm) -> None:
    assert prosody_of(sound) is None


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(3).normal(0, 0.05, 2 * HZ)
    assert measured(pcm(noise)).pitch_hz is None


# ---- voices

SENTENCE = "你们的服务态度真的很好我下次还会再来买东西"
_SPEAKING = """
import base64, json, sys
from huifang.voice.mouths.espeak_program import Espeak
espeak = Espeak()
said = []
for voice, pitch, rate, text in json.load(sys.stdin):
    espeak._library.espeak_SetParameter(3, pitch, 0)
    said.append(base64.b64encode(espeak.say(text, voice, rate)).decode())
json.dump([espeak.hz, said], sys.stdout)
"""
Spoken = dict[tuple[str, int, int], NDArray[np.float64]]


@pytest.fixture(scope="module")
def voices() -> Spoken:
    """(voice, espeak's pitch, its words a minute) → the sentence as a telephone brings it."""
    try:
        espeak_program.library()
    except LookupError:
        pytest.skip("espeak-ng is not here")
    wanted = [(v, p, r) for v in ("cmn+m3", "cmn+f3") for p in (20, 50, 80) for r in (140, 205, 280)]
    asked = json.dumps([(*one, SENTENCE) for one in wanted])
    done = subprocess.run(
        [sys.executable, "-c", _SPEAKING], input=asked, capture_output=True, text=True, check=True
    )
    hz, said = json.loads(done.stdout)
    return {
        one: resample(np.frombuffer(base64.b64decode(pcm), np.int16).astype(np.float32) / 40_000, hz, HZ)
        for one, pcm in zip(wanted, said, strict=True)
    }


def test_the_syllables_of_a_spoken_sentence_are_counted(voices: Spoken) -> None:
    for how, wave in voices.items():
        assert measured(by_telephone(wave)).syllables == pytest.approx(len(SENTENCE), abs=4), how


def test_who_speaks_faster_or_higher_or_louder_is_measured_so(voices: Spoken) -> None:
    for voice in ("cmn+m3", "cmn+f3"):
        rates = [measured(by_telephone(voices[voice, 50, r])).rate for r in (140, 205, 280)]
        pitches = [pitch_of(by_telephone(voices[voice, p, 205])) for p in (20, 50, 80)]
        assert rates[0] * 1.2 < rates[1] < rates[2] / 1.2
        assert pitches[0] * 1.15 < pitches[1] < pitches[2] / 1.15
    assert pitch_of(by_telephone(voices["cmn+f3", 50, 205])) > 1.5 * pitch_of(
        by_telephone(voices["cmn+m3", 50, 205])
    )


def test_a_voice_by_telephone_keeps_its_pitch_when_it_is_softer_or_noisy(voices: Spoken) -> None:
    random = np.random.default_rng(5)
    for wave in voices.values():
        clear = pitch_of(by_telephone(wave))
        noisy = wave / 4 + random.normal(0, 0.2 * np.std(wave / 4), len(wave))  # 14 dB of signal to noise
        assert pitch_of(by_telephone(wave / 8)) == pytest.approx(clear, rel=0.03)
        assert pitch_of(by_telephone(noisy)) == pytest.approx(clear, rel=0.06)
