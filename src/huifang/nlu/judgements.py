"""Judgements out of the corpus' aspects: every word of praise and blame, said of what it fits, and denied."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from huifang.nlu.clauses import Aspect, Clause, aspects

_VERY = (
    *("", "", "", "", "很", "非常", "特别", "太", "真", "挺", "超级", "超", "确实", "真的", "实在", "简直"),
    *("相当", "贼", "巨", "真是", "蛮", "都", "也", "还", "感觉", "总体", "一直", "够", "忒", "怪"),
)
_NOT_GOOD = (
    "不{}",
    "不怎么{}",
    "一点都不{}",
    "并不{}",
    "没有那么{}",
    "没想象中{}",
    "没说的那么{}",
    "不是很{}",
)
_NOT_BAD = ("不{}", "一点都不{}", "并不{}", "也不{}", "没有{}的感觉", "完全不{}", "没觉得{}", "不会{}")
_PLAIN = re.compile(r"[^不没很太有无一]{1,2}")  # what a 不 may stand before


def judgements(draw: random.Random) -> Iterator[Clause]:
    """Clauses made of every group of aspects."""
    for aspect in aspects():
        yield from _judged(aspect, draw)


def _judged(aspect: Aspect, draw: random.Random) -> Iterator[Clause]:
    """Every word of praise and blame, said of a few of the things that it fits, and some of it denied."""
    for said, good, rating, emotion in (
        *((w, 1, 5, "pleased") for w in aspect.good),
        *((w, -1, 2, "disappointed") for w in aspect.bad),
        *((w, -1, 3, "calm") for w in aspect.mild),
    ):
        for of in draw.sample(aspect.of, min(4, len(aspect.of))):
            very = draw.choice(_VERY) if len(said) <= 3 else ""
            bare = draw.random() < 0.12
            text = ("" if bare else of) + very + said
            yield Clause(text, aspect.category, good, emotion, rating, f"{aspect.category} {said}")
        if rating != 3 and _PLAIN.fullmatch(said):
            for _ in range(3):
                of = draw.choice(aspect.of)
                turned = draw.choice(_NOT_GOOD if good > 0 else _NOT_BAD).format(said)
                words = Clause(of + turned, aspect.category, -good, "", 0, f"{aspect.category} {said}")
                yield replace(
                    words,
                    emotion="disappointed" if good > 0 else "pleased",
                    rating=2 if good > 0 else 4,
                )
