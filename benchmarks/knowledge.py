"""How often a question is answered rightly, wrongly or not at all, and how quickly.

    python benchmarks/knowledge.py            the figures of decision 0025
    python benchmarks/knowledge.py --fit      what the scores' weights should be, from the development questions

Where jieba is installed its words are tried in the place of our pairs of characters.
"""

from __future__ import annotations

import csv
import importlib.util
import random
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from huifang.logic.knowledge import CERTAIN_ENOUGH, Article, Index, search, terms

TEXTS = Path(__file__).parents[1] / "tests" / "logic" / "knowledge"
DEMO = Path(__file__).parents[1] / "src" / "huifang" / "demo" / "data" / "knowledge.csv"
DAY, STORE = date(2026, 9, 15), "花颜美妆人民路店"
Asked = list[tuple[str, str]]


def dev_articles() -> list[Article]:
    with DEMO.open(encoding="utf-8", newline="") as file:
        return [
            Article(
                row["编号"], 1, row["标题"], row["答案"], tuple(row["问法"].split("；")),
                tuple(filter(None, row["标签"].split("；"))), row["商品"], row["来源"], row["门店"],
                row["生效日期"], row["失效日期"],
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def blind_articles() -> list[Article]:
    rows = (TEXTS / "blind_articles.tsv").read_text("utf-8").splitlines()[1:]
    return [
        Article(c, 1, t, a, tuple(filter(None, q.split("|")))) for c, t, q, a in (r.split("\t") for r in rows)
    ]


def asked(name: str) -> Asked:
    rows = (TEXTS / name).read_text("utf-8").splitlines()[1:]
    return [(question, code) for question, code in (row.split("\t") for row in rows)]


def report(label: str, index: Index, questions: Asked, wrong: bool = False) -> None:
    first = told = right = refused = 0
    known = [code for _q, code in questions if code != "-"]
    for question, code in questions:
        found = index.search(question, DAY, store=STORE)
        first += bool(found) and found[0].article.code == code
        if found and found[0].score >= CERTAIN_ENOUGH:
            told += 1
            right += found[0].article.code == code
            if wrong and found[0].article.code != code:
                print(
                    f"   told wrongly: {question} → {found[0].article.code} {found[0].score:.2f} (want {code})"
                )
        elif code == "-":
            refused += 1
        elif wrong:
            best = f"{found[0].article.code} {found[0].score:.2f}" if found else "nothing"
            print(f"   not told: {question} → {best} (want {code})")
    print(
        f"{label}: {len(questions)} questions, {len(known)} with an answer; first is right {first / len(known):.3f};"
        f" told {told}, precision {right / max(told, 1):.3f}, recall {right / len(known):.3f};"
        f" without an answer refused {refused / max(len(questions) - len(known), 1):.3f}"
    )


def fit() -> None:
    """Logistic regression of “the first article is right” on what ``Index`` knows of it."""
    seen: list[tuple[float, ...]] = []
    keep = search._Fit.sure

    def noting(fit: search._Fit, rival: float) -> float:
        lead = max(-1.0, min(1.0, (fit.value - rival) / fit.value)) if fit.value > 0 else 0.0
        seen.append((fit.covered, fit.like, lead, fit.missing, fit.other))
        return keep(fit, rival)

    search._Fit.sure = noting  # type: ignore[method-assign]
    rows, labels = [], []
    # As they are, with fewer ways to ask, and without the very article: what is nearest then is wrong.
    for kept in (9, 1, 0):
        articles = [replace(a, questions=a.questions[:kept]) for a in dev_articles()]
        whole = Index(articles)
        for question, code in asked("dev.tsv"):
            without = Index(a for a in articles if not a.code.startswith(code[:8])) if code != "-" else None
            for index in filter(None, (whole, without)):
                found = index.search(question, DAY, store=STORE, most=1)
                if found:
                    rows.append(seen[-1])
                    labels.append(float(found[0].article.code == code))
    search._Fit.sure = keep  # type: ignore[method-assign]
    x = np.c_[np.ones(len(rows)), np.array(rows)]
    y, w = np.array(labels), np.zeros(x.shape[1])
    for _ in range(10_000):
        p = 1 / (1 + np.exp(-x @ w))
        w -= 0.5 * (x.T @ (p - y) / len(y) + 0.001 * np.r_[0, w[1:]])
    for least in (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85):
        sure = 1 / (1 + np.exp(-x @ w)) >= least
        print(
            f"{least}: told {sure.sum()}, precision {y[sure].mean():.3f}, right {int(y[sure].sum())} of {int(y.sum())}"
        )
    print("_BIAS, _COVERED, _LIKE, _LEAD, _MISSING, _OTHER =", ", ".join(f"{v:.2f}" for v in w))


def speed() -> None:
    chance = random.Random(7)
    base = [*dev_articles(), *blind_articles()]
    many = []
    for n in range(500):
        one = base[n % len(base)]
        words = list(one.answer)
        chance.shuffle(words)
        many.append(Article(f"a{n}", 1, one.title, "".join(words), one.questions, one.tags, one.product))
    started = time.process_time()
    index = Index(many)
    built = time.process_time() - started
    questions = [q for q, _c in (*asked("dev.tsv"), *asked("blind.tsv"))]
    for label in ("first time", "again"):
        started = time.process_time()
        for question in questions:
            index.search(question, DAY)
        each = (time.process_time() - started) / len(questions) * 1e3
        print(f"500 articles: built in {built * 1e3:.0f} ms of CPU, {each:.2f} ms per question ({label})")


def with_words(cut: Callable[[str], Iterable[str]]) -> Callable[[str], terms.Phrase]:
    """Phrases as a segmenter makes them: its words in the place of our pairs of characters."""

    def phrase(text: str) -> terms.Phrase:
        ours = terms.phrase_of(text)
        words, at = [], 0
        han = [c for c in text if len(c) == 1]
        worth = {term: weight for term, weight in ours.terms.items() if term[0] != "p"}
        del at, han
        for word in cut(text):
            words.append(word)
            if len(word) > 1:
                worth["p:" + word] = 1.0
        places = []
        for place in ours.places:
            kept = [(t, d) for t, d in place.terms if t[0] != "p"]
            alone = next((t[2:] for t, _d in place.terms if t[0] == "c"), "")
            kept += [("p:" + word, 1.0) for word in words if len(word) > 1 and alone and alone in word]
            places.append(terms.Place(place.weight, tuple(sorted(kept, key=lambda one: -one[1]))))
        return terms.Phrase(tuple(places), worth, ours.concepts)

    return phrase


def main() -> None:
    if "--fit" in sys.argv:
        fit()
        return
    wrong = "--wrong" in sys.argv
    report("development", Index(dev_articles()), asked("dev.tsv"), wrong)
    if "--dev" in sys.argv:
        return
    report("blind", Index(blind_articles()), asked("blind.tsv"), "--blind-wrong" in sys.argv)
    speed()
    if importlib.util.find_spec("jieba"):
        import jieba

        search.phrase_of = with_words(jieba.cut_for_search)  # type: ignore[assignment]
        report("development, jieba's words", Index(dev_articles()), asked("dev.tsv"))
        report("blind, jieba's words", Index(blind_articles()), asked("blind.tsv"))


if __name__ == "__main__":
    main()
