"""What a call may ask of the process that carries it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from huifang.logic.dialogue import Found, SayPart
from huifang.logic.prosody import Prosody
from huifang.logic.voice_line import CODECS, Event
from huifang.voice.director import Timer
from huifang.voice.ears.port import Heard, Take
from huifang.voice.ears.recognition import Recognition
from huifang.voice.rtp.port import MediaEvent, MediaSession
from huifang.voice.sip.port import Account, Leg, SipEvent
from huifang.voice.weighing import AskModel

Clips = Mapping[str, bytes]
"""The key of a part of words (``SayPart.key``) → A-law."""


class Exchange(Protocol):
    """The node as a call sees it.  Everything is called, and answers, on the director's thread."""

    @property
    def can_hear(self) -> bool:
        """There is a recogniser, and it is not gone just now; without one a call is answered by keys."""

    @property
    def second_opinion(self) -> AskModel | None:
        """Whom to ask about an open answer that nobody could place; None where no language model is set."""

    @property
    def can_record(self) -> bool:
        """There is room for another recording."""

    def now(self) -> datetime:
        """The business clock, UTC."""

    def after(self, seconds: float, work: Callable[[], None]) -> Timer: ...

    def open_media(self, take: Callable[[MediaEvent], None]) -> MediaSession:
        """A media session whose events go to ``take``.  ``SettingInvalid`` where no port is free."""

    def close_media(self, session: MediaSession) -> None:
        """Close it and forget who takes its events (a recording is still reported)."""

    def dial(
        self,
        take: Callable[[SipEvent], None],
        *,
        call_id: str,
        to_uri: str,
        caller_id: str,
        session: MediaSession,
        account: Account,
        ring_timeout_s: float,
        codecs: Sequence[str] = CODECS,
    ) -> Leg:
        """Send the INVITE, offering ``session`` with ``codecs``; the leg's events go to ``take``."""

    def pick_up(self, leg: Leg, offered: str | None, session: MediaSession) -> None:
        """Answer an incoming call with ``session``.  Where it came without an offer, ours goes out and the
        caller's answer comes as Answered.  ``SdpUnusable``."""

    def render(self, parts: Collection[SayPart], language: str, then: Callable[[Clips], None]) -> None:
        """Give ``then`` the audio of every part but those that cannot be rendered."""

    def look_up(self, edition: str, question: str) -> Found | None:
        """The answer to a customer's question from this edition of the knowledge base; None where there is none
        that is certain enough, or the edition is not here yet.  Never waits."""

    def tune(self, tune_id: str) -> bytes:
        """A tune as A-law; empty where the node has none of that id."""

    def recognise(self, pcm: NDArray[np.int16], then: Callable[[Heard], None]) -> None:
        """Make words of an utterance (8 kHz)."""

    def listen(self, take: Take) -> Recognition:
        """Begin to recognise an utterance while it is said.  Only where ``can_hear``."""

    def measure(self, pcm: NDArray[np.int16], then: Callable[[Prosody | None], None]) -> None:
        """How an utterance (8 kHz) was spoken."""

    def seal(self, number: str, attempt_id: str) -> str:
        """A number that a customer gave in this attempt, so that only the centre can read it."""

    def report(self, event: Event, *, recording: str | None = None) -> None:
        """Put the event into the journal, from where it goes to the centre."""

    def spool(self, attempt_id: str) -> Path:
        """Where the recording of an attempt is kept until it is uploaded."""

    def over(self, attempt_id: str) -> None:
        """The call is over: its seat is free."""
