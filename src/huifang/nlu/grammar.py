"""Texts made of the corpus: reviews out of clauses, spoken answers with what people say around them.

Every maker takes only clauses of its side (``held_out`` or not), so a text for testing shares no pattern
with one for learning.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from huifang.nlu import joints
from huifang.nlu.clauses import Clause, clauses, is_held_out, moods, named_words, stories, topics, utterances
from huifang.nlu.judgements import judgements
from huifang.nlu.mishearing import Mishearing


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its label for one task; ``only_sounds``: the learner sees its syllables alone."""

    text: str
    label: str
    only_sounds: bool = False


_WHOLE = 0.06  # of the reviews are taken as they were written
_PER_SLOT = 3  # a pattern with slots is worth that many utterances for each of them


class Grammar:
    """A side of the corpus (None: all of it) and a source of chance; the same seed makes the same texts."""

    def __init__(self, seed: int, *, held_out: bool | None) -> None:
        def is_mine(pattern: str) -> bool:
            return held_out is None or is_held_out(pattern) == held_out

        self.draw = random.Random(seed)
        every = [*clauses(), *judgements(self.draw)]
        mine = [c for c in every if is_mine(c.pattern)]
        self._praise = [c for c in mine if c.good > 0]
        self._blame = [c for c in mine if c.good < 0 and c.rating < 3]
        self._mild = [c for c in mine if c.good < 0 and c.rating == 3 and c.emotion == "calm"]
        self._neither = [c for c in mine if c.good == 0]
        self._neutral = [c for c in self._neither if c.category != "any"]  # judges, but neither way
        self._asks = [c for c in mine if c.good < 0 and c.rating == 3 and c.emotion != "calm"]
        self._mine = mine
        self._slots = named_words("slots")
        around = named_words("fillers")
        self._before, self._after = around["before"], around["after"]
        self._said = [u for u in utterances() if is_mine(u[0])]
        self._topics = [t for t in topics() if is_mine(t[0])]
        self._stories = [s for s in stories() if is_mine(s[0])]
        self._moods = [m for m in moods() if is_mine(m[0])]
        self._ear = Mishearing([c.text for c in every] + [u[0] for u in utterances()])

    # ---- texts by task

    def polarity(self, count: int) -> Iterator[Example]:
        """Reviews and spoken opinions, half of them good."""
        for at in range(count):
            label = "negative" if at % 2 else "positive"
            whole = [text for text, polarity in self._stories if polarity == label]
            if self.draw.random() < _WHOLE:
                yield self._heard(Example(self.draw.choice(whole), label))
            else:
                yield self._heard(Example(self._review(label == "positive"), label))

    def category(self, count: int) -> Iterator[Example]:
        by_category: dict[str, list[Clause]] = {}
        for clause in self._mine:
            if clause.category != "any":
                by_category.setdefault(clause.category, []).append(clause)
        names = sorted(by_category)
        for at in range(count):
            name = names[at % len(names)]
            named = [word for word, category in self._topics if category == name]
            if named and self.draw.random() < 0.3:
                text = self.draw.choice(joints.ABOUT).format(self.draw.choice(named))
            else:
                first = self._pick(by_category[name])
                text = first.text
                if self.draw.random() < 0.25:
                    same = [c for c in by_category[name] if c.good == first.good]
                    text = self._joined([first, self._pick(same)])
            yield self._heard(Example(self._spoken(text), name))

    def emotion(self, count: int) -> Iterator[Example]:
        plain: dict[str, list[str]] = {}
        for text, emotion in self._moods:
            plain.setdefault(emotion, []).append(text)
        told: dict[str, list[Clause]] = {}
        for clause in self._mine:
            if clause.rating != 3 or clause.good == 0 or clause.emotion != "calm":
                told.setdefault(clause.emotion, []).append(clause)
        names = sorted(plain)
        for at in range(count):
            name = names[at % len(names)]
            shape = self.draw.random()
            text = self._pick(told[name]).text if shape < 0.15 else self._fill(self.draw.choice(plain[name]))
            if shape > 0.7 or shape < 0.12:
                text += self.draw.choice(joints.PAUSES) + self._fill(self.draw.choice(plain[name]))
            yield self._heard(Example(self._spoken(text), name))

    def intent(self, count: int) -> Iterator[Example]:
        by_intent: dict[str, list[str]] = {}
        for text, intent in self._said:
            by_intent.setdefault(intent, []).extend([text] * (1 + _PER_SLOT * text.count("{")))
        more: dict[str, Callable[[], str]] = {
            "complaint": lambda: self._pick(self._blame).text,
            "free": lambda: self._pick(self.draw.choice((self._praise, self._neutral, self._praise))).text,
            "question": lambda: self._pick(self._asks).text,
        }
        names = sorted(by_intent)
        for at in range(count):
            name = names[at % len(names)]
            if name in more and self.draw.random() < (0.2 if name == "question" else 0.5):
                text = more[name]()
            else:
                text = self._fill(self.draw.choice(by_intent[name]))
                if self.draw.random() < 0.15:
                    text += self.draw.choice(("，", "，", "")) + self._fill(self.draw.choice(by_intent[name]))
            yield self._heard(Example(self._spoken(text), name))

    # ---- parts

    def _pick(self, among: list[Clause]) -> Clause:
        return self._filled(self.draw.choice(among))

    def _filled(self, clause: Clause) -> Clause:
        return replace(clause, text=self._fill(clause.text))

    def _fill(self, text: str) -> str:
        while "{" in text:  # a filler may have slots of its own
            text = re.sub(r"\{(.+?)\}", lambda found: self.draw.choice(self._slots[found.group(1)]), text)
        return text

    def _joined(self, picked: list[Clause]) -> str:
        text = picked[0].text
        for clause in picked[1:]:
            text += self.draw.choice(joints.PAUSES) + clause.text
        return text

    def _some(self, among: list[Clause], most: int) -> str:
        return self._joined([self._pick(among) for _ in range(self.draw.randint(1, most))])

    def _review(self, good: bool) -> str:
        """One opinion: plain, with a tail, or with a contrast whose second half decides."""
        mine, others = (self._praise, self._blame) if good else (self._blame, self._praise)
        shape = self.draw.random()
        if shape < 0.2:
            text = self._pick(mine).text
        elif shape < 0.42:
            text = self._some(mine, 6)
            if self.draw.random() < 0.35:
                text += self.draw.choice(joints.PAUSES) + self.draw.choice(
                    joints.TAIL_GOOD if good else joints.TAIL_BAD
                )
        elif shape < 0.56:
            # What is granted first is small where the whole is good, and may be large where it is bad.
            granted = self._mild if good and self.draw.random() < 0.6 else others
            turn = self.draw.choice(joints.TURNS[:6] if good else joints.TURNS)
            text = f"{self.draw.choice(joints.GRANTS)}{self._pick(granted).text}，{turn}{self._some(mine, 3)}"
        elif shape < 0.61:
            once, now = (joints.ONCE_BAD, joints.NOW_GOOD) if good else (joints.ONCE_GOOD, joints.NOW_BAD)
            text = f"{self.draw.choice(once)}{self._pick(others).text}，{self.draw.choice(now)}{self._some(mine, 2)}"
        elif shape < 0.69:
            aside = self._pick(self._mild if good else self._neither).text
            if good:
                text = (
                    f"{self._some(mine, 3)}，{self.draw.choice(('就是', '只是', '美中不足', '唯一'))}{aside}"
                )
            else:
                text = f"{aside}，{self._some(mine, 3)}"
        elif shape < 0.93:
            text = self._story(mine, others, granted=0.2 if good else 0.12)
        else:
            neutral = self._pick(self._neither).text
            text = self._some(mine, 3)
            text = f"{neutral}，{text}" if self.draw.random() < 0.6 else f"{text}，{neutral}"
            if not good and self.draw.random() < 0.3:
                text += "，" + self._pick(self._mild).text
        return self._spoken(text) if self.draw.random() < 0.3 else text + self.draw.choice(joints.STOPS)

    def _story(self, mine: list[Clause], others: list[Clause], granted: float) -> str:
        """A long review: what happened, most of it on one side, the last word on that side, too.

        What merely happened is told alike in praise and in blame, so that telling a story is no sign of either;
        ``granted`` is the share of the other side.
        """
        told = []
        for _ in range(self.draw.randint(3, 9)):
            chance = self.draw.random()
            among = others if chance < granted else self._neither if chance < 0.55 else mine
            told.append(self._pick(among))
        return self._joined([*told, self._pick(mine), self._pick(mine)])

    # ---- how it is said and heard

    def _spoken(self, text: str) -> str:
        """With what people say before and after."""
        if self.draw.random() < 0.35:
            text = self.draw.choice(self._before) + self.draw.choice(("", "，")) + text
        if self.draw.random() < 0.25:
            text += self.draw.choice(self._after)
        return text + self.draw.choice(joints.SPOKEN_STOPS)

    def _heard(self, example: Example) -> Example:
        """As written, misheard, or as sounds alone."""
        chance = self.draw.random()
        if chance < 0.15:
            return replace(example, text=self._ear.misheard(example.text, self.draw))
        return replace(example, only_sounds=chance < 0.3)
