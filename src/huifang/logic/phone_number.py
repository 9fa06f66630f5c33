"""Telephone numbers as customers give them: said in pieces, 幺三八, 三个八, or typed; and as transcripts keep them.

A pure reading of the numbering plan of mainland China (YD/T 电信网编号计划): mobile numbers have eleven digits and
begin with 1, an area code has three or four and begins with 0, and 400 and 800 numbers have ten.
"""

from __future__ import annotations

import re
import unicodedata

_WRITTEN = str.maketrans("零〇一二两三四五六七八九幺妖么腰", "0012234567891111")
_SOUNDED = {
    "ling": "0", "yi": "1", "yao": "1", "er": "2", "liang": "2", "san": "3", "si": "4", "wu": "5", "liu": "6", "qi": "7",
    "ba": "8", "jiu": "9", "dong": "0",
}  # fmt: skip
_TIMES = re.compile(r"([2-6])\s*个\s*([0-9])")
_SOUNDED_TIMES = re.compile(r"([2-6]) ge ([0-9])")
_NATIONAL = re.compile(r"1[3-9]\d{9}|0(?:10|2\d)\d{8}|0[3-9]\d{2}\d{7,8}|[48]00\d{7}")
_BEGUN = re.compile(
    r"(?:00|\+)?(?:8(?:6\d{0,11})?)?|1(?:[3-9]\d{0,9})?|0(?:[1-9]\d{0,10})?|[48](?:0(?:0\d{0,7})?)?"
)
_ABROAD = re.compile(r"^(?:00)?86")
_SAME = re.compile(
    "(?:就|还)?(?:打|用|是|留)?(?:我|你|您)?(?:现在|目前|打来|打)?的?这个(?:手机|电话)?(?:号码?|电话|手机)?(?:就行|就可以|就好|吧|啊|呀|的)*"
    "|(?:本机|同一个|同号|就本机|一样的?|就这个号?|现在这个号?|你打的这个)(?:号码?|电话|手机)?(?:就行|就可以|就好|吧|啊|呀|的)*"
)
_AROUND = re.compile(
    r"^(?:嗯|呃|哦|啊|好的?|行|那|就|是|我的|电话|手机|号码|号|，|。|、|,|\.|\s)+|[，。、,.!！\s啊呀呢哈]+$"
)
_FIGURE = re.compile(r"[0-9０-９零〇一二两三四五六七八九幺]")
_FIGURE_SOUND = re.compile(r"\b(?:" + "|".join(_SOUNDED) + r")\b")
HIDDEN = "•"


def digits_said(text: str, pinyin: tuple[str, ...] = ()) -> str:
    """The digits in what was said, in order: 「幺三八，三个零，一二」 → 13800012."""
    if text:
        plain = unicodedata.normalize("NFKC", text).translate(_WRITTEN)
        return re.sub(r"\D", "", _TIMES.sub(lambda m: m[2] * int(m[1]), plain))
    line = " ".join(_SOUNDED.get(sound, sound) for sound in pinyin)
    return re.sub(r"\D", "", _SOUNDED_TIMES.sub(lambda m: m[2] * int(m[1]), line))


def is_only_digits(text: str, pinyin: tuple[str, ...] = ()) -> bool:
    """Whether digits are all that was said, but for 嗯 and the like."""
    if text:
        bare = _AROUND.sub("", unicodedata.normalize("NFKC", text).strip())
        return bool(bare) and not re.sub(r"[\d\s个，。、,.+\-—]", "", bare.translate(_WRITTEN))
    return bool(pinyin) and all(s in _SOUNDED or s in ("ge", "en", "e", "a", "hao", "shi") for s in pinyin)


def national(digits: str) -> str | None:
    """``digits`` as a whole number within China, without its country code; None where it is none."""
    inner = _ABROAD.sub("", digits)
    forms = (digits, inner, f"0{inner}") if inner != digits else (digits,)
    return next((form for form in forms if _NATIONAL.fullmatch(form)), None)


def may_go_on(digits: str) -> bool:
    """Whether ``digits`` are the beginning of a number that more digits would make whole."""
    return _BEGUN.fullmatch(digits) is not None


def is_done(digits: str) -> bool:
    """Whether ``digits`` are a number to which no digit can be added."""
    inner = national(digits)
    return inner is not None and (inner[0] != "0" or len(inner) == 12 or inner[1] in "12")


def means_same(text: str) -> bool:
    """「就打这个号」: the number that we are talking on."""
    bare = _AROUND.sub("", unicodedata.normalize("NFKC", text).strip())
    return bool(bare) and _SAME.fullmatch(re.sub(r"[，。、,.\s]", "", bare)) is not None


def masked_number(number: str) -> str:
    """138****5678: as screens show it."""
    return f"{number[:3]}****{number[-4:]}" if len(number) > 7 else "****"


def concealed(words: str) -> str:
    """``words`` without their figures, also where these are written as they sound."""
    return _FIGURE_SOUND.sub(HIDDEN, _FIGURE.sub(HIDDEN, words))
