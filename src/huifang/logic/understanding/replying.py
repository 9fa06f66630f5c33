"""A reply as features: what is said, and which of the question's own words it takes up and denies.

「用不惯」 says no to 「用得惯吗」 whatever else is known of either, so taking up a word is a feature of its own: how many
syllables in a row, whether they are the question's last (its verb, mostly), and whether a negation stands before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from huifang.logic.understanding.features import Features, named, normal
from huifang.logic.understanding.linear import Weights, tones
from huifang.logic.understanding.sounds import syllables

_ECHO = 1.0  # against the reply's own n-grams, whose squares add up to 1
_LONGEST = 3  # syllables in a row; more tell no more
_REACH = 3  # syllables behind a negation
_LAST = 2  # syllables of a question that hold its verb
_DENY = frozenset(("bu", "mei", "wei", "bie", "wu", "mo", "mao"))
_PARTICLES = frozenset(("ma", "ne", "ba", "a", "le", "de", "la", "ya", "me"))
_EVERYWHERE = _PARTICLES | {
    *("nin", "ni", "shi", "you", "wo", "qing", "wen", "xian"),
    *("zai", "hai", "bu", "mei", "ge", "yi", "xia"),
}
_ASKED = re.compile(r"[^。！？!?]*[？?]")
_KEYS = re.compile(r"[^，,。！？!?]*请?按[^，,。！？!?]*")


def question_in(text: str) -> str:
    """The question in what we say: its last sentence with a question mark, without what the keys are for."""
    asked = _ASKED.findall(text)
    return _KEYS.sub("", asked[-1] if asked else text).strip("，, 。")


def reply_features(
    own: Features, text: str, pinyin: tuple[str, ...], question: str, polarity: Weights
) -> Features:
    """``own`` (the features of ``text`` or ``pinyin``), its tone by the model ``polarity``, and how it meets ``question``."""
    echoes = {named(kind) for kind in _echoes(pinyin or syllables(normal(text)), question)}
    tone, loudness = tones(polarity, own, text)
    index = np.concatenate([own[0], tone, np.fromiter(sorted(echoes), np.int64)])
    value = np.concatenate([own[1], loudness, np.full(len(echoes), _ECHO, np.float32)])
    return index, value


@dataclass(frozen=True, slots=True)
class _Echo:
    """A run of the question's sounds in the reply."""

    at: int
    length: int
    is_last: bool
    is_denied: bool


def _echoes(sounds: tuple[str, ...], question: str) -> Iterator[str]:
    found = list(_runs(sounds, _asked(question)))
    for run in found:
        yield f"run {min(run.length, _LONGEST)} {run.is_last} {run.is_denied}"
        yield f"at {run.at == 0} {run.is_last} {run.is_denied}"
    taken, is_denied = sum(run.length for run in found), any(run.is_denied for run in found)
    share = 0 if not taken else 3 if taken >= len(sounds) - 1 else 2 if 2 * taken >= len(sounds) else 1
    denies = bool(_DENY.intersection(sounds))
    yield f"all {share} {is_denied} {denies}"
    yield f"any {taken > 0} {is_denied} {denies}"


def _runs(sounds: tuple[str, ...], asked: _Asked) -> Iterator[_Echo]:
    at = 0
    while at < len(sounds):
        length, end = max(
            (_common(sounds, at, asked.sounds, i) for i in asked.places.get(sounds[at], ())), default=(0, 0)
        )
        run = sounds[at : at + length]
        if _EVERYWHERE.issuperset(run):
            at += 1
            continue
        denied = _DENY.intersection((*sounds[max(0, at - _REACH) : at], *run[:-1]))
        yield _Echo(at, length, end > len(asked.sounds) - _LAST, bool(denied))
        at += length


def _common(one: tuple[str, ...], at: int, other: tuple[str, ...], start: int) -> tuple[int, int]:
    """How long both are the same from there, and where that ends in ``other``."""
    end = start
    while at < len(one) and end < len(other) and one[at] == other[end]:
        at, end = at + 1, end + 1
    return end - start, end


@dataclass(frozen=True, slots=True)
class _Asked:
    """The syllables of a question without the particles at its end, and where each of them stands."""

    sounds: tuple[str, ...]
    places: Mapping[str, tuple[int, ...]]


@lru_cache(maxsize=500)
def _asked(question: str) -> _Asked:
    sounds = syllables(normal(question))
    while sounds and sounds[-1] in _PARTICLES:
        sounds = sounds[:-1]
    return _Asked(sounds, {s: tuple(i for i, other in enumerate(sounds) if other == s) for s in sounds})
