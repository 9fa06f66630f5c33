"""The recogniser that the settings name."""

from __future__ import annotations

import os

from huifang.env import Ears, Environment
from huifang.voice.ears.funasr import FunAsr
from huifang.voice.ears.guarded import GuardedRecogniser
from huifang.voice.ears.port import Recogniser, Yields
from huifang.voice.ears.remote import RemoteRecogniser
from huifang.voice.ears.sherpa import SherpaRecogniser
from huifang.voice.ears.sherpa_server import SherpaServer
from huifang.voice.ears.transcription import Transcription

_MOST_PROCESSES = 4


def engine_of(environment: Environment) -> Recogniser | None:
    """A new engine, or None where answers are given by keys.  ``ModelMissing``."""
    if environment.ears is Ears.SHERPA:
        assert environment.asr_model is not None
        cores = len(environment.cpus) or os.cpu_count() or 1
        return SherpaRecogniser(environment.asr_model, processes=min(max(cores - 1, 1), _MOST_PROCESSES))
    if environment.ears is Ears.FUNASR:
        return RemoteRecogniser(FunAsr(environment.ears_url, environment.hot_words))
    if environment.ears is Ears.SHERPA_SERVER:
        yields = Yields.SOUNDS if environment.ears_model == Yields.SOUNDS else Yields.TEXT
        return RemoteRecogniser(SherpaServer(environment.ears_url, yields))
    if environment.ears is Ears.OPENAI:
        return RemoteRecogniser(
            Transcription(
                environment.ears_url,
                model=environment.ears_model or "whisper-1",
                key=environment.ears_key,
                hot_words=environment.hot_words,
            )
        )
    return None


def ears_of(environment: Environment) -> GuardedRecogniser | None:
    """The engine with its circuit breaker."""
    engine = engine_of(environment)
    return GuardedRecogniser(engine) if engine is not None else None
