"""What a node speaks with: recordings first, then a synthesiser, then a spare one where that is gone."""

from __future__ import annotations

import contextlib
import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

from huifang.env import Environment, Mouth
from huifang.logic.breaker import Breaker, Ended, judge, room
from huifang.voice.ears.guarded import PATIENCE
from huifang.voice.mouths.espeak import EspeakSynthesiser
from huifang.voice.mouths.port import MouthMissing, Synthesiser, SynthesisFailed
from huifang.voice.mouths.prompts import PromptCache
from huifang.voice.mouths.recorded import RecordedPrompts
from huifang.voice.mouths.speech_server import SpeechServer

_LOG = logging.getLogger(__name__)


class Voices:
    """The audio of words, from whoever can say them."""

    def __init__(
        self,
        mouth: Synthesiser,
        spare: Synthesiser | None,
        folder: Path,
        recorded: RecordedPrompts | None = None,
    ) -> None:
        """``FileUnusable`` where the folder of prompts cannot be made."""
        self._mouths = [mouth, *([spare] if spare is not None else [])]
        self._prompts = PromptCache(mouth, folder)
        self._spare = PromptCache(spare, folder) if spare is not None else None
        self._recorded = recorded
        self._breaker = Breaker()
        self._ended: list[Ended] = []
        self._lock = threading.Lock()

    @property
    def is_whole(self) -> bool:
        """The synthesiser that was chosen speaks; False while the spare one has to."""
        return not self._breaker.is_open

    def clip(self, text: str, language: str, *, fixed: bool, pace: float = 1.0) -> bytes:
        """The audio of ``text`` as A-law.  ``SynthesisFailed`` where nobody can say it.

        A recording is played as it was spoken, whatever the ``pace``."""
        recorded = self._recorded.clip(text) if self._recorded is not None else None
        if recorded is not None:
            return recorded
        known = self._prompts.known(text, language, pace)
        if known is not None:
            return known
        began_at = datetime.now(UTC)
        if self._spare is not None and room(self._breaker, began_at, on_trial=0) == 0:
            return self._spare.clip(text, language, fixed=fixed, pace=pace)
        try:
            clip = self._prompts.clip(text, language, fixed=fixed, pace=pace)
        except SynthesisFailed:
            self._count(began_at, failed=True)
            if self._spare is None:
                raise
            return self._spare.clip(text, language, fixed=fixed, pace=pace)
        self._count(began_at, failed=False)
        return clip

    def close(self) -> None:
        for mouth in self._mouths:
            mouth.close()

    def _count(self, began_at: datetime, *, failed: bool) -> None:
        now = datetime.now(UTC)
        with self._lock:
            was_open = self._breaker.is_open
            self._ended = [one for one in self._ended if one.at > now - PATIENCE.longest]
            self._ended.append(Ended(began_at, now, failed))
            self._breaker = judge(self._breaker, self._ended, now, PATIENCE)
            if self._breaker.is_open and not was_open:
                _LOG.error("The synthesiser %s is gone", self._mouths[0].voice)


def voices_of(environment: Environment) -> Voices:
    """As the settings say.  ``MouthMissing``, ``FileUnusable``."""
    recorded, spare = recorded_of(environment), None
    engine = engine_of(environment)
    if environment.mouth is not Mouth.ESPEAK:
        with contextlib.suppress(MouthMissing):
            spare = EspeakSynthesiser()
    return Voices(engine, spare, environment.prompts, recorded)


def engine_of(environment: Environment) -> Synthesiser:
    """The synthesiser that the settings name.  ``MouthMissing``."""
    if environment.mouth is Mouth.ESPEAK:
        return EspeakSynthesiser()
    return SpeechServer(
        environment.mouth_url,
        model=environment.mouth_model or "tts-1",
        voice=environment.mouth_voice or "alloy",
        key=environment.mouth_key,
    )


def recorded_of(environment: Environment) -> RecordedPrompts | None:
    """The recordings that the settings name.  ``FileUnusable``."""
    folder = environment.recorded_prompts
    return RecordedPrompts(folder) if folder is not None else None
