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

BITS = 18
"""Indices are below ``2 ** BITS``; a smaller table takes them modulo its size."""
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
        codes = sound_codes(sounds)
        weights = np.full(len(codes), _SYLLABLE_WEIGHT, dtype=np.float32)
        found += [(grams(codes, n, salt=10 + n), weights[n - 1 :]) for n in (1, 2, 3) if n <= len(codes)]
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    hashes = np.concatenate([h for h, _ in found])
    weights = np.concatenate([w for _, w in found])
    index, place = np.unique(hashes & np.uint64(2**BITS - 1), return_inverse=True)
    value = np.zeros(len(index), np.float32)
    np.maximum.at(value, place, weights)
    value /= np.float32(np.sqrt(np.sum(value * value)))
    return index.astype(np.int64), value


def sound_codes(sounds: tuple[str, ...]) -> NDArray[np.uint64]:
    """A number for each syllable, between marks of the start and the end."""
    return np.array([0, *(_code(s) for s in sounds), 1], dtype=np.uint64)


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
    denied = denials(line)
    parts = []
    for n in (1, 2, 3, 4):
        hashes = grams(codes, n, salt=n)
        if n <= 2:
            hashes = np.where(denied[: len(hashes)], hashes * _MIX[0] + np.uint64(77), hashes)
        parts.append((clause, n, hashes, 1.0))
    sounds = [sound_codes(s) if s else _SILENT for s in _each(clauses)]
    heard, sounded = np.concatenate(sounds), np.repeat(np.arange(len(clauses)), [len(s) for s in sounds])
    parts += [(sounded, n, grams(heard, n, salt=10 + n), _SYLLABLE_WEIGHT) for n in (1, 2, 3)]
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
    denied = denials(line)
    found = []
    for n in (1, 2, 3, 4):
        if n > len(codes):
            break
        hashes = grams(codes, n, salt=n)
        if n <= 2:
            hashes = np.where(denied[: len(hashes)], hashes * _MIX[0] + np.uint64(77), hashes)
        found.append((hashes, weights[: len(hashes)]))
    return found


def grams(codes: NDArray[np.uint64], n: int, *, salt: int) -> NDArray[np.uint64]:
    """A hash for every run of ``n`` codes.  Unsigned arithmetic wraps, the same on every machine."""
    size = max(0, len(codes) - n + 1)
    hashes = np.full(size, salt, dtype=np.uint64)
    for at in range(n):
        hashes = (hashes * _STEP + codes[at : at + size]) * _MIX[0]
        hashes ^= hashes >> _MIX[2]
    return (hashes * _MIX[1]) >> np.uint64(20)


def emphasis(line: str) -> NDArray[np.float32]:
    """How much each character counts."""
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


def denials(line: str) -> NDArray[np.bool_]:
    """Which characters stand close behind a negation."""
    denied = np.zeros(len(line), np.bool_)
    for found in _DENIES.finditer(line):
        end = found.end()
        while end < min(len(line), found.end() + _DENIED) and line[end] not in "，$" + _ENDS:
            end += 1
        denied[found.end() : end] = True
    return denied


@lru_cache(maxsize=2_000)
def _code(syllable: str) -> int:
    return zlib.crc32(syllable.encode())
