"""Made-up callers for rehearsals: what they want, and how they say or press it.  Pure: a seed makes the caller."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from huifang.logic import dialogue
from huifang.logic import rehearsal_words as words
from huifang.logic.dialogue import (
    Found,
    HungUp,
    Key,
    Listen,
    NothingFound,
    Silence,
    TransferResult,
    Utterance,
)
from huifang.logic.script_document import Ask, Script
from huifang.logic.script_items import Item
from huifang.logic.script_state import Phase, State

BEHAVIOURS = {
    "answers": 55, "mumbles": 8, "silent_first": 5, "miskeys": 4, "undoes": 3, "asks_robot": 4, "asks_question": 5, "asks_again": 4,
    "wants_human": 4, "refuses": 4, "busy": 3, "calls_back": 3, "third_party": 2, "unsure": 2, "wrong_number": 1, "hangs_up": 3, "angry": 3,
    "demands": 2, "never_answers": 1, "off_topic": 1, "says_bye": 2,
}  # fmt: skip
"""Behaviour → share of the callers (any scale)."""
_BY_KEYS = (
    "answers",
    "silent_first",
    "miskeys",
    "undoes",
    "hangs_up",
    "never_answers",
    "asks_again",
    "wants_human",
)
_NUMERALS = "零一二三四五六七八九十"


@dataclass
class Caller:
    """One caller.  ``by``: ``keys`` presses only, ``words`` only speaks, ``both`` does either."""

    seed: str
    by: str = "both"
    order: str = ""
    """The seed that orders the choices of this conversation, which a caller would hear."""
    wanted: dict[str, str] = field(default_factory=dict)
    """Item → the code that was meant, of items with closed answers."""

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        names = [n for n in BEHAVIOURS if self.by != "keys" or n in _BY_KEYS]
        self.behaviour = self._chance.choices(names, [BEHAVIOURS[n] for n in names])[0]
        self._deviates_at = self._chance.choice((1, 1, 1, 2, 3))
        self._asked = 0
        self._agent = self._chance.choice(("comes", "comes", "nobody"))
        self._has_deviated = False

    def reply(self, script: Script, state: State, outputs: Sequence[dialogue.Output]) -> dialogue.Input:
        """What this caller, or who else is waited for, gives next."""
        if state.phase is Phase.TRANSFERRING:
            parting = self._chance.choice(list(dialogue.Parting))
            return TransferResult(self._agent == "comes", "chen", parting)
        if state.phase is Phase.REACHING:
            return Utterance(self._chance.choice(words.INSTEAD))
        if state.question:
            known = self._chance.random() < 0.6
            return (
                Found("1", "常见问题", "这个您放心，到店出示会员码就可以。", "门店手册")
                if known
                else NothingFound()
            )
        listen = next((o for o in reversed(outputs) if isinstance(o, Listen)), None)
        if listen is None or not listen.expects:
            return Silence()  # the tune is heard out
        step = script.steps[listen.step]
        assert isinstance(step, Ask)
        if step.answers:
            return self._own_question(step.item, state)
        return self._answer(step.item.ordered(self.order), state)

    def _own_question(self, item: Item, state: State) -> dialogue.Input:
        """Here the customer may ask: some have a question or two, some none."""
        self._asked += 1
        if state.mistaken:
            return self._confirm(self.behaviour == "wrong_number")
        deviation = self._deviation(item)
        if deviation is not None:
            return deviation
        if self.by == "keys":
            return Silence()
        left = int(self.wanted.get(item.id, self._chance.randint(0, 2)))
        self.wanted[item.id] = str(left - 1)
        return Utterance(self._chance.choice(words.QUESTIONS if left > 0 else words.ENOUGH))

    def _answer(self, item: Item, state: State) -> dialogue.Input:
        self._asked += 1
        if state.refusing:
            return self._confirm(self.behaviour == "refuses")
        deviation = self._deviation(item)
        if deviation is not None:
            return deviation
        if item.id not in self.wanted:
            self.wanted[item.id] = self._wish(item)
        wish = self.wanted[item.id]
        if state.phase is Phase.CONFIRMING and state.pending is not None:
            meant = self.wanted.get(state.pending.item)
            if (
                meant in words.WISHES
                and item.type == "yes_no"
                and self.by != "keys"
                and self._chance.random() < 0.3
            ):
                return Utterance(self._chance.choice(words.WISHES[meant]))
            return self._confirm(meant is None or is_meant(meant, state.pending.secret or state.pending.code))
        if item.type == "multi" and state.picked:
            return self._enough(item, state, wish)
        if self.by == "keys" or (self.by == "both" and self._chance.random() < 0.4):
            pressed = self._press(item, wish, state)
            if pressed is not None:
                return pressed
            if self.by == "keys":
                return Silence()
        return Utterance(self._say(item, wish))

    # ---- what makes callers difficult

    def _deviation(self, item: Item) -> dialogue.Input | None:
        match self.behaviour:
            case "never_answers":
                return Silence()
            case "off_topic":
                return Utterance(self._chance.choice(words.OFF_TOPIC))
            case "angry" if item.type != "text":
                return Utterance(self._chance.choice(words.ANGRY))
        if self._has_deviated or self._asked < self._deviates_at:
            return None
        self._has_deviated = True
        return self._once()

    def _once(self) -> dialogue.Input | None:
        match self.behaviour:
            case "hangs_up":
                return HungUp()
            case "silent_first":
                return Silence()
            case "miskeys":
                return Key("9")
            case "undoes":
                return Key("#")
            case "mumbles":
                return Utterance(self._chance.choice(words.OFF_TOPIC))
            case "asks_question":
                return Utterance(self._chance.choice(words.QUESTIONS))
            case "asks_again" if self.by == "keys":
                return Key("*")
            case "wants_human" if self.by == "keys":
                return Key("0")
            case name if name in words.SPECIAL:
                return Utterance(self._chance.choice(words.SPECIAL[name]))
        return None

    # ---- answers

    def _wish(self, item: Item) -> str:
        match item.type:
            case "text" if not item.choices or self._chance.random() < 0.4:
                return "free"
            case "nps" | "number":
                return str(self._chance.randint(item.low, min(item.high, item.low + 60)))
            case "phone":
                return self._chance.choice(words.PREFIXES) + f"{self._chance.randrange(10**8):08}"
            case "date":
                return f"{self._chance.randint(1, 12):02}{self._chance.randint(1, 28):02}"
            case "multi":
                count = self._chance.randint(1, min(2, len(item.choices)))
                codes = set(self._chance.sample([c.code for c in item.choices], count))
                return ",".join(c.code for c in item.choices if c.code in codes)
        return self._chance.choice(item.choices).code

    def _press(self, item: Item, wish: str, state: State) -> Key | None:
        if item.collects_digits:
            is_whole = len(wish) >= item.most_digits or item.type == "phone"
            typed = wish + ("" if is_whole else "#")
            left = typed[len(state.digits) :]
            return Key(left[0]) if left else None
        choice = item.by_code(wish.split(",")[0])
        return Key(choice.key) if choice and choice.key else None

    def _say(self, item: Item, wish: str) -> str:
        if wish == "free":
            return self._chance.choice(words.FREE)
        if item.type == "yes_no":
            return self._chance.choice(words.YES if wish == "yes" else words.NO)
        if item.type == "date":
            return f"{_spoken(int(wish[:2]))}月{_spoken(int(wish[2:]))}号"
        if item.type == "phone":
            return self._chance.choice(words.NUMBER_SAID).format(*_dialled(wish))
        if item.type == "info":
            return self._chance.choice(words.HEARD)
        if item.collects_digits:
            return _spoken(int(wish)) + self._chance.choice(("", "吧", "分" if item.type == "nps" else ""))
        if item.type == "multi":
            labels = [c.label["zh-CN"] for c in item.choices if c.code in wish.split(",")]
            return self._chance.choice(("和", "还有", "，")).join(labels)
        choice = item.by_code(wish)
        assert choice is not None
        if item.type == "scale" and choice.score in words.RATED and len(item.choices) == len(words.RATED):
            return self._chance.choice(words.RATED[choice.score])
        said = self._chance.choice((*choice.label.values(), *choice.keywords))
        return self._chance.choice(words.AROUND).format(said, said)

    def _enough(self, item: Item, state: State, wish: str) -> dialogue.Input:
        missing = [code for code in wish.split(",") if code not in state.picked]
        choice = item.by_code(missing[0]) if missing else None
        if choice is not None:
            return Key(choice.key)
        return Key("#") if self.by == "keys" else Utterance(self._chance.choice(words.ENOUGH))

    def _confirm(self, is_right: bool) -> dialogue.Input:
        if self.by == "keys":
            return Key("1" if is_right else "2")
        return Utterance(self._chance.choice(("对", "对的", "是的", "嗯对")) if is_right else "不对")


def is_meant(wish: str, code: str) -> bool:
    """Whether a stored code is what a caller wanted; of a date they know month and day."""
    return wish in (code, code[5:].replace("-", ""))


def _dialled(number: str) -> list[str]:
    """A mobile number in three breaths."""
    said = number.translate(str.maketrans("0123456789", "零幺二三四五六七八九"))
    return [said[:3], said[3:7], said[7:]]


def _spoken(number: int) -> str:
    """A number to 999 as one says it."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    if hundreds:
        tail = (
            ""
            if not rest
            else (
                "零" + _NUMERALS[ones]
                if not tens
                else _NUMERALS[tens] + "十" + (_NUMERALS[ones] if ones else "")
            )
        )
        return _NUMERALS[hundreds] + "百" + tail
    if not tens:
        return _NUMERALS[ones]
    return ("" if tens == 1 else _NUMERALS[tens]) + "十" + (_NUMERALS[ones] if ones else "")
