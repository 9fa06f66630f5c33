"""「您是想问退换货，对吗？」: what was found for the customer's question is likely meant, but not certainly."""

from __future__ import annotations

from dataclasses import replace

from huifang.logic import dialogue
from huifang.logic.script_answering import Answering
from huifang.logic.script_talk import Talk
from huifang.logic.understanding import Intent, Reading

_DENIED = frozenset((Intent.NO, Intent.DECLINE, Intent.UNCLEAR))


class Guess:
    """The guess that waits for a yes, if any: ``State.guess``, and ``State.question`` what it is a guess at."""

    def __init__(self, talk: Talk, answering: Answering) -> None:
        self.talk = talk
        self.answering = answering

    @property
    def waits(self) -> bool:
        return self.talk.state.guess is not None

    def make(self, found: dialogue.Found) -> None:
        """Ask back before it is told."""
        self.talk.change(guess=found)
        self.talk.ask_again()

    def key(self, key: str) -> None:
        """1 for yes, 2 for no."""
        self.talk.put(dialogue.Understood(Intent.YES if key == "1" else Intent.NO, 1.0, f"key {key}"))
        self._confirm() if key == "1" else self.deny()

    def heard(self, reading: Reading) -> bool:
        """Words in answer to it; False where they are none, and are to be taken as they come."""
        if reading.intent is Intent.YES:
            self._confirm()
        elif reading.intent in _DENIED:
            self.deny()
        else:
            return False
        return True

    def deny(self) -> None:
        """Something else was meant, or nothing was said: a colleague answers it."""
        self.talk.change(guess=None)
        self.answering.answered(None)

    def drop(self) -> None:
        """The customer has gone on to something else."""
        self.talk.change(guess=None, question="")

    def _confirm(self) -> None:
        found = self.talk.state.guess
        assert found is not None
        self.talk.change(guess=None)
        self.answering.answered(replace(found, doubtful=False))
