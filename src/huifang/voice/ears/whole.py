"""A whole utterance at once, for those who have it: a whisper's listener, a bench, a file."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from huifang.voice.ears.port import NOTHING, Failed, Final, Heard, Recogniser, Told

_LONGEST_WAIT_S = 60.0


def recognise(engine: Recogniser, pcm: NDArray[np.int16], then: Callable[[Heard], None]) -> None:
    """Call ``then`` once with what is said in ``pcm`` (8 kHz), with nothing where the engine fails."""

    def take(told: Told) -> None:
        if isinstance(told, Final):
            then(told.heard)
        elif isinstance(told, Failed):
            then(NOTHING)

    recognition = engine.start(take)
    recognition.feed(pcm)
    recognition.finish()


def hears(engine: Recogniser) -> str:
    """Let it listen to half a second of silence; why it cannot, or an empty text."""
    done = threading.Event()
    reasons: list[str] = []

    def take(told: Told) -> None:
        if isinstance(told, Failed):
            reasons.append(told.reason)
        if isinstance(told, Final | Failed):
            done.set()

    recognition = engine.start(take)
    recognition.feed(np.zeros(4_000, np.int16))
    recognition.finish()
    done.wait(_LONGEST_WAIT_S)
    return "".join(reasons)


def recognised(engine: Recogniser, pcm: NDArray[np.int16]) -> Heard:
    """What is said in ``pcm``; waits for it.  ``TimeoutError``."""
    done = threading.Event()
    answers: list[Heard] = []

    def take(heard: Heard) -> None:
        answers.append(heard)
        done.set()

    recognise(engine, pcm, take)
    if not done.wait(_LONGEST_WAIT_S):
        raise TimeoutError(engine.name)
    return answers[0]
