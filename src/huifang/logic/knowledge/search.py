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
from huifang.logic.knowledge.terms import Phrase, phrase_of

CERTAIN_ENOUGH = 0.7
"""The least ``Match.score`` that is told to a customer.  A wrong answer is worse than none."""

_TITLE, _QUESTION, _TAG, _PRODUCT, _ANSWER = (
    1.8,
    2.0,
    1.2,
    1.5,
    0.4,
)  # what a term is worth by where it stands
_SATURATION, _LENGTH = 1.2, 0.4  # k1 and b of BM25 (Robertson and Zaragoza 2009)
_BY_THE_WAY = 0.6
_CANDIDATES = 6
# How sure: fitted by benchmarks/knowledge.py to the questions in tests/logic/knowledge/dev.tsv.
_BIAS, _COVERED, _LIKE, _LEAD, _MISSING, _OTHER = -3.87, 4.54, 4.20, 0.53, -1.35, -1.54


@dataclass(frozen=True, slots=True)
class Match:
    """An article for a question.  ``score``: 0-1, how sure it is that it answers it.  ``shared``: the words
    and characters of the question that the article has."""

    article: Article
    score: float
    shared: tuple[str, ...]

    @property
    def is_certain(self) -> bool:
        return self.score >= CERTAIN_ENOUGH


class _Entry:
    """An article as terms."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.product = frozenset(t for t in phrase_of(article.product).terms if t[0] in "pl" or " " in t)
        phrases = [phrase_of(text) for text in (article.title, *article.questions)]
        self.variants = [(phrase, phrase.present) for phrase in phrases]
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
        self.length = sum(self.weight.values())

    def fits(self, asked: Phrase, rarity: Mapping[str, float]) -> _Fit:
        own = bool(self.article.store)
        if any(asked == variant for variant, _having in self.variants):
            return _Fit(1.0, 1.0, 0, False, own)  # word for word
        covered = asked.found_in(self.tells, rarity)
        missing = len(asked.concepts - self.tells.keys())
        like, present = 0.0, asked.present
        for variant, having in self.variants:
            there, back = asked.found_in(having, rarity), variant.found_in(present, rarity)
            if there + back:
                like = max(like, 2 * there * back / (there + back))
        # A product's article answers who asks about this product.
        other = bool(self.product) and not any(
            term in self.product for term in asked.terms if term[0] in "pls"
        )
        return _Fit(covered, like, min(missing, 2), other, own)


@dataclass(frozen=True, slots=True)
class _Fit:
    """``covered``: how much of the question the article speaks of; ``like``: how alike the question and one of
    the article's are; ``missing``: how many of the words that the question turns on the article lacks; ``other``: it is
    about a product that the question does not name; ``own``: it is the store's, not the chain's."""

    covered: float
    like: float
    missing: int
    other: bool
    own: bool

    @property
    def value(self) -> float:
        return (self.covered + self.like) / 2 - 0.05 * self.missing - 0.1 * self.other + 0.1 * self.own

    def sure(self, rival: float) -> float:
        """0-1, when the best of the others is worth ``rival``."""
        lead = max(-1.0, min(1.0, (self.value - rival) / self.value)) if self.value > 0 else 0.0
        terms = (
            _COVERED * self.covered
            + _LIKE * self.like
            + _LEAD * lead
            + _MISSING * self.missing
            + _OTHER * self.other
        )
        return 1 / (1 + math.exp(-(_BIAS + terms)))


class Index:
    """An index over ``articles``, which never changes."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._entries = [_Entry(article) for article in articles]
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
        sums = np.zeros(len(self._entries), np.float32)
        for term, weight in asked.terms.items():
            posting = self._postings.get(term)
            if posting is not None:
                sums[posting[0]] += posting[1] * np.float32(weight)
        found: list[tuple[_Fit, _Entry]] = []
        for number in np.argsort(-sums, kind="stable"):
            entry = self._entries[number]
            if sums[number] <= 0 or len(found) == max(_CANDIDATES, most):
                break
            if (store is None or entry.article.store in ("", store)) and entry.article.holds(day):
                found.append((entry.fits(asked, self._rarity), entry))
        found.sort(key=lambda one: -one[0].value)
        return [
            Match(entry.article, fit.sure(_rival(found, n)), _words(asked, entry))
            for n, (fit, entry) in enumerate(found[:most])
        ]


def _rival(found: list[tuple[_Fit, _Entry]], n: int) -> float:
    """How well the best of the others fits."""
    return max((fit.value for m, (fit, _entry) in enumerate(found) if m != n), default=0.0)


def _words(asked: Phrase, entry: _Entry) -> tuple[str, ...]:
    """What both have, in characters: words and pairs first, then what only sounds the same."""
    shared = [term for term in asked.terms if term in entry.weight]
    written = [term[2:] for term in shared if term[0] in "wpl"]
    return tuple(dict.fromkeys(written or [term[2:] for term in shared if term[0] == "s" and " " in term]))
