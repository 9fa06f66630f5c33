"""Numbers as Chinese says them: 1280 → 一千二百八十.  Pure."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_ON_THE_PHONE = str.maketrans("0123456789", "零幺二三四五六七八九")
_PLAIN = str.maketrans("0123456789", _DIGITS)
_PLACES = ("", "十", "百", "千")
LONGEST = 16
"""Digits of the longest number that is read as one; longer ones are read digit by digit."""


def cardinal(number: str) -> str:
    """A whole number without a sign, up to ``LONGEST`` digits: ``"2050"`` → 两千零五十.

    Two is 二 alone, in 二十 and in 二百, but 两千, 两万, 两亿.
    """
    if len(number.lstrip("0")) > LONGEST:
        return digits(number)
    words = _words(int(number or "0"))
    return words[1:] if words.startswith("一十") else words


def _words(number: int) -> str:
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            words = ("两" if high == 2 else _words(high)) + name
            return words + ("零" if 0 < low * 10 < size else "") + (_words(low) if low else "")
    return _group(str(number)) or _DIGITS[0]


def _group(group: str) -> str:
    """Up to four digits."""
    words, zero = "", False
    for index, digit in enumerate(group):
        place = len(group) - 1 - index
        if digit == "0":
            zero = bool(words)
            continue
        words += "零" * zero + ("两" if digit == "2" and place == 3 else _DIGITS[int(digit)]) + _PLACES[place]
        zero = False
    return words


def decimal(number: str) -> str:
    """``"99.50"`` → 九十九点五零; ``".5"`` → 零点五."""
    whole, _, fraction = number.partition(".")
    return cardinal(whole or "0") + ("点" + digits(fraction) if fraction else "")


def digits(number: str) -> str:
    """Digit by digit, as in a year: ``"2026"`` → 二零二六.  Whatever is no digit stays."""
    return number.translate(_PLAIN)


def dialled(number: str) -> str:
    """Digit by digit as on the telephone, where one is 幺: ``"138"`` → 幺三八."""
    return number.translate(_ON_THE_PHONE)
