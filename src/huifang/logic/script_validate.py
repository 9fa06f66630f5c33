"""What an answer must be like beyond its kind: from one to five, six digits, no more than twenty characters.  Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from huifang.logic.script_text import Text

LIMITS = {
    "number": ("min", "max"),
    "nps": ("min", "max"),
    "date": ("min", "max"),
    "phone": ("pattern",),
    "text": ("pattern", "min_length", "max_length"),
}
"""Which limits an item of a kind may have.  ``min`` and ``max`` of a date are days from today: 0 is today."""
MOST_DAYS, MOST_CHARACTERS = 3_660, 2_000
MOST_PATTERN = 200
_ENDLESS = re.compile(r"\)[*+{]|\\[1-9]")
"""A repeated group may search for ever; (?: … )? may not."""
_NUMERALS = str.maketrans("零〇一二三四五六七八九幺", "001234567891")


@dataclass(frozen=True, slots=True)
class Validate:
    """The limits of an item's answers; ``words`` are said where an answer is beyond them, in place of “I did not
    understand”.  None and "" do not limit."""

    words: Text
    low: int | None = None
    high: int | None = None
    pattern: str = ""
    shortest: int | None = None
    longest: int | None = None

    def admits_number(self, value: int) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def admits_day(self, day: date, today: date) -> bool:
        return (self.low is None or day >= today + timedelta(days=self.low)) and (
            self.high is None or day <= today + timedelta(days=self.high)
        )

    def admits_text(self, text: str) -> bool:
        """Signs and spaces do not count, and a numeral is as good as a digit: 幺零八六 is 1086."""
        bare = "".join(ch for ch in unicodedata.normalize("NFKC", text) if ch.isalnum())
        if (self.shortest is not None and len(bare) < self.shortest) or (
            self.longest is not None and len(bare) > self.longest
        ):
            return False
        return not self.pattern or any(
            re.fullmatch(self.pattern, form, re.IGNORECASE) for form in (bare, bare.translate(_NUMERALS))
        )


def is_endless(pattern: str) -> bool:
    """Whether ``pattern`` may take for ever on some words."""
    return _ENDLESS.search(pattern) is not None
