"""What people say, written down whole as it is said: ``corpus/{replies,asides,scores,told}.txt``.

Three tasks are learnt from it alone, each from the words and once more from their sounds: what somebody wants beside
the question, yes or no to a question whose words are known, and a score.  Others learn from it beside what ``grammar.py`` makes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from huifang.logic.sense import Leaning
from huifang.logic.understanding.denied_question import opposite, taken_as_said, without_denial
from huifang.logic.understanding.linear import ASIDE, RATING, REPLY
from huifang.logic.understanding.sounds import syllables
from huifang.nlu.clauses import CORPUS, is_held_out, utterances

NONE = "none"
_BESIDE = re.compile(
    "方便|打扰|占用|有空|有时间|分钟|本人|哪位|机主|听得?[清见到]|人工|电话|联系|回访|是.{0,6}(?:先生|女士|家长)"
)
"""Questions whose replies may well be what else is said beside one: 「在开会」 to 「您方便吗」."""
_FEW = 4  # of what is no score, or most would be none
_MEANS = {"+": "yes", "-": "no", "?": NONE}
Blur = Callable[[tuple[str, ...]], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said, and its label; ``question``: what it replies to."""

    text: str
    label: str
    question: str = ""

    @property
    def is_held_out(self) -> bool:
        return is_held_out(self.question or self.text)

    def heard(self, blur: Blur = tuple) -> Iterator[tuple[str, tuple[str, ...]]]:
        """(text, syllables): its words, and once more its sounds alone; ``blur`` tells what is heard of these."""
        yield self.text, ()
        sounds = blur(syllables(self.text))
        if sounds:
            yield "", sounds


def turns(task: str, folder: Path = CORPUS) -> list[Turn]:
    """All that is known of one of the three.

    Whoever replies or scores wants nothing beside the question, unless it asked for just that; and whoever wants
    something beside it gives no score.
    """
    replies = list(_replies(folder / "replies.txt"))
    if task == REPLY:
        return replies
    scores = [Turn(line, score) for score, line in _sections(folder / "scores.txt")]
    wanted = [Turn(line, label) for label, line in _sections(folder / "asides.txt")]
    if task == ASIDE:
        replied = [t for t in replies if t.label != NONE and not _BESIDE.search(t.question)]
        return _asides(wanted, [t.text for t in (*replied, *scores) if t.label != NONE])
    assert task == RATING
    scored = {turn.text for turn in scores}
    unscored = [turn.text for turn in wanted if turn.label != NONE and turn.text not in scored]
    return scores + [Turn(text, NONE) for text in unscored[::_FEW]]


def _replies(path: Path) -> Iterator[Turn]:
    """What each line says to its question, or to what that denies."""
    for question, line in _sections(path):
        text, label = line[1:].strip(), _MEANS[line[0]]
        asked = without_denial(question)
        if not asked:
            yield Turn(text, label, question)
        elif not taken_as_said(question, text):
            yield Turn(text, opposite(Leaning(label)).label, asked)


def _asides(wanted: Sequence[Turn], answers: Sequence[str]) -> list[Turn]:
    """``wanted``, what is said in a call otherwise (who takes it, thanks, asks …), and ``answers``, which want nothing."""
    labels = {turn.label for turn in wanted}
    said = [(text, intent if intent in labels else NONE) for text, intent in utterances() if "{" not in text]
    known = {turn.text: turn.label for turn in wanted}
    for text, label in (*said, *((text, NONE) for text in answers)):
        known.setdefault(text, label)
    return [Turn(text, label) for text, label in known.items()]


def told(task: str, folder: Path = CORPUS) -> list[tuple[str, str]]:
    """(text, label) of whole texts that teach ``task`` beside those that are made."""
    sections = ((*head.split(), line) for head, line in _sections(folder / "told.txt"))
    return [(line, label) for of, label, line in sections if of == task]


def _sections(path: Path) -> Iterator[tuple[str, str]]:
    """(head, line) of every line below a ``[head]``."""
    head = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            head = line[1:-1]
        elif line.strip() and not line.startswith("#"):
            yield head, line.strip()
