"""Words as numbers for the linear models: hashed n-grams of characters and of toneless syllables.

Characters (1-4) say what was meant, syllables (1-3) survive a recogniser that writes the wrong character.
What stands after a 但是 counts for more than what stood before it (Pang and Lee 2008, 4.2), and what
stands close behind a negation is another feature than without it (Das and Chen 2001: 不好吃 has no 好吃).
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from huifang.logic.understanding.sounds import han, syllables

BITS = 26
"""Indices are below ``2 ** BITS``: so many that hardly two n-grams share one."""
LONGEST = 600  # characters; nobody says more in one breath, and of a review head and end hold the verdict

_STOPS = str.maketrans(
    dict.fromkeys(",、;；:： \t\n/|…-—", "，") | {".": "。", "!": "！", "?": "？", "～": "~"}
)
_ENDS = "。！？~"
_AGAIN = re.compile(r"(.)\1{2,}")
_NUMBER = re.compile(r"\d+(?:。\d+)?")
_TURNS = re.compile(
    r"但是|但|可是|不过|然而|可惜|结果|没想到|谁知道?|偏偏|幸亏|好在|到头来|(?<=，)(?:其实|现在|后来|如今)"
)
_GRANTS = re.compile(r"虽然|虽说|虽|尽管|除了")
_BY_THE_WAY = re.compile(r"就是|只是|美中不足|唯一|稍微|略微?|有点儿?小?")
_DENIES = re.compile(
    r"(?:毫无|没有|没|不太|不怎么|不够|不是很|不算|不|别|谈不上|说不上|算不上|缺乏|无)"
    r"(?![错少同论管但仅断过愧禁一]|事儿?|想到|得不|毛病|话说|的说|得说)"
)
_DENIED = 4  # characters that a negation reaches
_TURNED, _GRANTED, _ASIDE, _LAST = 1.6, 0.6, 0.8, 1.2
_SYLLABLE_WEIGHT = 0.7
_SAME = 64  # several models and word lists read the same words one after another
_SILENT = np.zeros(0, np.uint64)
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(29))
_STEP = np.uint64(1_000_003)

Features = tuple[NDArray[np.int64], NDArray[np.float32]]


def features(text: str, pinyin: tuple[str, ...] = ()) -> Features:
    """Indices and values of an utterance; the values' squares add up to 1.

    :param text: what was said or written; may be empty where only sounds were heard
    :param pinyin: toneless syllables; taken from ``text`` where empty
    """
    words = normal(text)
    found: list[tuple[NDArray[np.uint64], NDArray[np.float32]]] = []
    if words:
        found += _of_characters(words)
    sounds = pinyin or syllables(words)
    if sounds:
        weights = np.full(len(sounds) + 2, _SYLLABLE_WEIGHT, dtype=np.float32)
        found += [(hashes, weights[: len(hashes)]) for hashes in _of_sounds(sound_codes(sounds))]
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    hashes = np.concatenate([h for h, _ in found]) & np.uint64(2**BITS - 1)
    order = np.argsort(hashes)
    hashes = hashes[order]
    starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
    value = np.maximum.reduceat(np.concatenate([w for _, w in found])[order], starts)
    value /= np.float32(np.sqrt(np.sum(value * value)))
    return hashes[starts].astype(np.int64), value


def sound_codes(sounds: tuple[str, ...]) -> NDArray[np.uint64]:
    """A number for each syllable, between marks of the start and the end."""
    return np.array([0, *(_code(s) for s in sounds), 1], dtype=np.uint64)


@lru_cache(maxsize=_SAME)
def normal(text: str) -> str:
    """``text`` in one width and case, with one sign for each kind of stop and 0 for every number."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}。{text[-LONGEST // 2 :]}"
    plain = unicodedata.normalize("NFKC", text).lower().translate(_STOPS)
    return _AGAIN.sub(r"\1\1", _NUMBER.sub("0", plain)).strip("，")


def lined(words: str) -> str:
    """Normal ``words`` between marks of their start and end, as ``emphasis`` and ``denials`` read them."""
    return f"^{words}$"


