"""G.711 tables against the Recommendation, followed here segment by segment without a table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.g711 import SILENCE, Codec, decode, encode, transcode

# ITU-T G.711, table 1a: decision values x(n) and the size of the steps behind them, in 1/4096 of full scale
A_SEGMENTS = [(0, 2), (32, 2), (64, 4), (128, 8), (256, 16), (512, 32), (1024, 64), (2048, 128)]
# table 2a, in 1/8159: 1 (its first step is the half of one, from 0), 31, 95, 223, 479, 991, 2015, 4063
MU_SEGMENTS = [(-1, 2), (31, 4), (95, 8), (223, 16), (479, 32), (991, 64), (2015, 128), (4063, 256)]


def alaw_code(sample13: int) -> int:
    """The character signal of a value in 1/4096, even bits inverted."""
    sign, size = (0x80, sample13) if sample13 >= 0 else (0, -sample13 - 1)
    segment = max(s for s, (start, _) in enumerate(A_SEGMENTS) if size >= start)
    start, step = A_SEGMENTS[segment]
    return (sign | segment << 4 | (size - start) // step) ^ 0x55


def alaw_value(code: int) -> int:
    """The quantised value y(n) of a code: the middle of its step, in 1/4096."""
    code ^= 0x55
    start, step = A_SEGMENTS[code >> 4 & 7]
    size = start + (code & 15) * step + step // 2
    return size if code & 0x80 else -size


def mulaw_code(sample14: int) -> int:
    """The character signal of a value in 1/8159, all bits inverted."""
    sign, size = (0, sample14) if sample14 >= 0 else (0x80, -sample14 - 1)
    size = min(size, 8158)
    segment = max(s for s, (start, _) in enumerate(MU_SEGMENTS) if size >= start)
    start, step = MU_SEGMENTS[segment]
    return (sign | segment << 4 | (size - start) // step) ^ 0xFF


def mulaw_value(code: int) -> int:
    """The quantised value y(n) of a code: the middle of its step, in 1/8159."""
    code ^= 0xFF
    start, step = MU_SEGMENTS[code >> 4 & 7]
    size = start + (code & 15) * step + step // 2
    return -size if code & 0x80 else size


EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_CODE = bytes(range(256))


def test_alaw_codes_follow_the_decision_values():
    assert encode(EVERY_SAMPLE, Codec.PCMA).tolist() == [alaw_code(int(s) >> 3) for s in EVERY_SAMPLE]


def test_mulaw_codes_follow_the_decision_values():
    assert encode(EVERY_SAMPLE, Codec.PCMU).tolist() == [mulaw_code(int(s) >> 2) for s in EVERY_SAMPLE]


def test_alaw_values_are_the_middles_of_the_steps():
    assert decode(EVERY_CODE, Codec.PCMA).tolist() == [8 * alaw_value(code) for code in range(256)]


def test_mulaw_values_are_the_middles_of_the_steps():
    assert decode(EVERY_CODE, Codec.PCMU).tolist() == [4 * mulaw_value(code) for code in range(256)]


def test_the_recommendation_s_printed_corners():
    """Tables 1 and 2: the largest values, the smallest, and the codes of silence."""
    assert decode(bytes([0xAA, 0x2A, 0xD5, 0x55]), Codec.PCMA).tolist() == [32256, -32256, 8, -8]
    assert decode(bytes([0x80, 0x00, 0xFF, 0x7F]), Codec.PCMU).tolist() == [32124, -32124, 0, 0]
    assert SILENCE == {Codec.PCMA: 0xD5, Codec.PCMU: 0xFF}


@pytest.mark.parametrize("codec", list(Codec))
def test_a_decoded_code_is_encoded_as_itself(codec):
    again = encode(decode(EVERY_CODE, codec), codec).tobytes()
    minus_zero = {0x7F: 0xFF} if codec is Codec.PCMU else {}
    assert again == bytes(minus_zero.get(code, code) for code in EVERY_CODE)


@given(st.binary(max_size=400), st.sampled_from(Codec), st.sampled_from(Codec))
def test_transcoding_keeps_the_sound(codes, source, target):
    there = transcode(codes, source, target)
    expected = decode(codes, source).astype(int)
    error = np.abs(decode(there, target).astype(int) - expected)
    assert (error <= np.maximum(np.abs(expected) / 16, 16)).all()


@given(st.binary(max_size=400))
def test_transcoding_to_the_same_codec_changes_nothing(codes):
    assert transcode(codes, Codec.PCMA, Codec.PCMA) == codes
