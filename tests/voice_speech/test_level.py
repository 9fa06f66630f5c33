"""The level law of prompts: however loud a voice was recorded, it is heard at one level, whole and unclipped."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from huifang.voice.mouths.level import PHONE_HZ, telephone
from huifang.voice.rtp.g711 import Codec, decode, encode

FRAME = 160
TARGET_DB = 20 * np.log10(0.13)
PEAK = 0.7 * 32767
LEAD = 160

levels = st.floats(-50, -14)
"""dBFS of the voice in the recording."""
crests = st.floats(0, 16)
"""dB between the loudest sample and the level; a sine has 3, a voice 10 to 16."""
syllables = st.lists(st.tuples(st.integers(4, 12), st.integers(0, 8)), min_size=1, max_size=8).filter(
    lambda parts: sum(voiced for voiced, _ in parts) >= 10
)
"""Frames of voice, frames of pause; 200 ms of voice at least, the hangover of ITU-T P.56: less has no level."""


def voice(
    parts: list[tuple[int, int]], level: float, crest: float, seed: int
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Syllables of noise: (samples, where the voice is).  Noise to some power has the crest that is wanted."""
    random = np.random.default_rng(seed)
    speaking = np.concatenate([np.repeat([True, False], [f * FRAME, p * FRAME]) for f, p in parts])
    low, high = 0.05, 3.0
    stress = 10 ** (random.uniform(-6, 0, len(speaking) // FRAME // 4 + 1) / 20)  # syllables differ
    noise = random.uniform(-1, 1, len(speaking)) * np.repeat(stress, 4 * FRAME)[: len(speaking)]
    for _ in range(30):  # the power, by halving
        power = (low + high) / 2
        sound = np.sign(noise) * np.abs(noise) ** power
        sound /= np.sqrt((sound[speaking] ** 2).mean())
        low, high = (power, high) if 20 * np.log10(np.abs(sound).max()) < crest else (low, power)
    pcm = np.rint(sound * 32768 * 10 ** (level / 20)) * speaking
    return np.clip(pcm, -32768, 32767).astype(np.int16), speaking


def heard_db(clip: NDArray[np.int16], speaking: NDArray[np.bool_]) -> float:
    """The level of the voice, where it was put, after the pause that leads in."""
    end = int(np.flatnonzero(speaking)[-1]) + 1
    words = clip[LEAD : LEAD + end].astype(float)[speaking[: min(end, len(clip) - LEAD)]]
    return float(10 * np.log10((words**2).mean()) - 20 * np.log10(32768))


@given(syllables, levels, crests, st.integers(0, 99))
def test_a_voice_of_any_level_is_heard_at_the_same_and_unclipped(parts, level, crest, seed):
    pcm, speaking = voice(parts, level, crest, seed)
    assume(np.abs(pcm).max() < 32767)
    clip = telephone(pcm, PHONE_HZ, "您好。")
    assert abs(heard_db(clip, speaking) - TARGET_DB) <= 1
    assert np.abs(clip).max() <= PEAK
    assert np.abs(decode(encode(clip, Codec.PCMA), Codec.PCMA)).max() < 32256  # A-law's own end


@given(st.binary(min_size=2, max_size=4000), st.sampled_from([8000, 16_000, 22_050, 24_000, 44_100]))
def test_nothing_at_all_is_ever_clipped(data, hz):
    pcm = np.frombuffer(data[: len(data) // 2 * 2], np.int16)
    assert np.abs(telephone(pcm, hz, "好")).max(initial=0) <= PEAK


@given(syllables, levels, st.integers(0, 99))
def test_pauses_stay_silent_and_the_order_of_loudness_stays(parts, level, seed):
    pcm, speaking = voice(parts, level, 10, seed)
    clip = telephone(pcm, PHONE_HZ, "好")[LEAD:]
    loud = np.flatnonzero(np.abs(pcm) > 0.1 * np.abs(pcm).max())
    within = slice(loud[0], loud[-1])
    before = pcm[within]
    likeness = np.correlate(clip.astype(float), before.astype(float), "valid")
    after = clip[likeness.argmax() :][: len(before)]
    assert (np.diff(after[np.argsort(before, kind="stable")].astype(int)) >= 0).all()
    assert np.abs(after[~speaking[within]]).max(initial=0) < 0.03 * 32767


@given(st.integers(-30, 30), st.integers(0, 2), st.integers(0, 3000), st.sampled_from([8000, 22_050]))
def test_silence_stays_silence(offset, bits, samples, hz):
    """Digital silence, an offset, and the noise of the last bits."""
    hiss = np.random.default_rng(1).integers(-bits, bits + 1, samples) + offset
    assert len(telephone(hiss.astype(np.int16), hz, "好。")) == 0


@pytest.mark.parametrize("offset", [-3000, 3000])
def test_an_offset_changes_nothing(offset):
    pcm, speaking = voice([(10, 5), (10, 5)], -25, 10, 1)
    clip = telephone((pcm + offset).astype(np.int16), PHONE_HZ, "好")
    assert abs(heard_db(clip, speaking) - TARGET_DB) <= 1


def test_a_click_does_not_make_the_words_quiet():
    pcm, speaking = voice([(40, 5)], -35, 10, 1)
    pcm[800:808] = 30_000
    clip = telephone(pcm, PHONE_HZ, "好")
    speaking[800 - FRAME : 808 + FRAME] = False
    assert abs(heard_db(clip, speaking) - TARGET_DB) <= 3


def test_the_rate_does_not_matter_to_the_level():
    turns = np.arange(2 * 22_050) / 22_050
    pcm = (3000 * np.sin(2 * np.pi * 440 * turns)).astype(np.int16)
    levels = [
        float(20 * np.log10(telephone(pcm[: 2 * hz], hz, "好")[400:8000].astype(float).std()))
        for hz in (8000, 16_000, 22_050)
    ]
    assert max(levels) - min(levels) < 0.1
