"""Voices heard together: the sum of their samples, at most full scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.g711 import Codec, decode, encode, transcode
from huifang.voice.rtp.mixing import mixed

CODECS = st.sampled_from(list(Codec))
FRAMES = st.binary(min_size=160, max_size=160)


@given(FRAMES, CODECS, CODECS)
def test_one_voice_passes_as_it_is(codes: bytes, source: Codec, target: Codec) -> None:
    assert mixed([(codes, source)], target) == transcode(codes, source, target)


@given(st.lists(st.tuples(FRAMES, CODECS), min_size=2, max_size=4), CODECS)
def test_many_are_their_sum_and_never_wrap_round(voices: list[tuple[bytes, Codec]], target: Codec) -> None:
    total = sum(decode(codes, codec).astype(int) for codes, codec in voices)
    wanted = np.array([max(-32768, min(32767, value)) for value in total], np.int16)
    assert mixed(voices, target) == encode(wanted, target).tobytes()


@given(st.permutations([(bytes([n]) * 160, Codec.PCMA) for n in (3, 90, 200)]))
def test_the_order_of_voices_is_not_heard(voices: list[tuple[bytes, Codec]]) -> None:
    assert mixed(voices, Codec.PCMU) == mixed(sorted(voices), Codec.PCMU)


@pytest.mark.parametrize("loudest", [0x2A, 0xAA])  # full scale, positive and negative, in A-law
def test_two_at_full_scale_stay_at_full_scale(loudest: int) -> None:
    frame = bytes([loudest]) * 160
    assert mixed([(frame, Codec.PCMA)] * 2, Codec.PCMA) == frame
