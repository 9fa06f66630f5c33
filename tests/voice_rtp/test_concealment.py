"""What is heard where no packet came."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.concealment import Concealer
from huifang.voice.rtp.g711 import SILENCE, Codec, decode, encode

CODECS = [Codec.PCMA, Codec.PCMU]


def voice(seconds: float = 1.0, hertz: float = 130.0) -> np.ndarray:
    """A steady vowel: harmonics of one pitch."""
    t = np.arange(round(8000 * seconds)) / 8000
    sound = sum(np.cos(2 * np.pi * hertz * k * t + k * k) / k for k in range(1, 20))
    return (6000 * sound / np.abs(sound).max()).astype(np.int16)


def frames(sound: np.ndarray, codec: Codec) -> list[bytes]:
    return [encode(frame, codec).tobytes() for frame in sound[: len(sound) // 160 * 160].reshape(-1, 160)]


def heard(given: list[bytes | None], codec: Codec = Codec.PCMA) -> np.ndarray:
    """The sound of the frames that a jitter buffer gave."""
    concealer = Concealer(codec)
    return decode(b"".join(concealer.frame(frame) for frame in given), codec).astype(float)


def level_db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound.astype(float) ** 2) + 1))


@pytest.mark.parametrize("codec", CODECS)
def test_what_came_is_heard_unchanged(codec):
    sent = frames(voice(), codec)
    assert (heard(list(sent), codec) == decode(b"".join(sent), codec)).all()


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("hertz", [75.0, 110.0, 130.0, 190.0])
def test_a_lost_frame_of_a_vowel_is_hardly_missed(codec, hertz):
    sent: list[bytes | None] = list(frames(voice(hertz=hertz), codec))
    whole = heard(sent, codec)
    sent[20] = None
    mended = heard(sent, codec)
    fault = mended - whole
    assert not fault[: 20 * 160].any()
    assert not fault[21 * 160 + 40 :].any()
    assert level_db(fault[20 * 160 : 21 * 160]) < level_db(whole[20 * 160 : 21 * 160]) - 6
    jumps = np.abs(np.diff(mended[20 * 160 - 1 : 21 * 160 + 41]))
    assert jumps.max() <= 1.5 * np.abs(np.diff(whole)).max()  # no click at either end


@pytest.mark.parametrize("codec", CODECS)
def test_a_voice_that_stays_away_fades_within_60_ms(codec):
    sent: list[bytes | None] = list(frames(voice(), codec))[:20]
    out = heard(sent + [None] * 10, codec)[20 * 160 :]
    levels = [level_db(out[start : start + 80]) for start in range(0, 480, 80)]
    assert all(later < earlier + 1 for earlier, later in pairwise(levels))
    assert levels[-1] < levels[0] - 10
    assert (out[480:] == decode(bytes([SILENCE[codec]]), codec)[0]).all()


def test_after_a_long_gap_nothing_old_is_held():
    sent: list[bytes | None] = list(frames(voice(), Codec.PCMA))
    out = heard([*sent[:20], *[None] * 10, sent[30], None, None])
    assert level_db(out[31 * 160 :]) < 20


def test_concealed_frames_are_counted():
    concealer = Concealer(Codec.PCMA)
    for frame in [None, *frames(voice(0.2), Codec.PCMA), None, None, None, None, None]:
        concealer.frame(frame)
    assert concealer.concealed == 3


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("below", [40, 50, 60])
def test_a_far_end_that_says_it_is_silent_is_heard_as_noise_of_its_level(codec, below):
    concealer = Concealer(codec)
    for frame in frames(voice(), codec):
        concealer.audio_comes()
        concealer.frame(frame)
    concealer.falls_silent(bytes([below, 1, 2, 3]))
    out = b"".join(concealer.frame(None) for _ in range(50))
    level = level_db(decode(out, codec)) - 20 * np.log10(32768)
    assert level == pytest.approx(-below, abs=1.5)
    assert concealer.concealed == 0


def test_a_key_in_the_midst_of_a_voice_is_no_loss():
    concealer = Concealer(Codec.PCMA)
    for frame in frames(voice(), Codec.PCMA):
        concealer.audio_comes()
        concealer.frame(frame)
    concealer.falls_silent()
    assert concealer.frame(None) == bytes([SILENCE[Codec.PCMA]]) * 160
    assert concealer.concealed == 0


def test_what_is_lost_after_the_noise_is_held_on_again():
    concealer = Concealer(Codec.PCMA)
    concealer.falls_silent(b"\x40")
    for frame in frames(voice(), Codec.PCMA):
        concealer.audio_comes()
        concealer.frame(frame)
    held = decode(concealer.frame(None), Codec.PCMA)
    assert level_db(held) > 60
    assert concealer.concealed == 1


@given(
    st.sampled_from(CODECS),
    st.lists(st.one_of(st.none(), st.binary(min_size=160, max_size=160), st.binary(max_size=4)), max_size=40),
)
def test_whatever_comes_every_frame_has_160_codes(codec, given_frames):
    concealer = Concealer(codec)
    for frame in given_frames:
        if frame is not None and len(frame) < 160:
            concealer.falls_silent(frame)
        else:
            assert len(concealer.frame(frame)) == 160
