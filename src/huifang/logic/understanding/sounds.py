"""How Chinese words sound: toneless syllables, how alike two of them are, and where a phrase fits.

A telephone and a recogniser blur syllables in known ways (zh/z, n/l, an/ang, f/h, p/t …); a blurred
syllable costs a part of a wrong one.  The weights are our own judgement of Mandarin phonology and
of regional accents, not fitted to recordings.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_ONES = "零一二三四五六七八九"
_DIGITS = str.maketrans("0123456789", _ONES)
_CLOCK = re.compile(r"(?<![0-9])([0-9]{1,2})[:：]([0-9]{2})(?![0-9])")
_COUNTED = re.compile(r"(?<![0-9.])([0-9]{1,2})(?=[点时号日月分个小天周岁])|(?<=点)([0-9]{1,2})(?![0-9])")
_OFF = re.compile(r"(?i)^\W*(?:td|t)\W*$")  # what text messages have taught people to answer
_POINT = re.compile(r"(?<=[0-9])\.(?=[0-9])")
_HAN = re.compile(r"[㐀-鿿]")

# Pairs of initials or finals that are easily taken for each other: 0 = the same, 1 = unrelated.
_NEAR = {
    frozenset(pair.split("/")): weight
    for weight, pairs in (
        (0.25, "zh/z ch/c sh/s n/l an/ang en/eng in/ing ian/iang uan/uang f/h"),
        (
            0.5,
            "l/r r/y b/p d/t g/k j/zh q/ch x/sh j/z q/c x/s z/c zh/ch j/q s/c sh/ch f/b f/w h/w w/- y/- n/m",
        ),
        (0.5, "o/uo e/uo e/o ai/ei ao/ou i/ei ian/an iang/ang uan/an uang/ang ia/a ie/e ie/ian ue/ie ou/u"),
        (0.5, "un/en un/in ui/ei iu/ou iao/ao a/ang a/an an/ai ong/eng ong/ang v/u v/i ve/ue"),
        (0.65, "p/t t/k p/k b/d d/g b/g m/n b/m s/h sh/h x/h"),
    )
    for pair in pairs.split()
}
INSERTED_PARTICLE = 0.15
NEGATION = 2.5  # to hear or miss a 不 turns the meaning round
_PARTICLES = frozenset(("de", "le", "a", "ne", "ba", "ma", "ya", "o", "en", "e", "la", "ha"))
_PARTICLES_WRITTEN = frozenset("的了啊呢吧吗嘛呀哦嗯呃啦哈呗么哎咯喽嘞哒噢喔诶欸唉滴呐噻哟嘿哼")
NEGATIONS = frozenset(("bu", "mei", "bie", "beng"))
_NEGATIONS_WRITTEN = frozenset("不没别莫甭勿未")


def syllables(text: str) -> tuple[str, ...]:
    """The toneless syllables of the Chinese in ``text``; 15点 is read 十五点, other digits one by one, AI ``ai``."""
    return marked(tuple(s for s in (plain(p) for p in _pinyin(han(text))) if s))


@lru_cache(maxsize=20_000)
def han(text: str) -> str:
    """What ``text`` says as Chinese characters alone, one for each syllable: 打5分！ → 打五分."""
    plain_text = unicodedata.normalize("NFKC", text)
    plain_text = _OFF.sub("退订", plain_text)
    plain_text = _CLOCK.sub(r"\1点\2分", plain_text)
    plain_text = _COUNTED.sub(lambda m: number(int(m[1] or m[2])), plain_text)
    plain_text = _POINT.sub("点", re.sub(r"(?i)ai", "爱", re.sub(r"(?i)ok", "欧克", plain_text)))
    return "".join(_HAN.findall(plain_text.translate(_DIGITS)))


def number(value: int) -> str:
    """A whole number from 0 to 99 in Chinese."""
    tens, ones = divmod(value, 10)
    if not tens:
        return _ONES[ones]
    return ("" if tens == 1 else _ONES[tens]) + "十" + (_ONES[ones] if ones else "")


def marked(sounds: tuple[str, ...]) -> tuple[str, ...]:
    """``sounds`` with the 别 of 特别 and 别的 written ``bye``, because it denies nothing."""
    return tuple(
        "bye" if s == "bie" and (sounds[i - 1 : i] == ("te",) or sounds[i + 1 : i + 2] == ("de",)) else s
        for i, s in enumerate(sounds)
    )


def soft(sounds: tuple[str, ...], text: str) -> tuple[bool, ...]:
    """Which syllables are particles (了, 啊 …): by their characters where known, else by their sounds."""
    characters = han(text)
    if len(characters) == len(sounds):
        return tuple(ch in _PARTICLES_WRITTEN for ch in characters)
    return tuple(s in _PARTICLES for s in sounds)


@lru_cache(maxsize=20_000)
def plain(syllable: str) -> str:
    """A syllable without tone marks, in ASCII, ü as v."""
    marked = syllable.lower().replace("ü", "v")
    out: list[str] = []
    for ch in unicodedata.normalize("NFD", marked):
        if ch == "\u0308" and out and out[-1] == "u":
            out[-1] = "v"
        elif "a" <= ch <= "z":
            out.append(ch)
    return "".join(out)


def denying(sounds: tuple[str, ...], text: str) -> tuple[bool, ...]:
    """Which syllables deny (不, 没, 别): by their characters where known, so that 每 and 美 do not."""
    characters = han(text)
    if len(characters) == len(sounds):
        return tuple(
            ch in _NEGATIONS_WRITTEN and s != "bye" for ch, s in zip(characters, sounds, strict=True)
        )
    return tuple(s in NEGATIONS for s in sounds)


@lru_cache(maxsize=20_000)
def _pinyin(text: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(text, style=Style.NORMAL, errors="ignore"))


@lru_cache(maxsize=4_000)
def split(syllable: str) -> tuple[str, str]:
    """Initial (``-`` where there is none) and final."""
    for initial in _INITIALS:
        if syllable.startswith(initial) and len(syllable) > len(initial):
            return initial, syllable[len(initial) :]
    return "-", syllable


@lru_cache(maxsize=100_000)
def distance(one: str, other: str) -> float:
    """0 for the same syllable, 1 for unrelated ones."""
    if one == other:
        return 0.0
    initial_1, final_1 = split(one)
    initial_2, final_2 = split(other)
    return 0.5 * apart(initial_1, initial_2) + 0.5 * apart(final_1, final_2)


def apart(one: str, other: str) -> float:
    """0 for the same initial or final, 1 for unrelated ones."""
    return 0.0 if one == other else _NEAR.get(frozenset((one, other)), 1.0)


@lru_cache(maxsize=20_000)
def folded(syllable: str) -> str:
    """A syllable without the distinctions that are lost first."""
    initial, final = split(syllable)
    return {"zh": "z", "ch": "c", "sh": "s", "l": "n", "h": "f"}.get(initial, initial) + final.removesuffix(
        "g"
    )


def fit(
    phrase: tuple[str, ...],
    phrase_soft: tuple[bool, ...],
    heard: tuple[str, ...],
    heard_soft: tuple[bool, ...],
    most: float = math.inf,
) -> tuple[float, int, int]:
    """The cheapest place of ``phrase`` in ``heard``: cost in syllables, start and end there.

    :param most: what it may cost; where no place is so cheap the cost is infinite

    Edit distance with free ends in ``heard``; a particle (了, 啊 …) put in or left out costs little.
    """
    width = len(heard) + 1
    rates = [NEGATION if got in NEGATIONS else 0.0 for got in heard]
    extras = [
        INSERTED_PARTICLE if light else rate or 1.0 for rate, light in zip(rates, heard_soft, strict=True)
    ]
    cost = [0.0] * width
    start = list(range(width))
    for wanted, is_soft in zip(phrase, phrase_soft, strict=True):
        weight = NEGATION if wanted in NEGATIONS else 1.0
        left_out = INSERTED_PARTICLE if is_soft else weight
        best, begin = cost[0] + left_out, 0
        new_cost, new_start = [best], [begin]
        for j, (got, rate, extra) in enumerate(zip(heard, rates, extras, strict=True)):
            put_in, same = best + extra, begin
            best, begin = cost[j], start[j]
            if wanted != got:
                best += (rate or weight) * distance(wanted, got)
            if cost[j + 1] + left_out < best:
                best, begin = cost[j + 1] + left_out, start[j + 1]
            if put_in < best:
                best, begin = put_in, same
            new_cost.append(best)
            new_start.append(begin)
        if min(new_cost) > most:
            return math.inf, 0, 0
        cost, start = new_cost, new_start
    end = min(range(width), key=lambda j: (cost[j], j - start[j]))
    return cost[end], start[end], end


def words(listed: str) -> tuple[str, ...]:
    """The words of a list written with spaces, which reads better than a thousand quotation marks."""
    return tuple(listed.split())
