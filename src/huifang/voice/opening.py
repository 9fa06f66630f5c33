"""The first moments after an answer: what is heard is gathered until it is clear who has answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from huifang.logic.answering import Evidence, Judgement, Opening, who_answers
from huifang.logic.machine_words import machine_speaking
from huifang.voice.ears.port import Heard


class Answerer:
    """Whoever has answered one call.  Times in ms since the answer.

    :param machine: told once, when it has turned out to be a machine, with the words that gave it away
    """

    def __init__(self, machine: Callable[[Judgement, Heard | None], None]) -> None:
        self._machine = machine
        self._opening = Opening()
        self._began_ms = 0
        self._before_ms = 0  # spoken in stretches that are over
        self._decided_ms: int | None = None
        self.judgement = who_answers(self._opening)

    @property
    def is_person(self) -> bool:
        """It is one for certain."""
        return self._opening.had_turn

    def has_heard_anybody_before(self, at_ms: int) -> bool:
        """Somebody had spoken or pressed a key until then."""
        onset = self._opening.onset_ms
        return self._opening.had_turn or (onset is not None and onset < at_ms)

    def data(self) -> dict[str, Any]:
        """As the centre is told: the class, why, and when it stood."""
        told: dict[str, Any] = {
            "class": self.judgement.answering,
            "evidence": self.judgement.evidence,
            "ms": self._decided_ms,
        }
        if self.judgement.speaker is not None:
            told["speaker"] = self.judgement.speaker
        return told

    # ---- what is heard

    def starts(self, at_ms: int) -> None:
        self._began_ms = at_ms
        onset = self._opening.onset_ms
        self._take(at_ms, onset_ms=at_ms if onset is None else onset, speaks=True)

    def goes_on(self, at_ms: int) -> None:
        """Still speaking."""
        self._measure(at_ms, speaks=True)

    def ends(self, at_ms: int) -> None:
        self._measure(at_ms, speaks=False)
        self._before_ms = self._opening.spoken_ms

    def hears(self, heard: Heard, at_ms: int) -> None:
        """These were the words, spoken until ``at_ms``."""
        if self.is_person:
            return
        speaker = machine_speaking(heard.text, heard.pinyin) or self._opening.said_by
        self._take(at_ms, heard, said_by=speaker)

    def beeps(self, at_ms: int) -> None:
        self._take(at_ms, beeped=True)

    def has_turn(self, at_ms: int) -> None:
        """They have pressed a key, or said something in answer to us."""
        self._take(at_ms, had_turn=True)

    def _measure(self, at_ms: int, *, speaks: bool) -> None:
        if self._opening.had_turn:
            return
        long_ms = at_ms - self._began_ms
        longest = max(self._opening.spoke_ms, long_ms)
        self._take(at_ms, spoke_ms=longest, spoken_ms=self._before_ms + long_ms, speaks=speaks)

    def _take(self, at_ms: int, heard: Heard | None = None, **news: Any) -> None:
        if self.judgement.is_machine:
            return  # it stays one
        self._opening = replace(self._opening, **news)
        before, self.judgement = self.judgement, who_answers(self._opening)
        if self.judgement.answering is not before.answering or self._decided_ms is None:
            is_open = self.judgement.evidence in (Evidence.SILENT, Evidence.TOO_SOON)
            self._decided_ms = None if is_open else at_ms
        if self.judgement.is_machine:
            self._machine(self.judgement, heard)
