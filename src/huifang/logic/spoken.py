"""What is written → what is said, for a synthesiser: 1,280元 → 一千二百八十元.

The stored transcript keeps the writing; only what goes to a synthesiser is read.  ``spoken`` is a pure
function of text and language: rules are tried in order, the first one that fits at a place wins, and at the
end no digit is left in Chinese, because every engine reads bare digits in its own way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from huifang.logic.spoken_dates import (
    day_of_year,
    days,
    hour_minute,
    slashed,
    time_of_day,
    year,
    year_month,
)
from huifang.logic.spoken_dialled import (
    groups,
    identifier,
    in_breaths,
    letters_and_number,
    masked_number,
    mobile,
)
from huifang.logic.spoken_numbers import LONGEST, cardinal, decimal, dialled, digits
from huifang.logic.spoken_units import (
    CURRENCIES,
    DIALLED,
    FESTIVALS,
    GREETINGS,
    IDENTIFIERS,
    NO_NAMES,
    NUMBERED,
    PLATES,
    SIGNS,
    SURNAMES,
    TITLES,
    TWO_OF,
    UNITS,
)  # fmt: skip

Reader = Callable[[re.Match[str]], str | None]

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|(?<![A-Za-z])\.\d+)"
_DASH = r"\s*(?:[-~–—～]|至|到)\s*"
_ALONE, _END = r"(?<![\d.])", r"(?![\d])"
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_MONEY = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_SCALE = r"[万亿千wWkK]?"
_CIRCLED = frozenset("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
_IS_DATE = r"(?:于|在|截至|截止|截止到|日期|从|自|定于|日前)\s*"


def spoken(text: str, language: str) -> str:
    """``text`` with numbers, dates, times, money, telephone and order numbers as people say them."""
    if not language.lower().startswith("zh"):
        return _english(text)
    text = _narrowed(text)
    for pattern, reader in _RULES:
        text = pattern.sub(lambda match, read=reader: _kept(match, read), text)  # type: ignore[misc]
    return "".join(digits(_ascii_digit(ch)) for ch in text)


def _kept(match: re.Match[str], read: Reader) -> str:
    said = read(match)
    return match[0] if said is None else said


def _narrowed(text: str) -> str:
    """Full-width letters, digits and signs, circled numbers and ½ in their plain form; Chinese punctuation stays."""
    out = []
    for ch in text:
        if ch in "，。！？；：、（）￥²³㎡㎝㎏㎜℃°～":
            out.append("-" if ch == "～" else ch)
        elif unicodedata.category(ch) in ("Nd", "No") and not ch.isascii():
            plain = unicodedata.normalize("NFKC", ch).replace("⁄", "/")
            said = "".join(_ascii_digit(part) for part in plain)
            out.append(f" {said} " if ch in _CIRCLED else said)
        else:
            plain = unicodedata.normalize("NFKC", ch)
            out.append(plain if len(plain) == 1 and plain.isascii() else ch)
    return "".join(out)


def _ascii_digit(ch: str) -> str:
    if ch.isascii() or not ch.isdigit():
        return ch
    value = unicodedata.digit(ch, None)
    return ch if value is None else str(value)


def _plain(number: str) -> str:
    return number.replace(",", "")


def _amount(number: str) -> str:
    """As money is said: no zeros at the end, and 两 where it is two."""
    number = _plain(number)
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return "两" if number == "2" else decimal(number)


def _counted(number: str, two: bool) -> str:
    number = _plain(number)
    return "两" if two and number == "2" else decimal(number)


def _money(m: re.Match[str]) -> str:
    name = CURRENCIES[m["sign"]]
    low = _amount(m["low"]) + _scale(m["scale"])
    high = f"到{_amount(m['high'])}{_scale(m['scale2'])}" if m["high"] else ""
    return ("负" if m["minus"] else "") + low + high + name


def _scale(letter: str | None) -> str:
    return {"w": "万", "W": "万", "k": "千", "K": "千"}.get(letter or "", letter or "")


def _yuan(m: re.Match[str]) -> str:
    return ("负" if m[1] else "") + _amount(m[2]) + _scale(m[3]) + m[4]


def _percent(m: re.Match[str]) -> str:
    name = {"%": "百分之", "‰": "千分之"}[m["sign"]]
    minus = {"-": "负", "+": "加"}.get(m["minus"] or "", "")
    low = name + ("百" if m["low"] == "100" and name == "百分之" else decimal(_plain(m["low"])))
    if not m["high"]:
        return minus + low
    return f"{minus}{low}到{name}{'百' if m['high'] == '100' else decimal(_plain(m['high']))}"


def _range(m: re.Match[str]) -> str | None:
    low, high, unit = m["low"], m["high"], m["unit"] or ""
    said = _said_unit(unit)
    if not unit and float(_plain(low)) >= float(_plain(high)):
        return f"{decimal(_plain(low))}杠{decimal(_plain(high))}" if "-" in m["dash"] else None
    two = bool(unit) and _counts_two(said)
    return f"{_counted(low, two)}到{_counted(high, two)}{said}"


def _said_unit(unit: str) -> str:
    return UNITS.get(unit, unit)


def _counts_two(unit: str) -> bool:
    return re.match(rf"(?:{TWO_OF})", unit) is not None and not unit.startswith(("分之", "点零"))


def _with_unit(m: re.Match[str]) -> str:
    said = _said_unit(m["unit"])
    minus = "零下" if m["minus"] and said == "摄氏度" else "负" if m["minus"] else ""
    return minus + _counted(m["low"], _counts_two(said)) + said


def _discount(m: re.Match[str]) -> str:
    return digits(m[1].replace(".", "")) + "折"


def _version(m: re.Match[str]) -> str:
    return (m[1].upper() + " " if m[1] else "") + "点".join(cardinal(part) for part in m[2].split("."))


def _number(m: re.Match[str]) -> str:
    """What no other rule has taken."""
    minus, number, after = m["minus"] or "", _plain(m["number"]), m["after"] or ""
    whole = number.split(".")[0]
    said: str
    if (
        "," not in m["number"]
        and "." not in number
        and not after
        and (len(whole) >= 8 or whole[:1] == "0" < whole)
    ):
        said = in_breaths(whole) if len(whole) >= 8 else dialled(whole)
    elif len(whole) > LONGEST:
        said = digits(number)
    else:
        said = _counted(number, bool(after))
    return ("负" if minus else "") + said + after


def _surname(m: re.Match[str]) -> str:
    return m[1] + SURNAMES[m[2]] + m[3]


def _plate(m: re.Match[str]) -> str:
    """粤B12345: province and letters stay, digits one by one."""
    plate = re.sub(r"[·\s]", "", m["code"] or m["code2"])
    return plate[0] + " ".join(digits(ch) if ch.isdigit() else ch for ch in plate[1:])


def _rule(pattern: str, reader: Reader) -> tuple[re.Pattern[str], Reader]:
    return re.compile(pattern), reader


_YEAR = r"((?:19|20)\d\d)"
_CODE = r"[A-Za-z]*[-_]?\d[A-Za-z\d]*(?:[-_][A-Za-z\d]+)*"
_COUNTED = rf"(?:{_MONEY}|(?:{_UNIT})(?![A-Za-z\d])|{TWO_OF}|[年月日元%折分多通]|积分|[万亿](?![A-Za-z])|[wW](?![A-Za-z]))"
_AMOUNT = rf"{_NUMBER}(?:{_DASH}{_NUMBER})?\s*(?:{_COUNTED})|\d{{1,2}}[:：]\d\d"
_NO_AMOUNT = rf"(?![A-Za-z\d]|[,.:：]\d|[-~–—～到至]\s*\d|\s*(?:{_COUNTED}))"
"""Behind 订单 may stand its number or what it came to: 订单1,280元."""
_RULES: tuple[tuple[re.Pattern[str], Reader], ...] = (
    _rule(rf"(^|(?:{GREETINGS})[，。！、\s]*)(?!{NO_NAMES})({'|'.join(SURNAMES)})([一-鿿]{{0,2}}(?:{TITLES}))", _surname),
    # telephones and identifiers first: their digits are no numbers
    _rule(r"(?<!\d)(1\d\d)[*＊xX]{3,5}(\d{4})(?!\d)", masked_number),
    _rule(rf"(?<![一-鿿A-Za-z\d])(?P<cue>)(?P<code>[{PLATES}][A-Z][·\s]?[A-Z\d]{{5,6}})(?![A-Za-z\d])|(?<=[一-鿿])(?P<cue2>)(?P<code2>[{PLATES}][A-Z][·\s]?[A-Z\d]{{5,6}})(?![A-Za-z\d])", _plate),
    _rule(r"(?<![\d.])(?P<abroad>\+?86[-\s]?)?(?P<number>1[3-9]\d[-\s]?\d{4}[-\s]?\d{4})(?![\d.])", mobile),
    _rule(r"(?<!\d)(?:\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3})[-\s]?\d{3,4}[-\s]?\d{4}(?:(?:-|转|ext\.?)\s*\d{1,5})?(?!\d)", groups),
    _rule(r"(?<!\d)[48]00[-\s]?\d{3}[-\s]?\d{4}(?!\d)", groups),
    _rule(r"(?<!\d)[48]00[-\s]\d{4}[-\s]?\d{3}(?!\d)", groups),
    _rule(rf"(?<![A-Za-z])(?P<cue>(?:{IDENTIFIERS})(?:是|为|[:：])?\s*)(?!{_AMOUNT})(?P<code>{_CODE}){_NO_AMOUNT}", identifier),
    _rule(rf"(?<![A-Za-z])(?P<cue>(?:{NUMBERED})(?:是|为|[:：])?\s*)(?!{_AMOUNT})(?=\d{{4}}|0|[A-Za-z]|[\dA-Za-z]+[-_][\dA-Za-z]{{3}})(?P<code>{_CODE}){_NO_AMOUNT}", identifier),
    _rule(rf"(?P<cue>(?:{DIALLED})(?:是|为|[:：])?\s*)(?!{_AMOUNT})(?P<code>\d{{3,}}(?:-\d+)*){_NO_AMOUNT}", identifier),
    # dates and times
    _rule(rf"{_ALONE}{_YEAR}[-/.](\d{{1,2}})[-/.](\d{{1,2}})(?![\d/]|-(?!\d{{4}}))(?P<at>T(?=\d)|\s+(?=\d))?", day_of_year),
    _rule(r"(?<=日)\s*[-~–—]\s*(?=[一二两][千零])", lambda m: "到"),
    _rule(rf"{_ALONE}{_YEAR}\s*(?:[-~–—]|至|到)\s*{_YEAR}年", lambda m: f"{year(m[1])}到{year(m[2])}年"),
    _rule(rf"{_ALONE}{_YEAR}年", lambda m: f"{year(m[1])}年"),
    _rule(rf"{_ALONE}{_YEAR}[-/](\d{{1,2}})(?![\d/.-])", year_month),
    _rule(r"(?<!\d)(0\d)年", lambda m: f"{year(m[1])}年"),
    _rule(r"(?<!\d)([5-9]\d)年(?=出生|生|毕业|\d{1,2}月)", lambda m: f"{year(m[1])}年"),
    _rule(r"(?<![\d:.])(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?(?:\s*(?P<half>[aApP])\.?[mM]\.?)?(?![\d:：])(?:\s*(?=[-~—–至到]))?", time_of_day),
    _rule(r"(?<=[点分秒])\s*[-~–—]\s*(?=[一二两三四五六七八九十零\d])", lambda m: "到"),
    _rule(r"(?<!\d)(\d{1,2})([点时])(\d{1,2})分?(?![\d.个位件天次])", hour_minute),
    _rule(rf"{_ALONE}{_YEAR}/{_YEAR}(?!\d)", lambda m: f"{year(m[1])}到{year(m[2])}"),
    _rule(r"(?<![\d/.])(\d{1,2})/(\d{1,2})\s*[-~–—至到]\s*(\d{1,2})/(\d{1,2})(?![\d/.])", days),
    _rule(rf"(?P<cue>{_IS_DATE})?(?<![\d/.])(?P<one>\d{{1,4}})/(?P<other>\d{{1,4}})(?![\d/.])(?P<after>日|号|[（(]周)?", slashed),
    _rule(r"(?<!\d)(\d{1,2})月\s*(?:[-~–—]|至|到)\s*(\d{1,2})月", lambda m: f"{cardinal(m[1])}月到{cardinal(m[2])}月"),
    _rule(r"(?<![\d-])\d+(?:-\d+){2,}(?![\d-])", lambda m: "杠".join(cardinal(part) for part in m[0].split("-"))),
    _rule(r"(?<=[元块日号月天年件次斤℃厅室楼])\s*[-~–—]\s*(?=\d)", lambda m: "到"),
    _rule(r"(?<!\d)(\d{3,4})(?=室|号房|房间)", lambda m: dialled(m[1])),
    # money, percentages
    _rule(rf"(?P<minus>(?<![\d一-鿿])-)?(?P<sign>{_MONEY})\s*(?P<low>{_NUMBER})\s*(?P<scale>{_SCALE})(?:{_DASH}(?:{_MONEY})?\s*(?P<high>{_NUMBER})(?P<scale2>{_SCALE}))?(?:\s*(?:元|块钱|块|RMB))?", _money),
    _rule(rf"{_ALONE}({_NUMBER})\s*({_SCALE})\s*(?:RMB|CNY|rmb)", lambda m: _amount(m[1]) + _scale(m[2]) + "元"),
    _rule(rf"(?P<minus>(?<![\d%])[-+])?{_ALONE}(?P<low>{_NUMBER})(?:[%‰]?{_DASH}(?P<high>{_NUMBER}))?\s*(?P<sign>[%‰])", _percent),
    # shopping days, versions, discounts
    _rule(r"(?<![\d.满达到])([0156789][05])(?=后(?!的?[天日周个])|[、和][5-9][05]后)", lambda m: digits(m[1])),
    _rule(r"双\s*(1[0-2])(?!\d)", lambda m: "双" + ("十一" if m[1] == "11" else cardinal(m[1]))),
    _rule(rf"(?<!\d)(618|1111|1212|828|38|818)(?=\s*(?:{FESTIVALS}))", lambda m: digits(m[1])),
    _rule(r"(?<!\d)([1-9]\d?)·(\d{1,2})(?!\d)", lambda m: digits(m[1] + m[2])),
    _rule(r"(?<![A-Za-z\d.])([vV])?(\d+(?:\.\d+){2,3})(?![\d.])", _version),
    _rule(r"(?<![A-Za-z\d.])([vV])(\d+(?:\.\d+)*)(?![\dA-Za-z])", lambda m: f"V {'点'.join([cardinal(m[2].split('.')[0]), *(digits(p) for p in m[2].split('.')[1:])])}"),
    _rule(r"(?<![\d.])(\d(?:\.\d)?|[1-9]\d)折", _discount),
    # ranges, units, what is counted
    _rule(rf"{_ALONE}(?P<low>{_NUMBER})(?P<dash>{_DASH})(?P<high>{_NUMBER})(?![\d.]|-\d)\s*(?P<unit>(?:{_UNIT})(?![A-Za-z])|{TWO_OF})?", _range),
    _rule(rf"((?:(?<=^)|(?<=[\s(（，,：:=是为额款]))-)?{_ALONE}({_NUMBER})\s*({_SCALE})(元|块)", _yuan),
    _rule(rf"(?P<minus>(?<![\dA-Za-z])-)?{_ALONE}(?<![A-Za-z])(?P<low>{_NUMBER})\s?(?P<unit>(?:{_UNIT})(?![A-Za-z]))", _with_unit),
    _rule(r"(?<=[一二两三四五六七八九十百千万亿米克升斤元件个])/(个|件|月|年|天|次|人|斤|公斤|克|位|小时|平方米|瓶|盒|晚|kg|g|ml|L)(?![A-Za-z])", lambda m: "每" + _said_unit(m[1])),
    _rule(r"(?<![A-Za-z\d])([A-Za-z]+)[-\s]?(\d+)(?![\d.A-Za-z])", letters_and_number),
    _rule(r"(?<=\d)\s*[xX×*]\s*(?=\d)", lambda m: "乘"),
    _rule(r"(?<=\d)\s*:\s*(?=\d)", lambda m: "比"),
    _rule(r"(?:(?<=\d)|(?<=[=\s]))\s*([×÷=≈≥≤><+±])\s*(?=\d)", lambda m: SIGNS[m[1]]),
    _rule(r"([≥≤≈±><])\s*(?=\d)", lambda m: SIGNS[m[1]]),
    _rule(rf"第({_NUMBER})(?!\d)", lambda m: "第" + decimal(_plain(m[1]))),
    _rule(rf"(?P<minus>(?:(?<=^)|(?<=[\s(（，,：:=是为到至]))-)?{_ALONE}(?P<number>{_NUMBER})(?:\s?(?P<after>多?(?:{TWO_OF})(?!\d)))?", _number),
    _rule(r"²", lambda m: "平方"),
    _rule(r"³", lambda m: "立方"),
)  # fmt: skip


def _english(text: str) -> str:
    """English engines read numbers well; what they cannot know is which digits are no number."""
    text = re.sub(r"[¥￥]\s*([\d,]+(?:\.\d+)?)", r"\1 yuan", text)
    text = re.sub(
        r"(?<![\d.])(\+?86[-\s]?)?(1[3-9]\d)[-\s]?(\d{4})[-\s]?(\d{4})(?!\d)",
        lambda m: ", ".join(" ".join(part) for part in m.groups()[1:]),
        text,
    )
    text = re.sub(r"(?<![\d-])(\d+(?:\.\d+)?)\s*[-–~]\s*(\d+(?:\.\d+)?)(?![\d-])", r"\1 to \2", text)
    return re.sub(
        r"\b(?i:(order|ticket|tracking|code|number|no\.?)\s*(?:no\.?|number)?\s*[:#]?\s*)([A-Z]*\d[A-Z\d]{3,})\b",
        lambda m: m[0][: m.start(2) - m.start()] + " ".join(m[2]),
        text,
    )
