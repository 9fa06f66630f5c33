"""Who has answered: a person, a machine, or one cannot tell yet.  A pure table of what was heard at first.

The cost of a mistake is not the same both ways: to hang up on a customer is worse than to talk to a tape.  So
*uncertain* is treated as a person, only evidence that no person gives makes a machine, and who has taken a turn is a
person for good.  The class stands after two seconds of speech at the latest; words and a beep that come later may
still turn it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from huifang.logic.machine_words import Speaker

DECIDED_AFTER_MS = 2_000
"""Of speech."""
_BEGINS_MS = 2_500  # a recording begins sooner; later it is somebody who was waited for
_BEFORE_BEEP_MS = 1_500  # a 「喂」 and a microwave oven are no voicemail


class Answering(StrEnum):
    """Who has answered."""

    HUMAN = "human"
    MACHINE = "machine"
    UNCERTAIN = "uncertain"


class Evidence(StrEnum):
    """What the class rests on, in the order of the table: the first that holds."""

    TURN = "turn"
    """A key was pressed, or something was said in answer to us."""
    WORDS = "words"
    """Said what only machines say."""
    BEEP = "beep"
    """Spoke from the beginning on, and then it beeped."""
    SILENT = "silent"
    """Nothing was said yet."""
    WAITED = "waited"
    """Began to speak only after a while."""
    SHORT = "short"
    """Said something short and stopped, as who says 「喂，你好」."""
    LONG = "long"
    """Spoke on and on from the beginning: a greeting, or somebody with much to say."""
    TOO_SOON = "too_soon"
    """Has just begun to speak."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What has been heard since the answer.  Times in ms.

    ``spoke_ms``: how long the longest stretch of speech without a pause has been; ``spoken_ms``: all speech that
    began before any turn; ``speaks``: it goes on; ``said_by``: whose words they were, as far as they are a machine's.
    """

    onset_ms: int | None = None
    spoke_ms: int = 0
    spoken_ms: int = 0
    speaks: bool = False
    said_by: Speaker | None = None
    beeped: bool = False
    had_turn: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """The class, and why.  ``speaker``: which machine, where its words were understood."""

    answering: Answering
    evidence: Evidence
    speaker: Speaker | None = field(default=None)

    @property
    def is_machine(self) -> bool:
        return self.answering is Answering.MACHINE


def who_answers(heard: Opening) -> Judgement:
    """The table, read from above."""
    begins_early = heard.onset_ms is not None and heard.onset_ms <= _BEGINS_MS
    if heard.had_turn:
        return Judgement(Answering.HUMAN, Evidence.TURN)
    if heard.said_by is not None:
        return Judgement(Answering.MACHINE, Evidence.WORDS, heard.said_by)
    if heard.beeped and begins_early and heard.spoken_ms >= _BEFORE_BEEP_MS:
        return Judgement(Answering.MACHINE, Evidence.BEEP)
    if heard.onset_ms is None:
        return Judgement(Answering.UNCERTAIN, Evidence.SILENT)
    if not begins_early:
        return Judgement(Answering.HUMAN, Evidence.WAITED)
    if heard.spoke_ms >= DECIDED_AFTER_MS:
        return Judgement(Answering.UNCERTAIN, Evidence.LONG)
    if heard.speaks:
        return Judgement(Answering.UNCERTAIN, Evidence.TOO_SOON)
    return Judgement(Answering.HUMAN, Evidence.SHORT)
