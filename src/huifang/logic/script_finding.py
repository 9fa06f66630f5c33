"""One thing to mend in a script, and where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from huifang.errors import N_, Clause
from huifang.logic.script_document import Ask, Branch, End, Script
from huifang.logic.script_text import Text, When

_PLACES = {
    "step": N_("step “%(id)s”"),
    "ending": N_("ending “%(id)s”"),
    "reply": N_("reply “%(id)s”"),
    "empathy": N_("empathy “%(id)s”"),
    "after_transfer": N_("after the transfer"),
    "voicemail": N_("the message on a voicemail"),
    "pace": N_("the pace"),
    "assistant": N_("the message to a phone's assistant"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a script.  ``kind``: step | ending | reply | empathy | after_transfer | voicemail | assistant | pace."""

    kind: str
    id: str = ""

    def in_words(self) -> Clause:
        return Clause(_PLACES[self.kind], id=self.id)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend.  ``rule`` is its stable name; ``words`` say what is wrong and the mend."""

    place: Place
    rule: str
    words: Clause

    def in_words(self) -> Clause:
        return Clause(N_("%(place)s: %(words)s"), place=self.place.in_words(), words=self.words)


def finding(place: Place, rule: str, template: str, **data: Any) -> Finding:
    return Finding(place, rule, _SameClause(template, **data))


class _SameClause(Clause):
    """A clause that equals one of the same words, so that nothing is found twice."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clause) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


def places(script: Script) -> Iterator[tuple[Place, Text]]:
    """Every text of the script with its place."""
    for step in script.steps.values():
        here = Place("step", step.id)
        if not isinstance(step, Branch | End):
            yield here, step.text
        if isinstance(step, Ask):
            if step.offer is not None:
                yield here, step.offer.words
            for fallback in (step.no_input, step.no_match):
                yield from ((here, prompt) for prompt in fallback.prompts)
                if fallback.words is not None:
                    yield here, fallback.words
            if step.item.validate is not None:
                yield here, step.item.validate.words
    yield from ((Place("ending", ending.id), ending.words) for ending in script.endings)
    if script.after_transfer is not None:
        yield Place("after_transfer"), script.after_transfer.words
    if script.voicemail is not None:
        yield Place("voicemail"), script.voicemail
    if script.assistant is not None:
        yield Place("assistant"), script.assistant
    yield from ((Place("reply", key), text) for key, text in script.replies.items())
    for emotion, texts in script.empathy.items():
        yield from ((Place("empathy", emotion), text) for text in texts)


def whens(script: Script) -> Iterator[tuple[Place, When]]:
    """Every condition of the script with its place."""
    for step in script.steps.values():
        if not isinstance(step, End):
            yield from ((Place("step", step.id), way.when) for way in step.ways if way.when)
    yield from ((Place("ending", e.id), e.when) for e in script.endings if e.when)
    if script.pace is not None and script.pace.when is not None:
        yield Place("pace"), script.pace.when
    for place, text in places(script):
        yield from ((place, piece.when) for piece in text.pieces if piece.when)
