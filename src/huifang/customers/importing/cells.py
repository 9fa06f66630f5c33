"""What a cell of somebody's file means: text, money, dates, yes and no.

A cell is text (CSV) or what a spreadsheet made of it (number, date, bool).  Every reader returns
None for an empty cell and raises ``CellFault`` for one that it cannot understand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from huifang.clock import HOME_ZONE
from huifang.customers.phones import PhoneUnusable, normalise
from huifang.errors import N_

Cell = str | int | float | bool | datetime | date | time | None

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_COMPACT_MOMENT = re.compile(r"(\d{8})[T\s]*(\d{2})(\d{2})(\d{2})?")
_CLOCK = re.compile(r"[T\s]*(\d{1,2})\s*[:时]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(?:\.\d+)?)?\s*[分秒]?")
_ZONED = re.compile(r".*[T ]\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_AMOUNT = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e\+?\d{1,2})?")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?e\+?\d{1,2}", re.IGNORECASE)

_SPREADSHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no zone
_SERIALS = range(18_264, 80_000)  # 1950 to 2119 as a spreadsheet's day numbers
_MOST_CENTS = 10**13
_YES = frozenset(
    ["是", "y", "yes", "true", "1", "√", "✓", "✔", "对", "有", "同意", "已同意", "接受", "开", "on"]
)
_NO = frozenset(
    [
        "否",
        "n",
        "no",
        "false",
        "0",
        "×",
        "x",
        "✗",
        "无",
        "没有",
        "不同意",
        "未同意",
        "拒绝",
        "不接受",
        "关",
        "off",
    ]
)
_TOTALS = frozenset(["总计", "合计", "小计", "共计", "总合计", "本页合计", "total", "grandtotal", "subtotal"])
_GENDERS = {
    **dict.fromkeys(["女", "女士", "女性", "小姐", "f", "female", "woman"], "female"),
    **dict.fromkeys(["男", "男士", "男性", "先生", "m", "male", "man"], "male"),
    **dict.fromkeys(["未知", "不详", "保密", "其他", "unknown", "other", "-"], ""),
}


class CellFault(Exception):
    """A cell that cannot be understood: an English sentence to translate, and what fills its slots."""

    def __init__(self, template: str, **data: object) -> None:
        self.template = template
        self.data = data
        super().__init__(template % data)


def text(cell: Cell, limit: int) -> str | None:
    """One line of text, at most ``limit`` characters."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a spreadsheet made a number of a card number
    words = "" if cell is None else " ".join(str(cell).replace("\u200b", "").replace("\ufeff", "").split())
    words = "".join(c for c in words if unicodedata.category(c) not in ("Cc", "Cs"))
    if len(words) > limit:
        raise CellFault(N_("The text is longer than %(limit)s characters."), limit=limit)
    return words or None


def sums_up(row: Sequence[Cell]) -> bool:
    """Whether the row is the total below a table: its first filled cell says so and nothing else."""
    first = next((plain for plain in map(_plain, row) if plain), "")
    return first.lower().replace(" ", "").rstrip(":") in _TOTALS


def phone(cell: Cell) -> str | None:
    """A phone number in E.164; a number without a country is Chinese."""
    plain = _plain(cell)
    if not plain:
        return None
    if _SCIENTIFIC.fullmatch(plain):
        number = Decimal(plain)
        if number.as_tuple().exponent != 0 and len(number.as_tuple().digits) <= number.adjusted():
            # 1.38E+10: the spreadsheet has thrown digits away, and the rest is somebody else's number.
            raise CellFault(N_("The spreadsheet has rounded this phone number: format the column as text."))
        plain = str(int(number))
    try:
        return normalise(plain)
    except PhoneUnusable:
        raise CellFault(N_("This is not a phone number that can be called.")) from None


