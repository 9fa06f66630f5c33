"""Sound files as people may upload them, made here."""

from __future__ import annotations

import struct

import numpy as np

from huifang.voice.rtp.g711 import Codec, encode


def tone(seconds: float, rate: int, hz: float = 440.0, loud: float = 0.5) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return loud * np.sin(2 * np.pi * hz * t)


def wav(
    samples: np.ndarray,
    rate: int,
    *,
    tag: int = 1,
    bits: int = 16,
    channels: int = 1,
    extensible: bool = False,
    before: bytes = b"",
    size: int | None = None,
) -> bytes:
    """``samples`` (mono, -1 … 1) on every channel."""
    wide = np.repeat(samples, channels)
    if tag == 3:
        body = wide.astype("<f4" if bits == 32 else "<f8").tobytes()
    elif tag in (6, 7):
        codec = Codec.PCMA if tag == 6 else Codec.PCMU
        body = encode((wide * 32767).round().astype(np.int16), codec).tobytes()
    elif bits == 8:
        body = (wide * 127 + 128).round().astype(np.uint8).tobytes()
    else:
        top = 2 ** (bits - 1) - 1
        value = (wide * top).round().astype("<i8")
        width = bits // 8
        body = value.view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
    step = bits // 8 * channels
    form = struct.pack("<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * step, step, bits)
    if extensible:
        form += struct.pack("<HHIH", 22, bits, 0, tag) + bytes(14)
    inside = b"WAVE" + before + b"fmt " + struct.pack("<I", len(form)) + form
    inside += b"data" + struct.pack("<I", len(body) if size is None else size) + body
    return b"RIFF" + struct.pack("<I", len(inside)) + inside
