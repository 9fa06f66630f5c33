"""Making audio of words away from the director's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor

from huifang.errors import HuifangError
from huifang.logic.dialogue import SayPart
from huifang.voice.director import Director
from huifang.voice.exchange import Clips
from huifang.voice.mouths.voices import Voices

log = logging.getLogger(__name__)

_AT_ONCE = 16  # they wait for a speech server, which takes its time; espeak-ng renders one after the other


class Renderer:
    """Renders with ``voices`` and tells on the director's thread; whoever makes it closes the voices."""

    def __init__(self, voices: Voices, director: Director) -> None:
        self._voices = voices
        self._director = director
        self._threads = ThreadPoolExecutor(_AT_ONCE, "prompts")

    def render(self, parts: Collection[SayPart], language: str, then: Callable[[Clips], None]) -> None:
        """See ``exchange.Exchange.render``."""
        self._threads.submit(self._render, parts, language, then)

    def close(self) -> None:
        """Render nothing more that has not begun; nobody is told any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _render(self, parts: Collection[SayPart], language: str, then: Callable[[Clips], None]) -> None:
        clips: dict[str, bytes] = {}
        for part in parts:
            try:
                clips[part.key] = self._voices.clip(part.text, language, fixed=part.fixed, pace=part.pace)
            except HuifangError as error:
                log.error("%s", error if part.fixed else type(error).__name__)  # names stay out of logs
        self._director.post(lambda: then(clips))
