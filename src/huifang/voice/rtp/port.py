"""The media port: what a call may ask of the media loop, and what the loop reports.

All audio is 8 kHz mono.  Clips handed in are A-law bytes, 160 per 20 ms frame.  Reports arrive
through ``on_event`` on the media thread; receivers must not block there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A telephone key, reported once, when it begins: an event (RFC 4733) or, where the far end has agreed on
    none, its two tones in the audio."""

    session: MediaSession
    key: str


class Tone(StrEnum):
    """What a tone, or several in their rhythm, says; the rhythms are those of China's exchanges."""

    DIAL = "dial"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    UNOBTAINABLE = "unobtainable"
    """The number cannot be reached at all."""
    BEEP = "beep"
    """One tone alone, with quiet behind it: a voicemail's 「嘀」."""


@dataclass(frozen=True, slots=True)
class ToneHeard:
    """A tone was heard of a session that is watched for machines."""

    session: MediaSession
    kind: Tone
    at_ms: int  # since the session connected


@dataclass(frozen=True, slots=True)
class SpeechPerhaps:
    """Something that may become speech has begun; SpeechStarted or SpeechDismissed follows."""

    session: MediaSession


@dataclass(frozen=True, slots=True)
class SpeechDismissed:
    """It was none: a click, a cough."""

    session: MediaSession


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The far end began to speak (150 ms of voice)."""

    session: MediaSession
    at_ms: int  # since the session connected


@dataclass(frozen=True, slots=True)
class SpeechGoesOn:
    """The far end of a session that is watched for machines has spoken for 2, 4 or 8 s.  ``pcm`` as in SpeechEnded,
    up to now."""

    session: MediaSession
    pcm: NDArray[np.int16]
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class SpeechHeard:
    """The next piece of what is being said, int16 of shape (n,), for a recogniser that listens along: first the
    pre-roll and the onset, then about every 100 ms, and the rest before SpeechEnded."""

    session: MediaSession
    pcm: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The far end stopped for the end-of-turn silence.  ``pcm`` is int16, shape (n,), with 300 ms of pre-roll."""

    session: MediaSession
    pcm: NDArray[np.int16]
    start_ms: int
    end_ms: int
    silence_ms: int = 0
    """How much of it was waited for."""
    at: float = 0.0
    """When that was, on the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Played:
    """A clip is over: played to its end, or stopped.  ``token`` is what play() was given."""

    session: MediaSession
    token: object
    finished: bool
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class MediaLost:
    """Nothing has arrived from the far end for ``silent_s`` seconds."""

    session: MediaSession
    silent_s: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """The recording of a closed session is complete on the disk (nothing is reported where none was asked).

    With ``error`` it stopped early: ``path`` holds the ``seconds`` until then, or does not exist.
    """

    session: MediaSession
    path: Path
    seconds: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the two ends of a session have heard each other so far (RFC 3550)."""

    loss_percent: float
    """Of the far end's packets."""
    jitter_ms: float
    far_loss_percent: float
    """Of our packets, as the far end reports it; 0 where it does not."""
    round_trip_ms: float | None
    """None where the far end sends no reports."""


MediaEvent = (
    KeyPressed
    | ToneHeard
    | SpeechPerhaps
    | SpeechDismissed
    | SpeechStarted
    | SpeechHeard
    | SpeechGoesOn
    | SpeechEnded
    | Played
    | MediaLost
    | Recorded
)
OnEvent = Callable[[MediaEvent], None]


class MediaSession(Protocol):
    """The media of one leg.  Methods may be called from any thread and return at once."""

    local_port: int

    def connect(self, host: str, port: int, *, codec: str, dtmf_payload: int | None) -> None:
        """Send to ``host:port`` (then to wherever packets really come from) with PCMA or PCMU."""

    def direct(self, *, sends: bool, hears: bool) -> None:
        """What the far end wants just now: whether we may send, and whether it sends.  Where we may not,
        clips wait; where it does not, its silence is no loss.  Both at first."""

    def play(self, clip: bytes, token: object, *, loop: bool = False) -> None:
        """Queue a clip (A-law) behind those that are waiting."""

    def stop_playing(self) -> None:
        """Drop the clip being played and all that wait; each is reported as Played(finished=False)."""

    def pause_playing(self) -> None:
        """Fall silent in the middle of a clip, until resume_playing() or stop_playing()."""

    def resume_playing(self) -> None:
        """Go on where pause_playing() was called."""

    def end_turn_after(self, silence_ms: int) -> None:
        """From now on so much silence ends what is being said, until told otherwise."""

    def send_keys(self, keys: str) -> None:
        """Send telephone keys, 100 ms each, 100 ms apart: as RFC 4733 events or, where the far end has agreed on
        none, as their tones."""

    def watch_for_machines(self, wanted: bool) -> None:
        """Report tones (ToneHeard) and speech that goes on (SpeechGoesOn) or, as at first, do not."""

    def hear(self, *others: MediaSession) -> None:
        """Let this far end hear the far ends of ``others`` from now on, and nobody else; without any it
        hears silence.  Clips are heard in their place; who hears this far end is for the others to say.
        Keys are reported and not relayed."""

    def record_to(self, path: Path) -> None:
        """Record stereo 16-bit WAV: far end left, right what it hears: us, or whom it talks to."""

    def discard_recording(self) -> None:
        """Record no more, and delete what there is; the file is gone when this returns, unless it had not begun."""

    def quality(self) -> Quality: ...

    def close(self) -> None:
        """Stop, finish the recording file, free the port."""


class MediaLoop(Protocol):
    """One loop per process."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def open(self) -> MediaSession:
        """A session with a bound even RTP port.  ``SettingInvalid`` when the port range is full."""

    def stats(self) -> dict[str, float]:
        """Counters: sessions, packets_sent, packets_received, late_5ms, malformed, busy_share …"""
