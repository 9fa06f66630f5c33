"""What a call is saying and playing: the line of words and tunes in front of its media session."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from huifang.logic.dialogue import PlayTune, Say, SayPart
from huifang.voice.exchange import Clips, Exchange
from huifang.voice.rtp.port import MediaSession, Played

_BYTES_PER_S = 8000


@dataclass(frozen=True, slots=True)
class _Token:
    number: int
    what: Say | PlayTune
    length_ms: int


@dataclass(frozen=True, slots=True)
class TuneHeard:
    """How much of a tune was heard; ``all``: to its end, or, where it was repeated, once round."""

    ms: int
    all: bool


class Playing:
    """Plays words and tunes in order; words that are not rendered yet hold up what is behind them.

    :param clips: audio of words that is rendered already; it grows with what had to be rendered meanwhile
    :param said: told of every Say that was heard: (say, interrupted, start_ms, end_ms since the connection)
    :param quiet: told whenever something is over
    """

    def __init__(
        self,
        session: MediaSession,
        exchange: Exchange,
        clips: dict[str, bytes],
        language: str,
        said: Callable[[Say, bool, int, int], None],
        quiet: Callable[[], None],
    ) -> None:
        self._session = session
        self._exchange = exchange
        self._clips = clips
        self._language = language
        self._said = said
        self._quiet = quiet
        self._waiting: deque[Say | PlayTune] = deque()
        self._queued: dict[int, _Token] = {}
        self._numbers = itertools.count()
        self._rendering = False
        self.is_paused = False
        self.tunes: dict[str, TuneHeard] = {}
        """What was heard of each tune so far."""

    @property
    def is_idle(self) -> bool:
        return not self._queued and not self._waiting

    @property
    def must_be_heard(self) -> bool:
        """Words that nothing may interrupt are being said (the disclosure)."""
        return any(isinstance(t.what, Say) and not t.what.interruptible for t in self._queued.values())

    @property
    def is_saying(self) -> bool:
        """Words (not a tune) are being said or wait to be."""
        return any(isinstance(t.what, Say) for t in self._queued.values()) or any(
            isinstance(what, Say) for what in self._waiting
        )

    def add(self, what: Say | PlayTune) -> None:
        """Play this after everything else."""
        self._waiting.append(what)
        self._go_on()

    @property
    def is_last(self) -> bool:
        """Nothing waits behind what is being said: it is the question itself."""
        return len(self._queued) <= 1 and not self._waiting

    def pause(self) -> None:
        """The customer may be speaking: fall silent, unless these words must be heard or it is a tune."""
        queued = [t.what for t in self._queued.values()]
        if queued and all(isinstance(what, Say) and what.interruptible for what in queued):
            self.is_paused = True
            self._session.pause_playing()

    def resume(self) -> None:
        """It was nothing that should stop us: go on where we paused."""
        if self.is_paused:
            self.is_paused = False
            self._session.resume_playing()

    def interrupt(self) -> None:
        """The customer has said something: drop the words that we paused."""
        if self.is_paused:
            self.is_paused = False
            self._waiting.clear()
            self._session.stop_playing()

    def replace(self, *, force: bool = False) -> None:
        """Make room for something else: stop what may be stopped; words that must be said end first.
        With ``force`` they do not."""
        self._waiting.clear()
        if self._queued and (force or not self.must_be_heard):
            self.is_paused = False
            self._session.stop_playing()

    def played(self, event: Played) -> None:
        """The media loop's report about a clip."""
        token = event.token
        if not isinstance(token, _Token) or self._queued.pop(token.number, None) is None:
            return
        if isinstance(token.what, Say) and (event.finished or event.end_ms > event.start_ms):
            self._said(token.what, not event.finished, event.start_ms, event.end_ms)
        elif isinstance(token.what, PlayTune) and token.length_ms:
            before = self.tunes.get(token.what.tune, TuneHeard(0, False))
            heard = _heard(event, token)
            self.tunes[token.what.tune] = TuneHeard(before.ms + heard.ms, before.all or heard.all)
        self._go_on()
        self._quiet()

    def _go_on(self) -> None:
        # Behind words that must be heard nothing is handed to the media yet: it could not be taken back
        # without cutting those words off.
        while self._waiting and not self._rendering and not self.must_be_heard:
            what = self._waiting[0]
            clip = self._clip(what)
            if clip is None:
                return
            self._waiting.popleft()
            token = _Token(next(self._numbers), what, len(clip) * 1000 // _BYTES_PER_S)
            self._queued[token.number] = token
            self._session.play(clip, token, loop=isinstance(what, PlayTune) and what.loop and bool(clip))

    def _clip(self, what: Say | PlayTune) -> bytes | None:
        """The audio, or None while it is being rendered."""
        if isinstance(what, PlayTune):
            clip = self._exchange.tune(what.tune)
            return clip if what.seconds is None else clip[: round(what.seconds * _BYTES_PER_S)]
        missing = [part for part in what.parts if part.key not in self._clips]
        if not missing:
            return b"".join(self._clips[part.key] for part in what.parts)
        self._rendering = True
        self._exchange.render(missing, self._language, partial(self._rendered, missing))
        return None

    def _rendered(self, missing: list[SayPart], clips: Clips) -> None:
        self._rendering = False
        for part in missing:
            self._clips[part.key] = clips.get(part.key, b"")
        self._go_on()
        self._quiet()


def _heard(event: Played, token: _Token) -> TuneHeard:
    """How much of a tune was heard; from its start to its end passes more than its length where a packet was late."""
    if event.finished:
        return TuneHeard(token.length_ms, True)
    ms = max(0, event.end_ms - event.start_ms)
    return TuneHeard(ms, ms >= token.length_ms)
