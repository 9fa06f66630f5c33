"""Keys in the audio itself: what ITU-T Q.24 asks of a receiver, and that speech is no key."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huifang.voice.rtp.g711 import Codec, decode
from huifang.voice.rtp.key_tones import KeyTones, key_frames

from .sounds import KEYS, key, keys_in, noise, pause, tone


def dialled(keys, on_ms=40, off_ms=40, begin_ms=100.0, **how):
    parts = [pause(begin_ms)]
    for one in keys:
        parts += [key(one, on_ms, **how), pause(off_ms)]
    return np.concatenate([*parts, pause(100)])


@settings(max_examples=60, deadline=None)
@given(
    keys=st.text(KEYS, min_size=1, max_size=6),
    begin_ms=st.floats(60, 80),
    on_ms=st.floats(40, 200),
    off_ms=st.floats(40, 200),
    twist_db=st.floats(-8, 4),
    off=st.floats(-0.015, 0.015),
    dbm0=st.floats(-25, -8),
    seed=st.integers(0, 1000),
)
def test_what_q_24_calls_a_key_is_heard_once_each(keys, begin_ms, on_ms, off_ms, twist_db, off, dbm0, seed):
    """Whatever its place in the packets, also on a line with noise 20 dB below the weaker tone."""
    sound = dialled(keys, on_ms, off_ms, begin_ms, twist_db=twist_db, off=off, dbm0=dbm0)
    assert keys_in(noise(sound, dbm0 + min(twist_db, 0.0) - 20, seed)) == keys


def test_the_quietest_key_of_q_24_is_heard_with_its_most_twist():
    """The high tone is 33 dB below full then: it used to be lost at the threshold."""
    for one in KEYS:
        assert keys_in(dialled([one], twist_db=-8, dbm0=-25)) == one


@settings(max_examples=40, deadline=None)
@given(key=st.sampled_from(KEYS), begin_ms=st.floats(60, 80), on_ms=st.floats(1, 22))
def test_a_key_of_less_than_23_ms_is_none(key, begin_ms, on_ms):
    assert keys_in(dialled(key, on_ms, begin_ms=begin_ms)) == ""


@settings(max_examples=40, deadline=None)
@given(one=st.sampled_from(KEYS), begin_ms=st.floats(60, 80), gap_ms=st.floats(0.1, 10))
def test_a_gap_of_10_ms_does_not_make_two_of_one(one, begin_ms, gap_ms):
    sound = [pause(begin_ms), key(one, 60), pause(gap_ms), key(one, 60), pause(100)]
    assert keys_in(np.concatenate(sound)) == one


@pytest.mark.parametrize("off", [-0.035, 0.035])
@pytest.mark.parametrize("one", KEYS)
def test_frequencies_that_are_off_by_3_5_per_cent_are_no_key(one, off):
    assert keys_in(dialled(one, 100, off=off)) == ""


@pytest.mark.parametrize(
    "sound",
    [
        tone(697, 300),
        tone(1336, 300),
        tone(697, 300) + tone(770, 300),
        tone(1209, 300) + tone(1336, 300),
        tone(350, 300) + tone(440, 300),  # a dial tone
        key("5", 300, -40),
        key("5", 300, twist_db=12),
        key("5", 300, twist_db=-16),
        key("5", 300) + tone(1000, 300, -4),
    ],
)
def test_other_pairs_of_tones_are_no_key(sound):
    assert keys_in(np.concatenate([pause(100), sound, pause(100)])) == ""


def test_each_row_hears_its_own_keys_and_rows_that_want_none_hear_nothing():
    detector = KeyTones()
    sounds = [dialled(keys, 60, 60) for keys in ("123", "456", "789")]
    for _ in sounds:
        detector.add()
    detector.want([True, False, True])
    heard = ["", "", ""]
    rows = [0, 1, 2]
    for at in range(0, 4400, 160):
        if at == 1600:  # the first is gone: the last takes its row
            detector.remove(0)
            rows = [2, 1]
            detector.want([True, False])
        frame = np.stack([sounds[n][at : at + 160] for n in rows]).astype(np.float32)
        for row, found in detector.step(frame):
            heard[rows[row]] += found
    assert heard == ["1", "", "789"]


@pytest.mark.parametrize("name", KEYS)
def test_our_own_key_is_one(name):
    codes = b"".join([*key_frames(name, 100), *[b"\xd5" * 160] * 3])
    assert keys_in(decode(codes, Codec.PCMA)) == name
    with pytest.raises(ValueError, match="'x'"):
        key_frames("x", 100)


@pytest.mark.parametrize("dbm0", [-40, -20, -10])
def test_noise_is_no_key(dbm0):
    white = noise(pause(30_000), dbm0)
    assert keys_in(white) == ""
    assert keys_in(np.convolve(white, np.ones(6) / 3, "same")) == ""  # as a street sounds: less of the high
