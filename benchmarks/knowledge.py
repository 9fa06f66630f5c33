"""How often a question is answered rightly, wrongly or not at all, and how quickly.

python benchmarks/knowledge.py            the figures of decision 0025
python benchmarks/knowledge.py --missed   with every question of our own trades that is answered wrongly or not
python benchmarks/knowledge.py --fit      what the weights of the search should be, from our own questions
"""

from __future__ import annotations

import csv
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huifang.logic.knowledge import Article
from huifang.logic.knowledge.fit import Fit
from huifang.logic.knowledge.lexicon import CONCEPTS
from huifang.logic.knowledge.search import Index
from huifang.logic.knowledge.terms import phrase_of
from huifang.logic.understanding.sounds import distance, syllables

TEXTS = Path(__file__).parents[1] / "tests" / "logic" / "knowledge"
DEMO = Path(__file__).parents[1] / "src" / "huifang" / "demo" / "data" / "knowledge.csv"
DAY, STORE = date(2026, 9, 15), "花颜美妆人民路店"
NOBODY = "-"
Numbers = NDArray[np.float64]
SYLLABLES = sorted({sound for word in CONCEPTS for sound in syllables(word)})


@dataclass(frozen=True, slots=True)
class Shop:
    """Articles, and questions with the code of the article that answers each, NOBODY where none does."""

    articles: list[Article]
    asked: list[tuple[str, str]]


def development() -> Shop:
    with DEMO.open(encoding="utf-8", newline="") as file:
        articles = [
            Article(
                row["编号"], 1, row["标题"], row["答案"], tuple(row["问法"].split("；")),
                tuple(filter(None, row["标签"].split("；"))), row["商品"], row["来源"], row["门店"],
                row["生效日期"], row["失效日期"],
            )
            for row in csv.DictReader(file)
            if row["门店"] in ("", STORE)
        ]  # fmt: skip
    return Shop(articles, _pairs("dev.tsv"))


def blind() -> Shop:
    rows = (row.split("\t") for row in (TEXTS / "blind_articles.tsv").read_text("utf-8").splitlines()[1:])
    articles = [Article(c, 1, t, a, tuple(filter(None, q.split("|")))) for c, t, q, a in rows]
    return Shop(articles, _pairs("blind.tsv"))


def trades() -> list[Shop]:
    shops: list[Shop] = []
    for line in (TEXTS / "trades.txt").read_text("utf-8").splitlines():
        if line.startswith("## "):
            shops.append(Shop([], []))
        elif line.startswith("@ "):
            title, ways, answer = (part.strip() for part in line[2:].split(" | "))
            articles = shops[-1].articles
            articles.append(Article(f"a{len(articles)}", 1, title, answer, tuple(ways.split("；"))))
        elif line.startswith("- "):
            shops[-1].asked.append((line[2:], NOBODY))
        elif not line.startswith("#"):
            shops[-1].asked.append((line, shops[-1].articles[-1].code))
    return shops


def _pairs(name: str) -> list[tuple[str, str]]:
    rows = (row.split("\t") for row in (TEXTS / name).read_text("utf-8").splitlines()[1:])
    return [(question, code) for question, code in rows]


def heard(words: str, noise: float, chance: random.Random) -> str:
    """The sounds of ``words``, this share of them misheard: as a syllable near to it, as any, or not at all."""
    sounds = []
    for sound in syllables(words):
        lot = chance.random() if chance.random() < noise else 1.0
        near = [other for other in SYLLABLES if other != sound and distance(sound, other) <= 0.3]
        if lot < 0.55 and near:
            sounds.append(chance.choice(near))
        elif lot < 0.8:
            sounds.append(chance.choice(SYLLABLES))
        elif lot == 1.0:
            sounds.append(sound)
    return " ".join(sounds)


def report(label: str, shops: list[Shop], *, missed: bool = False, noise: float | None = None) -> None:
    """Sums of asking everything; with ``noise`` by sound alone."""
    chance = random.Random(9)
    first = told = right = likely = likely_right = refused = known = asked = 0
    for shop in shops:
        index = Index(shop.articles)
        for words, code in shop.asked:
            if words.isascii():
                continue  # sounds that somebody wrote down
            question = heard(words, noise, chance) if noise is not None else words
            best = next(iter(index.search(question, DAY, store=STORE)), None)
            is_right = best is not None and best.article.code == code
            is_told = best is not None and best.is_certain
            asked, known, first = asked + 1, known + (code != NOBODY), first + is_right
            is_guess = best is not None and not is_told and best.is_likely
            likely, likely_right = likely + is_guess, likely_right + (is_guess and is_right)
            told, right, refused = (
                told + is_told,
                right + (is_told and is_right),
                refused + (code == NOBODY and not is_told),
            )
            if missed and best is not None and is_told != (code != NOBODY and is_right):
                print(
                    f"  {'told' if is_told else 'not told'}: {question} → {best.article.title} {best.score:.2f}"
                )
    print(
        f"{label}: {asked} questions, {known} with an answer; first is right {first / known:.3f}; told {told}, "
        f"precision {right / max(told, 1):.3f}, recall {right / known:.3f}; asked back {likely}, {likely_right} rightly; "
        f"without an answer not told {refused} of {asked - known}"
    )


# ---- fitting


@dataclass(frozen=True, slots=True)
class Case:
    """One question to one knowledge base: what came nearest, which of it is right (-1 = none), and its weight."""

    fits: list[Fit]
    right: int
    weight: float


