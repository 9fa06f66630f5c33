"""G.711 A-law and µ-law by lookup tables (ITU-T G.711; the rounding is that of ITU-T G.191).

Samples are int16 over the full range; A-law keeps the upper 13 bits, µ-law the upper 14.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

FRAME = 160  # samples, and bytes, of 20 ms


class Codec(IntEnum):
    """The codecs that we speak, by their static payload types (RFC 3551, table 4)."""

    PCMU = 0
    PCMA = 8


def _every_sample() -> NDArray[np.int32]:
    return np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32)


def _bit_length(values: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.frexp(values.astype(np.float64))[1].astype(np.int32)


def _expand_alaw() -> NDArray[np.int16]:
    code = np.arange(256) ^ 0x55
    segment, step = code >> 4 & 7, code & 15
    magnitude = np.where(segment == 0, 16 * step + 8, (16 * step + 264) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _expand_mulaw() -> NDArray[np.int16]:
    code = np.arange(256) ^ 0xFF
    segment, step = code >> 4 & 7, code & 15
    magnitude = ((8 * step + 132) << segment) - 132
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _compress_alaw() -> NDArray[np.uint8]:
    sample = _every_sample()
    magnitude = np.where(sample < 0, ~sample, sample) >> 4  # 11 bits
    segment = np.maximum(_bit_length(magnitude) - 4, 0)
    step = magnitude >> np.maximum(segment - 1, 0) & 15
    sign = np.where(sample < 0, 0, 0x80)
    return np.asarray((sign | segment << 4 | step) ^ 0x55, np.uint8)


def _compress_mulaw() -> NDArray[np.uint8]:
    sample = _every_sample()
    magnitude = np.minimum((np.where(sample < 0, ~sample, sample) >> 2) + 33, 0x1FFF)  # 13 bits, biased
    segment = _bit_length(magnitude) - 6
    step = magnitude >> segment + 1 & 15
    sign = np.where(sample < 0, 0x80, 0)
    return np.asarray((sign | segment << 4 | step) ^ 0xFF, np.uint8)


EXPAND = {Codec.PCMA: _expand_alaw(), Codec.PCMU: _expand_mulaw()}
"""Sample by code: int16, shape (256,)."""

_COMPRESS = {Codec.PCMA: _compress_alaw(), Codec.PCMU: _compress_mulaw()}

SILENCE = {codec: int(table[0]) for codec, table in _COMPRESS.items()}
"""The code of silence: 0xD5 in A-law, 0xFF in µ-law."""

_TRANSCODE = {
    (source, target): _COMPRESS[target][EXPAND[source].view(np.uint16)].tobytes()
    for source in Codec
    for target in Codec
    if source != target
}


def decode(codes: bytes | NDArray[np.uint8], codec: Codec) -> NDArray[np.int16]:
    """The samples of ``codes``: int16, of the same shape."""
    values = np.frombuffer(codes, np.uint8) if isinstance(codes, bytes) else codes
    return EXPAND[codec][values]


def encode(pcm: NDArray[np.int16], codec: Codec) -> NDArray[np.uint8]:
    """The codes of int16 samples: uint8, of the same shape."""
    return _COMPRESS[codec][pcm.view(np.uint16)]


def transcode(codes: bytes, source: Codec, target: Codec) -> bytes:
    """The same audio in another codec, code by code."""
    return codes if source == target else codes.translate(_TRANSCODE[source, target])
