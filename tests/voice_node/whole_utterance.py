"""A made-up ear that makes words of a turn of speech once it has ended."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from huifang.voice.ears.recognition import Recognition


class WholeUtterance:
    """The way of an engine that needs all of it."""

    recognition: Recognition

    def __init__(self, hear: Callable[[NDArray[np.int16]], None]) -> None:
        self.pieces: list[NDArray[np.int16]] = []
        self.hear = hear

    def feed(self, pcm: NDArray[np.int16]) -> None:
        self.pieces.append(pcm)

    def finish(self) -> None:
        self.hear(np.concatenate(self.pieces))

    def cancel(self) -> None:
        pass
