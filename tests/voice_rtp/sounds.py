"""Sounds made for tests, and what the detectors find in them after G.711."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp.g711 import FRAME, Codec, decode, encode
from huifang.voice.rtp.key_tones import KeyTones
from huifang.voice.rtp.port import Tone
from huifang.voice.rtp.tones import SingleTones
from huifang.voice.rtp.voice_activity import frame_levels

LOW_HZ, HIGH_HZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = "123A456B789C*0#D"


def loudest(dbm0: float) -> float:
    """The peak of a sine of this level: 3.14 dBm0 is as loud as G.711 can be."""
    return float(32768 * 10 ** ((dbm0 - 3.14) / 20))


def tone(hz: float, ms: float, dbm0: float = -15.0, turn: float = 0.0) -> NDArray[np.float64]:
    return loudest(dbm0) * np.sin(2 * np.pi * hz * np.arange(round(ms * 8)) / 8000 + turn)


def pause(ms: float) -> NDArray[np.float64]:
    return np.zeros(round(ms * 8))


def key(
    key: str, ms: float, dbm0: float = -10.0, *, twist_db: float = 0.0, off: float = 0.0
) -> NDArray[np.float64]:
    """``off``: how far its frequencies are from where they should be."""
    at = KEYS.index(key)
    low, high = LOW_HZ[at // 4] * (1 + off), HIGH_HZ[at % 4] * (1 + off)
    return tone(low, ms, dbm0, 1.0 + at) + tone(high, ms, dbm0 + twist_db, 2.0 * at)


def noise(samples: NDArray[np.float64], dbm0: float, seed: int = 1) -> NDArray[np.float64]:
    """``samples`` on a line with white noise."""
    rms = loudest(dbm0) / np.sqrt(2)
    return samples + np.random.default_rng(seed).normal(0, rms, len(samples))


def _frames(samples: NDArray[np.generic]) -> NDArray[np.float32]:
    whole = np.concatenate([samples.astype(np.float64), np.zeros(FRAME - len(samples) % FRAME)])
    pcm = np.clip(whole, -32768, 32767).astype(np.int16)
    return decode(encode(pcm, Codec.PCMA), Codec.PCMA).astype(np.float32).reshape(-1, 1, FRAME)


def keys_in(samples: NDArray[np.generic]) -> str:
    """The keys that are heard."""
    detector = KeyTones()
    detector.add()
    detector.want([True])
    return "".join(key for frame in _frames(samples) for _, key in detector.step(frame))


def tones_in(samples: NDArray[np.generic]) -> list[Tone]:
    """What the single tones are."""
    detector = SingleTones()
    detector.add()
    detector.want([True])
    return [found for frame in _frames(samples) for _, found in detector.step(frame, frame_levels(frame))]
