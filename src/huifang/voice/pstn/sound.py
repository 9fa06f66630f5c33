"""Voices of many people from one synthesiser, and the beep of a voicemail."""

from __future__ import annotations

import numpy as np

from huifang.voice.pstn.persona import Sound
from huifang.voice.rtp.g711 import Codec, decode, encode

_RATE = 8000


def in_voice(clip: bytes, sound: Sound) -> bytes:
    """``clip`` (A-law) spoken faster and higher or slower and lower, and at another loudness.

    Plain resampling moves pitch and pace together, as a shorter or longer vocal tract with a livelier or
    calmer speaker would.
    """
    samples = np.asarray(decode(clip, Codec.PCMA), np.float32)
    if not len(samples):
        return b""
    places = np.arange(0, len(samples) - 1, sound.rate, dtype=np.float32)
    stretched = np.interp(places, np.arange(len(samples)), samples) * sound.gain
    return encode(np.clip(stretched, -32768, 32767).astype(np.int16), Codec.PCMA).tobytes()


def beep(seconds: float = 0.5) -> bytes:
    """1 kHz, as A-law."""
    t = np.arange(round(seconds * _RATE)) / _RATE
    return encode((8000 * np.sin(2 * np.pi * 1000 * t)).astype(np.int16), Codec.PCMA).tobytes()
