"""Measuring how utterances were spoken, away from the director's thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from huifang.logic.prosody import Prosody, prosody_of
from huifang.voice.director import Director


class Measurer:
    """Tells on the director's thread; one utterance after the other, a few milliseconds each."""

    def __init__(self, director: Director) -> None:
        self._director = director
        self._thread = ThreadPoolExecutor(1, "prosody")

    def measure(self, pcm: NDArray[np.int16], then: Callable[[Prosody | None], None]) -> None:
        """See ``exchange.Exchange.measure``."""
        self._thread.submit(self._measure, pcm, then)

    def close(self) -> None:
        """Measure nothing more that has not begun; nobody is told any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _measure(self, pcm: NDArray[np.int16], then: Callable[[Prosody | None], None]) -> None:
        prosody = prosody_of(pcm)
        self._director.post(lambda: then(prosody))