def cents(cell: Cell, *, is_cents: bool = False) -> int | None:
    """An amount of money in cents; the cell holds yuan, or cents where ``is_cents``."""
    plain = _plain(cell).lower().replace(" ", "")
    for word in ("¥", "rmb", "cny", "元", "圆"):
        plain = plain.replace(word, "")
    if not plain:
        if _plain(cell):
            raise CellFault(N_("This is not an amount of money."))
        return None
    if not _AMOUNT.fullmatch(plain):
        if plain.startswith("-"):
            raise CellFault(N_("The amount is negative."))
        raise CellFault(N_("This is not an amount of money."))
    try:
        amount = Decimal(plain.replace(",", "")) * (1 if is_cents else 100)
        whole = int(amount.quantize(Decimal(1), ROUND_HALF_UP))
    except InvalidOperation:
        whole = _MOST_CENTS
    if whole >= _MOST_CENTS:
        raise CellFault(N_("The amount is too large."))
    return whole


def day(cell: Cell, *, latest: date) -> date | None:
    """A date from 1900 up to ``latest``."""
    found = _naive_moment(cell)
    if found is None:
        return None
    _check_span(found.date(), latest)
    return found.date()


def moment(cell: Cell, *, latest: datetime) -> datetime | None:
    """An instant in UTC, up to ``latest``; a time without a zone is Chinese."""
    plain = _plain(cell)
    if isinstance(cell, str) and _ZONED.fullmatch(plain):
        try:
            found = datetime.fromisoformat(plain)
        except ValueError:
            raise CellFault(N_("This is not a date: write it like 2026-01-31 or 2026-01-31 15:30.")) from None
    else:
        naive = _naive_moment(cell)
        if naive is None:
            return None
        found = naive.replace(tzinfo=HOME_ZONE)
    _check_span(found.date(), latest.astimezone(HOME_ZONE).date())
    return found.astimezone(UTC)


def yes_no(cell: Cell) -> bool | None:
    """A yes or a no."""
    plain = _plain(cell).lower().removesuffix(".0")
    if not plain:
        return None
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise CellFault(N_("This is neither yes (是) nor no (否)."))


def gender(cell: Cell) -> str | None:
    """``female`` or ``male``; None also where the file says that it is unknown."""
    plain = _plain(cell).lower()
    if plain and plain not in _GENDERS:
        raise CellFault(N_("This is neither female (女) nor male (男)."))
    return _GENDERS.get(plain) or None


def count(cell: Cell) -> int | None:
    """A whole number from 1 to 1,000,000."""
    plain = _plain(cell).replace(",", "").removesuffix(".0")
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit()) or not 1 <= int(plain[:12]) <= 1_000_000:
        raise CellFault(N_("This is not a whole number above zero."))
    return int(plain)


def _plain(cell: Cell) -> str:
    """The cell as text with full-width characters made half-width."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip().strip("\u200b\ufeff'")


def _naive_moment(cell: Cell) -> datetime | None:
    """Date and time as written, without a zone."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    plain = _plain(cell)
    if not plain:
        return None
    if not isinstance(cell, bool) and _SERIAL.fullmatch(plain) and int(float(plain)) in _SERIALS:
        return _SPREADSHEET_EPOCH + timedelta(seconds=round(float(plain) * 86_400))
    try:
        return _written_moment(plain)
    except ValueError:
        raise CellFault(N_("This is not a date: write it like 2026-01-31 or 2026-01-31 15:30.")) from None


def _written_moment(plain: str) -> datetime:
    if compact := _COMPACT_MOMENT.fullmatch(plain):
        return datetime.strptime(compact[1] + compact[2] + compact[3] + (compact[4] or "00"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    found = _DAY.match(plain) or _COMPACT_DAY.match(plain)
    if not found:
        raise ValueError
    written_day = date(int(found[1]), int(found[2]), int(found[3]))
    rest = plain[found.end() :]
    if not rest:
        return datetime.combine(written_day, time())
    clock = _CLOCK.fullmatch(rest)
    if not clock:
        raise ValueError
    return datetime.combine(written_day, time(int(clock[1]), int(clock[2]), int(clock[3] or 0)))


def _check_span(found: date, latest: date) -> None:
    if found > latest:
        raise CellFault(N_("The date is in the future."))
    if found.year < 1900:
        raise CellFault(N_("The date is before 1900."))
