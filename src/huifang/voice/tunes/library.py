"""The tunes of a node.  Five are made by our own code: three for the piano, rain, and waves.

Every tune lasts twelve seconds and is made on a circle: what sounds past its end sounds on at its
beginning, so it can be looped without a seam.  All energy lies in the telephone band.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from huifang.voice.rtp.g711 import Codec, encode
from huifang.voice.tunes.nature import rain, waves
from huifang.voice.tunes.scores import BRIGHT, GENTLE, WARM, Score
from huifang.voice.tunes.sound import LENGTH, Sound, add, hertz, in_band, pad, struck

_MOST_FETCHED = 64
"""Uploaded tunes in memory; a minute each would be 30 MB."""
_PEAK = 0.63  # -4 dBFS
_LOUDEST_RMS = 0.11  # -19 dBFS: a tune is not louder than the voice before it


def _played(score: Score) -> Sound:
    tune = np.zeros(LENGTH)
    beat = score.seconds_per_beat
    for hand in score.hands:
        at = 0.0
        for notes, beats in hand.line:
            for name in notes.split("+"):
                if name != "-":
                    note = struck(hertz(name), hand.loudness, beats * beat * hand.holds, score.brightness)
                    add(tune, note, at * beat)
            at += beats
    for notes, beat_at, beats in score.chords:
        for name in notes.split("+"):
            add(tune, pad(hertz(name), beats * beat, score.pad_loudness), beat_at * beat)
    return tune


_TUNES: dict[str, Callable[[], Sound]] = {
    "bright_piano": lambda: _played(BRIGHT),
    "warm_piano": lambda: _played(WARM),
    "gentle": lambda: _played(GENTLE),
    "rain": rain,
    "waves": waves,
}


def tune_names() -> tuple[str, ...]:
    """The ids of all tunes, the most cheerful first."""
    return tuple(_TUNES)


@lru_cache(maxsize=8)
def render(name: str) -> NDArray[np.int16]:
    """A tune: int16 at 8 kHz, shape (96000,), the same samples every time.  ``KeyError`` for an unknown id."""
    tune = in_band(_TUNES[name]())
    tune *= min(_PEAK / np.abs(tune).max(), _LOUDEST_RMS / np.sqrt((tune**2).mean()))
    return (tune * 32767).round().astype(np.int16)


def render_alaw(name: str) -> bytes:
    """The tune as 8 kHz A-law, 160 bytes per 20 ms frame."""
    return encode(render(name), Codec.PCMA).tobytes()


class TuneLibrary:
    """The tunes of one node as A-law: ours, rendered when the library is opened, and uploaded ones once they have
    been fetched.  Nobody waits: a tune that is not here yet is not played.

    Read by the director, filled by the fetcher's thread.
    """

    def __init__(self) -> None:
        self._clips = {name: render_alaw(name) for name in tune_names()}
        self._fetched: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def clip(self, tune_id: str) -> bytes:
        """The tune, or nothing where this node has none of that id: a call goes on without music."""
        if tune_id in self._clips:
            return self._clips[tune_id]
        with self._lock:
            if tune_id in self._fetched:
                self._fetched.move_to_end(tune_id)
            return self._fetched.get(tune_id, b"")

    def keep(self, tune_id: str, clip: bytes) -> None:
        """Have an uploaded tune at hand; the one that was asked for longest ago makes room."""
        with self._lock:
            self._fetched[tune_id] = clip
            self._fetched.move_to_end(tune_id)
            while len(self._fetched) > _MOST_FETCHED:
                self._fetched.popitem(last=False)
