"""What an ask can ask: the kinds of questionnaire items, their choices, and the order these are read out in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from huifang.logic.script_validate import Validate

CHOOSING = ("scale", "single", "multi", "yes_no")
COUNTING = ("nps", "number", "date")
TYPED = (*COUNTING, "phone")
ITEM_TYPES = (*CHOOSING, *TYPED, "text", "info")
"""``scale``: one of the choices, which have scores; ``single``: one of them; ``multi``: several; ``yes_no``;
``nps``: 0-10; ``number``: whole, within bounds; ``date``: a day; ``phone``: a number to call; ``text``: free words,
where there are choices one of them too; ``info``: nothing is asked, only whether it was heard."""
MOST_DIGITS = 8
_MOST_DIALLED = 14  # with 0086 before it
_YES_NO = (("yes", {"zh": "是", "en": "yes"}, "1"), ("no", {"zh": "不是", "en": "no"}, "2"))
_HEARD = ("ok", {"zh": "知道了", "en": "I see"}, "1")


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of an ask.  ``code`` is stored; ``score`` is canonical (higher is better)."""

    code: str
    label: Mapping[str, str]
    score: int | None
    key: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """What is asked.  ``shuffle``: the order of the choices differs from call to call, and their keys with it;
    ``low`` and ``high`` bound a number; ``past``: a date without a year is the last such day, else the next;
    ``validate``: what else an answer must be like."""

    id: str
    type: str
    choices: tuple[Choice, ...]
    shuffle: bool = False
    low: int = 0
    high: int = 10
    past: bool = False
    validate: Validate | None = None

    @property
    def collects_digits(self) -> bool:
        """Its answer is typed: 0 is a digit of it, # ends it and * clears it."""
        return self.type in TYPED

    @property
    def is_private(self) -> bool:
        """Its answer is kept from transcripts."""
        return self.type == "phone"

    @property
    def most_digits(self) -> int:
        """How many digits an answer has at most; a date is month and day."""
        lengths = {"date": 4, "phone": _MOST_DIALLED}
        return lengths.get(self.type) or len(str(self.high))

    def by_key(self, key: str) -> Choice | None:
        return next((c for c in self.choices if c.key == key), None)

    def by_code(self, code: str) -> Choice | None:
        return next((c for c in self.choices if c.code == code), None)

    def by_score(self, score: int) -> Choice | None:
        return next((c for c in self.choices if c.score == score), None)

    def ordered(self, seed: str) -> Item:
        """The item as this conversation asks it: with ``shuffle`` the keys go to other choices.

        A scale is only ever turned round, because a scale out of order is hard to follow.  What is stored for a
        choice, its code and its score, stays.
        """
        if not self.shuffle or not seed:
            return self
        digest = hashlib.sha256(f"{seed}/{self.id}".encode()).digest()
        keyed = sorted((c for c in self.choices if c.key), key=lambda c: c.key)
        keys = [c.key for c in keyed]
        if self.type == "scale":
            turned = keyed[::-1] if digest[0] % 2 else keyed
        else:
            turned = sorted(keyed, key=lambda c: hashlib.sha256(digest + c.code.encode()).digest())
        moved = [replace(choice, key=key) for choice, key in zip(turned, keys, strict=True)]
        return replace(self, choices=(*moved, *(c for c in self.choices if not c.key)))


def yes_or_no(languages: tuple[str, ...]) -> tuple[Choice, ...]:
    """The choices of a yes_no item that names none."""
    return tuple(_ours(*one, languages) for one in _YES_NO)


def acknowledgement(languages: tuple[str, ...]) -> tuple[Choice, ...]:
    """The one choice of an info item."""
    return (_ours(*_HEARD, languages),)


def _ours(code: str, label: Mapping[str, str], key: str, languages: tuple[str, ...]) -> Choice:
    return Choice(code, {x: label["zh" if x.startswith("zh") else "en"] for x in languages}, None, key, ())


def options_in_words(item: Item, language: str) -> str:
    """Which key means what, in the order of the keys: 非常满意请按1，满意请按2."""
    keyed = sorted((c for c in item.choices if c.key), key=lambda c: c.key)
    if language.startswith("zh"):
        return "，".join(f"{c.label[language]}请按{c.key}" for c in keyed)
    return ", ".join(f"for {c.label[language]} press {c.key}" for c in keyed)
