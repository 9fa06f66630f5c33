"""What goes into the conversation engine and what comes out of it, whatever the channel.

``logic/script.py`` holds the engine: ``step(script, state, input, facts, now) -> (state, outputs)``.
A channel (the phone, a web form, a test) only translates between these types and its own world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from huifang.logic.sense import Sense
from huifang.logic.voice_mood import Voice

# ---- inputs


@dataclass(frozen=True, slots=True)
class Started:
    """The customer is there (answered, opened the chat)."""


@dataclass(frozen=True, slots=True)
class Key:
    """A telephone key: one of ``0123456789*#``."""

    key: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was heard.  ``pinyin`` are toneless syllables; either may be empty, not both.

    ``sense`` is what the linear models make of it; without it only the grammar understands.  ``voice`` is how it
    was said.  ``again`` is what a second listening to the same words heard, where that was something else.
    """

    text: str
    pinyin: tuple[str, ...] = ()
    confidence: float = 1.0
    sense: Sense | None = None
    voice: Voice | None = None
    again: Utterance | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """The customer said and pressed nothing for the time that the Listen asked for."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The customer has gone."""


@dataclass(frozen=True, slots=True)
class PlayFinished:
    """Everything said and played so far has been heard; matters only after the last words and tune."""


class Parting(StrEnum):
    """How a person and the customer parted."""

    LEFT = "left"
    """The person hung up; the customer is still there."""
    SENT_BACK = "sent_back"
    """The person gave the customer back to the robot."""
    ALL_SAID = "all_said"
    """Nothing is to follow: the customer is gone, is somebody else's now, or is to be let go."""


@dataclass(frozen=True, slots=True)
class TransferResult:
    """How a Transfer went: bridged and then ended by ``parting``, or nobody answered."""

    bridged: bool
    agent: str = ""
    parting: Parting = Parting.LEFT


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a Lookup, in words that can be spoken.  ``article`` and ``source`` name where it is from.
    ``doubtful``: it may be another that was asked for, so this is asked first."""

    article: str
    title: str
    answer: str
    source: str = ""
    version: int = 0
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class NothingFound:
    """Nobody here knows the answer to a Lookup; a channel without anything to look it up in says so at once."""


Input = Started | Key | Utterance | Silence | HungUp | PlayFinished | TransferResult | Found | NothingFound

# ---- outputs


@dataclass(frozen=True, slots=True)
class Say:
    """Say these parts one after the other.  ``fixed`` parts are the same in every call (cacheable)."""

    step: str
    parts: tuple[SayPart, ...]
    interruptible: bool = True
    told: Found | None = None
    """The article whose answer this is."""
    shown: str = ""
    """What transcripts keep in place of the words, where these hold a number that is not to be read there."""

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class SayPart:
    """``pace``: how fast it is said, 1 = as usual, 0.8 = slower."""

    text: str
    fixed: bool
    pace: float = 1.0

    @property
    def key(self) -> str:
        """Names its audio among those of a call."""
        return self.text if self.pace == 1.0 else f"{self.text} ×{self.pace:g}"


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for an answer once everything said has been played; then report Silence."""

    step: str
    silence_s: float
    keys: str = ""  # keys that mean something here; "" = none
    expects: str = ""  # rating | choice | number | free | yes_no: a hint for the recogniser
    rung: str = ""
    """How far down the ladder the question is: "" · confirm · choices · keys."""


@dataclass(frozen=True, slots=True)
class PlayTune:
    """Play a tune.  ``loop`` repeats it until something else happens (waiting for an agent)."""

    tune: str
    loop: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Ring the agents in ``order.transfer_targets``; report TransferResult."""

    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawTransfer:
    """Stop ringing the agents; no TransferResult is wanted any more (the customer took an answer back)."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Something promised to the customer; becomes a dated duty at the centre."""

    kind: str  # callback | coupon | exchange | information | question
    text: str
    due_at: str | None = None  # ISO 8601
    data: dict[str, Any] = field(default_factory=dict)
    """coupon: {promotion}; question: {question, in the customer's words}"""


@dataclass(frozen=True, slots=True)
class AskByMessage:
    """This item found no answer; the customer was told that it comes as a link in a text message."""

    item: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """Find the answer to the customer's question and report Found or NothingFound."""

    question: str


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """Store an answer.  Key, option code and score are three different things."""

    item: str
    code: str
    score: int | None
    key: str | None
    text: str
    channel: str  # key | speech | choice
    undone: bool = False  # True: this answer is taken back
    secret: str = ""
    """The answer itself, which leaves the machine only sealed, where ``code`` is what may be shown of it."""


@dataclass(frozen=True, slots=True)
class Understood:
    """How the last utterance or key was read, for the transcript; the fields are those of a ``Reading``."""

    intent: str
    confidence: float
    evidence: str = ""
    code: str = ""
    polarity: float | None = None
    emotion: str = ""
    emotion_confidence: float = 0.0
    category: str = ""
    slots: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The customer does not want to be contacted again."""

    text: str


@dataclass(frozen=True, slots=True)
class StopRecording:
    """The customer does not want to be recorded: nothing is from now on, and what has been is thrown away."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Whoever has answered is not the customer, and the number is not theirs.  ``why``: wrong (another person's) ·
    moved (it has another owner now) · deceased (the customer has died, and must never be called again)."""

    why: str
    text: str


@dataclass(frozen=True, slots=True)
class End:
    """Finish.  Hang up once everything said and played before it has been heard."""

    outcome: str
    """completed | refused | no_input | no_match | declined | wrong_number | callback | hung_up | transferred; or, where a phone's
    assistant was told of our call, phone_assistant; where a voicemail was, message_left"""
    ending: str = ""
    data: dict[str, Any] = field(default_factory=dict)


Output = (
    Say
    | Listen
    | PlayTune
    | Transfer
    | WithdrawTransfer
    | StopRecording
    | Promise
    | AskByMessage
    | Lookup
    | RecordAnswer
    | Understood
    | Refusal
    | Stranger
    | End
)
