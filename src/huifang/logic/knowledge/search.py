"""Finding the article that answers a question, and how sure that is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from huifang.logic.knowledge.article import Article
from huifang.logic.knowledge.fit import Fit
from huifang.logic.knowledge.kinds import PLAIN, kinds_given
from huifang.logic.knowledge.small_words import COMMON
from huifang.logic.knowledge.terms import Phrase, phrase_of

CERTAIN_ENOUGH = 0.7
"""The least ``Match.score`` that is told to a customer.  A wrong answer is worse than none."""
CERTAIN_BY_SOUND = 0.9
"""The same where only the sounds of the question are known."""
LIKELY, LIKELY_BY_SOUND = 0.5, 0.6
"""From here on the customer is asked back whether this was meant."""

# What a term is worth by where it stands, for the first ranking.
_TITLE, _QUESTION, _TAG, _PRODUCT, _ANSWER = 1.8, 2.0, 1.2, 1.5, 0.4
_SATURATION, _LENGTH = 1.2, 0.4  # k1 and b of BM25 (Robertson and Zaragoza 2009)
_BY_THE_WAY = 0.8  # what the answer alone speaks of
_CANDIDATES = 10
_MEANT = {"price": ("w:价格", "w:收费"), "where": ("w:在哪",)}  # what an answer of this kind speaks of
_MUCH = 6.0  # weight of places
_NOTHING = 0.1  # so little of the question found that nothing is
_ASTRAY = 0.25  # so little of the topic found that it is another


@dataclass(frozen=True, slots=True)
class Match:
    """An article for a question.  ``score``: 0-1, how sure it is that it answers it.  ``shared``: the words
    and characters of the question that the article has; ``by_sound``: only the sounds of the question are known."""

    article: Article
    score: float
    shared: tuple[str, ...]
    by_sound: bool = False

    @property
    def is_certain(self) -> bool:
        return self.score >= (CERTAIN_BY_SOUND if self.by_sound else CERTAIN_ENOUGH)

    @property
    def is_likely(self) -> bool:
        """It is worth asking back whether this was meant."""
        return self.score >= (LIKELY_BY_SOUND if self.by_sound else LIKELY)


class Entry:
    """An article as terms."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.product = frozenset(t for t in phrase_of(article.product).terms if t[0] in "pl" or " " in t)
        phrases = [phrase_of(text) for text in (article.title, *article.questions)]
        self.variants = [(phrase, phrase.present) for phrase in phrases]
        self.kinds = frozenset().union(*(phrase.kinds for phrase in phrases))
        self.gives = kinds_given(article.answer) | self.kinds
        self.names: dict[str, float] = {}
        """Term → how well the article is named by it."""
        self.tells: dict[str, float] = {}
        """Term → how well the article tells it: what stands in the answer alone may be by the way."""
        self.weight: dict[str, float] = defaultdict(float)
        for texts, worth in (
            ((article.title,), _TITLE),
            (article.questions, _QUESTION),
            (article.tags, _TAG),
            ((article.product,), _PRODUCT),
            ((article.answer,), _ANSWER),
        ):
            times: dict[str, float] = defaultdict(float)
            for text in texts:
                for term in phrase_of(text).terms:
                    times[term] += 1.0
            for term, count in times.items():
                self.weight[term] += worth * min(count, 2.0)
                self.tells[term] = max(self.tells.get(term, 0.0), 1.0 if worth > _ANSWER else _BY_THE_WAY)
                if worth > _ANSWER:
                    self.names[term] = 1.0
        for kind in self.gives:
            for term in _MEANT.get(kind, ()):
                self.tells.setdefault(term, _BY_THE_WAY)
        self.length = sum(self.weight.values())

    def fits(self, asked: Phrase, rarity: Mapping[str, float]) -> Fit:
        found, whole, topic = asked.share_in(self.tells, rarity)
        lacking = sum(not (terms & self.tells.keys()) for terms in asked.concepts)
        like, back_most, present = 0.0, 0.0, asked.present
        for variant, having in self.variants:
            there, back = asked.found_in(having, rarity), variant.found_in(present, rarity)
            back_most = max(back_most, back)
            if there + back:
                like = max(like, 2 * there * back / (there + back))
        # A product's article answers who asks about this product.
        other = bool(self.product) and not any(
            term in self.product for term in asked.terms if term[0] in "pls"
        )
        wanted = asked.kinds & PLAIN
        return Fit(
            covered=found / whole if whole else 0.0,
            named=asked.found_in(self.names, rarity),
            like=like,
            back=back_most,
            found=min(found / _MUCH, 1.0),
            missing=min((whole - found) / _MUCH, 1.0),
            lacking=float(min(lacking, 2)),
            same_kind=float(bool(asked.kinds & self.kinds)),
            other_kind=float(bool(asked.kinds and self.kinds) and not asked.kinds & self.kinds),
            gives=float(bool(wanted) and wanted <= self.gives),
            gives_not=float(len(wanted - self.gives)),
            other=float(other),
            topic=topic,
            topic_named=asked.share_in(self.names, rarity)[2],
            astray=float(topic < _ASTRAY),
            own=bool(self.article.store),
            word_for_word=any(_same(asked, variant) for variant, _having in self.variants),
        )


