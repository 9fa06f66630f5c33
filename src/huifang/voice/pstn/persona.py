"""What a person at the other end is like, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Line(StrEnum):
    """What happens before anybody speaks."""

    ANSWERS = "answers"
    BUSY = "busy"  # 486
    DECLINES = "declines"  # rings, then 603
    NO_ANSWER = "no_answer"  # rings until the caller gives up
    EMPTY = "empty"  # 404 at once
    EMPTY_ANNOUNCED = "empty_announced"  # 183, the announcement as early media, 404
    POWERED_OFF = "powered_off"  # 183, the announcement, 480
    SUSPENDED = "suspended"  # 183, the announcement, 480
    VOICEMAIL = "voicemail"  # answers, a long greeting, a beep


@dataclass(frozen=True, slots=True)
class Press:
    """Telephone keys, one after the other."""

    keys: str


@dataclass(frozen=True, slots=True)
class Speak:
    text: str


@dataclass(frozen=True, slots=True)
class StaySilent:
    """Let this turn pass; the other side has to speak again."""


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


Deed = Press | Speak | StaySilent | HangUp


@dataclass(frozen=True, slots=True)
class Turn:
    """One deed and its moment.

    When the other side has stopped speaking, ``think_s`` later; with ``into_s`` so many seconds after the
    other side has begun to speak, whether it goes on or not; with ``after_s`` so many seconds after the
    last deed, whatever the other side does.
    """

    deed: Deed
    think_s: float = 0.3
    into_s: float | None = None
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Sound:
    """How somebody sounds: ``rate`` > 1 speaks faster and higher, ``gain`` is linear."""

    rate: float = 1.0
    gain: float = 0.8


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody with a phone.  Times in seconds.

    ``greeting`` is said on picking up.  After the turns are used up ``fillers`` answer whatever is said,
    ``stays_s`` long after the last turn; then the person hangs up.
    """

    behaviour: str
    line: Line
    ring_s: float
    sound: Sound = Sound()
    greeting: str = ""
    turns: tuple[Turn, ...] = ()
    fillers: tuple[str, ...] = ()
    stays_s: float = 60.0
    announcement: str = ""