def in_clauses(clauses: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Clause (its place), index and value of every n-gram of normal ``clauses``, each of which is read by itself."""
    line = "".join(map(lined, clauses))
    codes = np.frombuffer(line.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    clause = np.repeat(np.arange(len(clauses)), [len(c) + 2 for c in clauses])
    parts = [(clause, n, hashes, 1.0) for n, hashes in enumerate(_of_line(codes, denials(line)), 1)]
    sounds = [sound_codes(s) if s else _SILENT for s in _each(clauses)]
    heard, sounded = np.concatenate(sounds), np.repeat(np.arange(len(clauses)), [len(s) for s in sounds])
    parts += [(sounded, n, hashes, _SYLLABLE_WEIGHT) for n, hashes in enumerate(_of_sounds(heard), 1)]
    at, index, value = [], [], []
    for of, n, hashes, weight in parts:
        begins = of[: len(hashes)]
        inside = begins == of[n - 1 :]
        at.append(begins[inside])
        index.append((hashes[inside] & np.uint64(2**BITS - 1)).astype(np.int64))
        value.append(np.full(len(at[-1]), weight, np.float32))
    return np.concatenate(at), np.concatenate(index), np.concatenate(value)


def _each(clauses: Sequence[str]) -> list[tuple[str, ...]]:
    """The syllables of each of ``clauses``, looked up at one go where every character has one."""
    together, sizes = syllables("，".join(clauses)), [len(han(c)) for c in clauses]
    if sum(sizes) != len(together):
        return [syllables(c) for c in clauses]
    ends = list(accumulate(sizes))
    return [together[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _of_characters(words: str) -> list[tuple[NDArray[np.uint64], NDArray[np.float32]]]:
    line = lined(words)
    codes = np.frombuffer(line.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    weights = emphasis(line)
    return [(hashes, weights[: len(hashes)]) for hashes in _of_line(codes, denials(line))]


def _of_line(codes: NDArray[np.uint64], denied: NDArray[np.bool_]) -> list[NDArray[np.uint64]]:
    """The n-grams of characters by length; a short one that is denied is another one."""
    found = _grams(codes, 4, salt=1)
    for short in found[:2]:
        inside = denied[: len(short)]
        short[inside] = short[inside] * _MIX[0] + np.uint64(77)
    return found


def _of_sounds(codes: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    """The n-grams of syllables by length."""
    return _grams(codes, 3, salt=11)


def _grams(codes: NDArray[np.uint64], longest: int, *, salt: int) -> list[NDArray[np.uint64]]:
    """Hashes of all runs of 1, 2 … ``longest`` codes, all lengths at once, for each call of numpy costs more than its sums.

    Unsigned arithmetic wraps, the same on every machine.
    """
    size = len(codes)
    hashes = np.empty((longest, size), np.uint64)
    hashes[:] = np.arange(salt, salt + longest, dtype=np.uint64)[:, None]
    for at in range(min(longest, size)):
        longer = hashes[at:, : size - at]
        longer *= _STEP
        longer += codes[at:]
        longer *= _MIX[0]
        longer ^= longer >> _MIX[2]
    hashes *= _MIX[1]
    hashes >>= np.uint64(20)
    return [hashes[n, : max(0, size - n)] for n in range(longest)]


@lru_cache(maxsize=_SAME)
def emphasis(line: str) -> NDArray[np.float32]:
    """How much each character counts; not to be written to."""
    weights = np.ones(len(line), np.float32)
    start = 0
    for end in (*(i for i, c in enumerate(line) if c in _ENDS), len(line)):
        sentence = line[start:end]
        turn = _TURNS.search(sentence)
        if turn is not None:
            weights[start : start + turn.start()] = _GRANTED
            weights[start + turn.start() : end] = _TURNED
        else:
            for found in (*_GRANTS.finditer(sentence), *_BY_THE_WAY.finditer(sentence)):
                stop = sentence.find("，", found.end())
                weights[start + found.start() : start + stop if stop >= 0 else end] = (
                    _GRANTED if _GRANTS.match(found.group()) else _ASIDE
                )
        start = end
    last = max(line.rfind(c, 0, len(line) - 2) for c in "，" + _ENDS)
    if last > 0:
        weights[last:] *= np.float32(_LAST)
    return weights


@lru_cache(maxsize=_SAME)
def denials(line: str) -> NDArray[np.bool_]:
    """Which characters stand close behind a negation; not to be written to."""
    denied = np.zeros(len(line), np.bool_)
    for found in _DENIES.finditer(line):
        end = found.end()
        while end < min(len(line), found.end() + _DENIED) and line[end] not in "，$" + _ENDS:
            end += 1
        denied[found.end() : end] = True
    return denied


@lru_cache(maxsize=2_000)
def named(kind: str) -> int:
    """The index of a feature that is no n-gram."""
    return zlib.crc32(kind.encode()) & ((1 << BITS) - 1)


@lru_cache(maxsize=2_000)
def _code(syllable: str) -> int:
    return zlib.crc32(syllable.encode())