def cases_by_sound(shop: Shop, noise: float) -> Iterator[Case]:
    """As they are, and without the very article, heard with this share of the syllables wrong."""
    chance = random.Random(round(noise * 100))
    whole = Index(shop.articles)
    for question, code in shop.asked:
        if not question.isascii():
            sounds = heard(question, noise, chance)
            yield _case(whole, sounds, code, 1.0)
            if code != NOBODY:
                yield _case(Index(a for a in shop.articles if a.code != code), sounds, code, 0.3)


def cases(shop: Shop) -> Iterator[Case]:
    """The articles as they are, with one way to ask, and with none; each also *without the very article*, where
    whatever is nearest is wrong."""
    for kept, weight in ((9, 1.0), (1, 0.5), (0, 0.8)):
        articles = [replace(article, questions=article.questions[:kept]) for article in shop.articles]
        indexes = {NOBODY: Index(articles)}
        for question, code in shop.asked:
            if code not in indexes:
                indexes[code] = Index(article for article in articles if article.code != code)
            yield _case(indexes[NOBODY], question, code, weight)
            if code != NOBODY:
                yield _case(indexes[code], question, code, 0.3 * weight)


def _case(index: Index, question: str, code: str, weight: float) -> Case:
    near = index.candidates(phrase_of(question), DAY, store=STORE)
    right = next((n for n, (_fit, entry) in enumerate(near) if entry.article.code == code), -1)
    return Case([fit for fit, _entry in near], right, weight)


def fit() -> None:
    """Weights by which the right article comes first (softmax over what is near), then weights of how sure that
    is (logistic regression of “the first is right”)."""
    shops = (*trades(), development())
    names = Fit.NAMES
    seen = [case for shop in shops for case in cases(shop)]
    values = _ranking([case for case in seen if case.right >= 0], len(names))
    print("_VALUES =", _rounded(values))
    # Held back by what we know, because our own texts hold few of these.
    prior = {"gives_not": -2.5, "other": -1.5}
    print("_SURE =", _sure(seen, values, [prior.get(name, 0.0) for name in names]))
    by_sound = [case for shop in shops for noise in (0.15, 0.3, 0.45) for case in cases_by_sound(shop, noise)]
    print("_SURE_BY_SOUND =", _sure(by_sound, values, [0.0] * len(names)))


def _sure(seen: list[Case], values: Numbers, prior: list[float]) -> tuple[float, tuple[float, ...]]:
    rows, right, weight = [], [], []
    for case in seen:
        if not case.fits:
            continue
        worth = _table(case) @ values
        order = np.argsort(-worth, kind="stable")
        rival = worth[order[1]] if len(order) > 1 else Fit.ALONE
        rows.append([1.0, *case.fits[order[0]].features, Fit.lead(worth[order[0]] - rival)])
        right.append(float(order[0] == case.right))
        weight.append(case.weight)
    found = _logistic(np.array(rows), np.array(right), np.array(weight), np.array([0.0, *prior, 0.0]))
    return round(float(found[0]), 2), _rounded(found[1:])


def _rounded(values: Numbers) -> tuple[float, ...]:
    return tuple(round(float(value), 2) for value in values)


def _table(case: Case) -> Numbers:
    return np.array([fit.features for fit in case.fits], np.float64)


def _ranking(
    seen: list[Case], width: int, *, l2: float = 0.02, steps: int = 120, rate: float = 0.5
) -> Numbers:
    tables = [(_table(case), case.right) for case in seen]
    weights = np.zeros(width)
    for _ in range(steps):
        slope = np.zeros(width)
        for table, right in tables:
            worth = table @ weights
            share = np.exp(worth - worth.max())
            slope += table[right] - share / share.sum() @ table
        weights += rate * (slope / len(tables) - l2 * weights)
    return weights


def _logistic(
    rows: Numbers, right: Numbers, weight: Numbers, prior: Numbers, *, l2: float = 0.004
) -> Numbers:
    """Newton's method."""
    found: Any = np.zeros(rows.shape[1])
    free = np.r_[0.0, np.ones(rows.shape[1] - 1)]
    for _ in range(60):
        p = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (weight * (p - right)) / weight.sum() + l2 * free * (found - prior)
        bend = (rows * (weight * p * (1 - p))[:, None]).T @ rows / weight.sum()
        found = found - np.linalg.solve(bend + l2 * np.eye(len(found)), slope)
    return np.asarray(found, np.float64)


# ---- speed


def speed(count: int) -> None:
    chance = random.Random(7)
    base = [*development().articles, *blind().articles, *(a for shop in trades() for a in shop.articles)]
    many = []
    for n in range(count):
        one = base[n % len(base)]
        words = list(one.answer)
        chance.shuffle(words)
        many.append(replace(one, code=f"a{n}", title=f"{one.title}{n}", answer="".join(words), store=""))
    started = time.process_time()
    index = Index(many)
    built = time.process_time() - started
    questions = [question for shop in (development(), blind()) for question, _code in shop.asked]
    for label in ("first time", "again"):
        started = time.process_time()
        for question in questions:
            index.search(question, DAY)
        each = (time.process_time() - started) / len(questions) * 1e3
        print(f"{count} articles: built in {built:.2f} s of CPU, {each:.2f} ms per question ({label})")


def main() -> None:
    if "--fit" in sys.argv:
        fit()
        return
    report("our own trades (fitted to)", trades(), missed="--missed" in sys.argv)
    report("development (fitted to)", [development()])
    report("blind", [blind()])
    for noise in (0.0, 0.15, 0.3):
        report(f"blind, heard as sounds, {noise:.0%} of the syllables wrong", [blind()], noise=noise)
    speed(500)
    speed(5000)


if __name__ == "__main__":
    main()