class Index:
    """An index over ``articles``, which never changes."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._entries = [Entry(article) for article in articles]
        count = len(self._entries)
        average = sum(e.length for e in self._entries) / max(count, 1) or 1.0  # of nothing but marks: none
        places: dict[str, list[int]] = defaultdict(list)
        weights: dict[str, list[float]] = defaultdict(list)
        for number, entry in enumerate(self._entries):
            norm = _SATURATION * (1 - _LENGTH + _LENGTH * entry.length / average)
            for term, weight in entry.weight.items():
                places[term].append(number)
                weights[term].append(weight * (_SATURATION + 1) / (weight + norm))
        self._rarity: dict[str, float] = {}
        self._postings: dict[str, tuple[NDArray[np.intp], NDArray[np.float32]]] = {}
        for term, numbers in places.items():
            rarity = math.log(1 + (count - len(numbers) + 0.5) / (len(numbers) + 0.5))
            self._rarity[term] = rarity / math.log(1 + (count - 0.5) / 1.5)
            self._postings[term] = (
                np.array(numbers, np.intp),
                np.array(weights[term], np.float32) * np.float32(rarity),
            )

    def __len__(self) -> int:
        return len(self._entries)

    def search(self, question: str, day: date, *, store: str | None = None, most: int = 3) -> list[Match]:
        """The articles that may answer ``question``, the likeliest first, of those that hold on ``day`` and
        for the store with the code ``store`` ("" = only what holds for every store, None = any)."""
        asked = phrase_of(question)
        found = self.candidates(asked, day, store=store, most=max(_CANDIDATES, most))
        return [
            Match(
                entry.article,
                fit.sure(_rival(found, n), by_sound=asked.by_sound),
                _words(asked, entry),
                asked.by_sound,
            )
            for n, (fit, entry) in enumerate(found[:most])
        ]

    def candidates(
        self, asked: Phrase, day: date, *, store: str | None = None, most: int = _CANDIDATES
    ) -> list[tuple[Fit, Entry]]:
        """What comes nearest, the best first, before anything is made of it."""
        sums = np.zeros(len(self._entries), np.float32)
        for term, weight in asked.terms.items():
            posting = self._postings.get(term)
            if posting is not None:
                sums[posting[0]] += posting[1] * np.float32(weight)
        found: list[tuple[Fit, Entry]] = []
        for number in np.argsort(-sums, kind="stable"):
            entry = self._entries[number]
            if sums[number] <= 0 or len(found) == most:
                break
            if (store is None or entry.article.store in ("", store)) and entry.article.holds(day):
                fit = entry.fits(asked, self._rarity)
                if fit.covered > _NOTHING:
                    found.append((fit, entry))
        return sorted(found, key=lambda one: -one[0].value)


def _same(asked: Phrase, variant: Phrase) -> bool:
    return asked.sounds == variant.sounds if asked.by_sound else asked == variant


def _rival(found: list[tuple[Fit, Entry]], n: int) -> float:
    """How well the best of the others fits."""
    return max((fit.value for m, (fit, _entry) in enumerate(found) if m != n), default=Fit.ALONE)


def _words(asked: Phrase, entry: Entry) -> tuple[str, ...]:
    """What both have, in characters: words and pairs first, then what only sounds the same."""
    shared = [term for term in asked.terms if term in entry.weight]
    written = [
        term[2:] for term in shared if term[0] in "wl" or (term[0] == "p" and not COMMON.issuperset(term[2:]))
    ]
    return tuple(dict.fromkeys(written or [term[2:] for term in shared if term[0] == "s" and " " in term]))
