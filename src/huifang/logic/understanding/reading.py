"""What understanding is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Intent(StrEnum):
    """What a customer can mean in answer to a closed question."""

    RATING = "rating"
    """How satisfied; ``code`` is the canonical score, "5" (best) to "1"."""
    DIGIT = "digit"
    """A bare digit: a key said aloud or a score, so it must be confirmed.  ``code`` is the digit."""
    CHOICE = "choice"
    """One of the options of the question; ``code`` is the option's code."""
    YES = "yes"
    NO = "no"
    REFUSAL = "refusal"
    """Never contact me again."""
    ERASURE = "erasure"
    """Asks whether or how what we know of them can be erased; who demands it wants no calls either (REFUSAL)."""
    NO_RECORDING = "no_recording"
    """Does not want to be recorded."""
    DECLINE = "decline"
    """Does not want to answer now; no lasting refusal."""
    BUSY = "busy"
    CALLBACK = "callback"
    """Call again at another time; ``code`` is the time, see ``moment.py``."""
    WRONG_NUMBER = "wrong_number"
    """Not the person we mean.  ``code``: "" · moved (the number has another owner now) · deceased."""
    THIRD_PARTY = "third_party"
    """Somebody else answers for the customer.  ``code``: relative · absent · child."""
    PASS_ON = "pass_on"
    """Asks us to tell somebody something, or offers to."""
    HUMAN = "human"
    ROBOT = "robot"
    """Asks whether a machine is speaking."""
    WHO = "who"
    """Asks who calls, or where we have the number from.  ``code``: caller · source · purpose."""
    QUESTION = "question"
    """Asks something that we may know; ``code`` is the topic (price, hours, address, usage …)."""
    HOLD = "hold"
    """Will go on in a moment: wait.  ``code``: wait · thinking."""
    UNSURE = "unsure"
    """Does not know."""
    ALREADY = "already"
    """Needs nothing asked any more.  ``code``: answered · solved."""
    REPEAT = "repeat"
    """Did not get it.  ``code``: "" · louder · slower · confused (does not know what is wanted at all)."""
    UNDO = "undo"
    GOODBYE = "goodbye"
    COMPLAINT = "complaint"
    """``code``: service, quality, unresolved or angry."""
    INTEREST = "interest"
    """Wants to buy or to hear more."""
    FREE = "free"
    """Words that an open question may keep as they are."""
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of the question with the words that mean it."""

    code: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that the words answer.  ``kind``: rating | yes_no | free | "" (nothing asked).

    ``words``: a yes-or-no question as it was put, for whoever weighs the reply to it; what phrases may answer does not
    depend on them, so that questions which differ in them alone share what was prepared for one.
    """

    kind: str = ""
    options: tuple[Option, ...] = ()
    words: str = field(default="", compare=False)


NOTHING_ASKED = Asked()


SURE = 0.7
"""What ends a conversation, or hands it on, must be understood as surely as this; a refusal is asked about below it."""
SAYS_ALONE = frozenset(("有", "没有", "是", "不是"))
"""Names a choice where it is all that is said: 「我没有投诉过」 is no 「没有」."""
GUESSED = "model"
"""The evidence of a reading that only the linear models give."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How words were read.  ``confidence`` is 0-1; ``evidence`` is the known phrase that decided.

    ``polarity`` goes from -1 (complains) to 1 (praises), None where nothing tells.  ``emotion``: "" (calm),
    angry, disappointed, anxious, doubtful or pleased.  ``category``: "" or what it is about: quality,
    logistics, service, price, environment, after_sales, usage or other.  ``slots``: key facts by name.
    """

    intent: Intent
    code: str = ""
    confidence: float = 0.0
    evidence: str = ""
    polarity: float | None = None
    emotion: str = ""
    emotion_confidence: float = 0.0
    category: str = ""
    slots: Mapping[str, str] = field(default_factory=dict, hash=False)
