"""A reply together with its question, as features: 「在门口」 is a yes to 「收到了吗？」 and a no to 「用过了吗？」.

Each run of one or two sounds of the reply is crossed with each pair of characters of the question, beside what the
reply is by itself.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from huifang.logic.understanding.features import BITS, Features, grams, normal, sound_codes
from huifang.logic.understanding.sounds import syllables

_MASK = np.uint64(2**BITS - 1)
_CROSSED, _QUESTION = 0.6, 0.3
"""How much all the crossed features together, and all those of the question, weigh against the reply's own 1."""
_ECHO = 1.0
_REACH = 3  # syllables behind a negation
_DENY = frozenset(("bu", "mei", "wei", "bie", "wu", "mo", "mao"))
_EVERYWHERE = frozenset(
    (
        "ma",
        "nin",
        "ni",
        "de",
        "le",
        "shi",
        "you",
        "wo",
        "qing",
        "wen",
        "xian",
        "zai",
        "hai",
        "bu",
        "mei",
        "ge",
        "yi",
        "xia",
        "ne",
        "a",
    )
)
_ASKED = re.compile(r"[^。！？!?]*[？?]")
_KEYS = re.compile(r"[^，,。！？!?]*请?按[^，,。！？!?]*")


def question_in(text: str) -> str:
    """The question in what we say: its last sentence with a question mark, without what the keys are for."""
    asked = _ASKED.findall(text)
    return _KEYS.sub("", asked[-1] if asked else text).strip("，, 。")


def with_question(reply: Features, text: str, pinyin: tuple[str, ...], question: str) -> Features:
    """``reply`` (the features of ``text`` or ``pinyin``) and how it meets ``question``."""
    sounds = pinyin or syllables(normal(text))
    codes = sound_codes(sounds)
    said = np.unique(np.concatenate([grams(codes, n, salt=60 + n) for n in (1, 2) if n <= len(codes)]))
    asked = _asked(question)
    crossed = ((said[:, None] * np.uint64(31) + asked[None, :] * np.uint64(7919)) & _MASK).ravel()
    return _joined(
        (reply[0].astype(np.uint64), reply[1]),
        (crossed, _even(len(crossed), _CROSSED)),
        ((asked * np.uint64(104_729)) & _MASK, _even(len(asked), _QUESTION)),
        (_echoes(sounds, question), np.array([_ECHO], np.float32)),
    )


def _echoes(sounds: tuple[str, ...], question: str) -> NDArray[np.uint64]:
    """Whether the reply takes up the question's own words, and denies them: 「用得惯吗」「用不惯」."""
    own = _sounds_of(question)
    taken = [at for at, sound in enumerate(sounds) if sound in own]
    denied = [at for at in taken if _DENY.intersection(sounds[max(0, at - _REACH) : at])]
    kind = (bool(taken), len(denied) * 2 >= max(1, len(taken)), bool(_DENY.intersection(sounds)))
    return np.array([zlib.crc32(repr(kind).encode()) & int(_MASK)], np.uint64)


@lru_cache(maxsize=500)
def _sounds_of(question: str) -> frozenset[str]:
    return frozenset(syllables(normal(question))) - _EVERYWHERE


@lru_cache(maxsize=500)
def _asked(question: str) -> NDArray[np.uint64]:
    codes = np.frombuffer(normal(question).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    return np.unique(grams(codes, min(2, len(codes)), salt=50)) if len(codes) else codes


def _even(count: int, length: float) -> NDArray[np.float32]:
    return np.full(count, length / np.sqrt(max(1, count)), np.float32)


def _joined(*parts: tuple[NDArray[np.uint64], NDArray[np.float32]]) -> Features:
    index, place = np.unique(np.concatenate([i for i, _ in parts]), return_inverse=True)
    value = np.zeros(len(index), np.float32)
    np.maximum.at(value, place, np.concatenate([v for _, v in parts]))
    return index.astype(np.int64), value
