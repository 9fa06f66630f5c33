"""One utterance on its way into a sherpa-onnx model, and into it a second time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from huifang.voice.ears.loudness import Loudness
from huifang.voice.ears.quieting import quieted
from huifang.voice.resampling import Doubling

_HZ, _MODEL_HZ = 8_000, 16_000
_HEAD_S = 0.16  # of silence first: the pre-roll alone would end at a seam between two of the model's steps
_TAIL_S = 0.5  # the model decides the last syllable only after some silence
_PAUSE_S, _PAUSE_BELOW = 0.2, 0.18  # 15 dB below the loudest piece for so long may be the end
_LONGEST_AGAIN_S = 6.0  # an answer is short; nobody waits for a speech to be listened to twice


class ModelStream:
    """Feeds ``native``, a stream of the library.

    :param streams: the model listens along; otherwise it takes the whole at once
    """

    def __init__(self, native: Any, streams: bool) -> None:
        self.native = native
        self.second: Any = None
        """The second listening, where the first was unsure."""
        self.is_finished = self.is_decoded = False
        self.loudness = Loudness()
        self._streams = streams
        self._doubled = Doubling()  # not by the library, with whose change of rate more is misheard
        self._pieces: list[NDArray[np.float32]] = []
        self._loudest = 0.0
        self._silent = 0
        self._is_once = False
        if streams:
            _accept(native, self._doubled(_silence(_HEAD_S)))

    @property
    def may_be_over(self) -> bool:
        """It is, or there is a pause; and there is time to listen to it again."""
        has_time = not self._is_once and sum(map(len, self._pieces)) < _LONGEST_AGAIN_S * _HZ
        return has_time and (self.is_finished or self._silent >= _PAUSE_S * _HZ)

    def feed(self, pcm: NDArray[np.int16]) -> None:
        """The next samples at 8 kHz."""
        samples = self.loudness.raise_to_speech(pcm)
        self._pieces.append(samples)
        level = float(np.sqrt(np.mean(np.square(pcm, dtype=np.float64)))) if len(pcm) else 0.0
        self._loudest = max(self._loudest, level)
        if level > _PAUSE_BELOW * self._loudest:  # they speak on: what was listened to again was not all
            self._silent, self.second = 0, None
        else:
            self._silent += len(pcm)
        if self._streams:
            _accept(self.native, self._doubled(samples))

    def finish(self) -> None:
        if self._streams:
            _accept(self.native, self._doubled(_silence(_TAIL_S)))
            self.native.input_finished()
        elif self._pieces:
            _accept(self.native, self._doubled(np.concatenate(self._pieces)))
        else:
            self.is_decoded = True
        self.is_finished = True

    def listen_once(self) -> None:
        """Others wait: what was heard first must do."""
        self.second, self._is_once = None, True

    def listen_again(self, native: Any) -> None:
        """From the beginning, without the steady noise and with other seams: it stumbles over other syllables.

        In a pause this begins before it is known whether that is the end, so that nobody waits for it afterwards.
        """
        self.second, doubled = native, Doubling()
        _accept(native, doubled(quieted(np.concatenate(self._pieces))))
        _accept(native, doubled(_silence(_TAIL_S)))
        native.input_finished()


def _accept(native: Any, samples: NDArray[np.float32]) -> None:
    native.accept_waveform(_MODEL_HZ, samples)


def _silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(int(seconds * _HZ), np.float32)
