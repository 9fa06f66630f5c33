"""Answers that come in pieces, or as a number: typed digits, a day, several choices."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from huifang.logic import dialogue, phone_number
from huifang.logic.dialogue import Utterance
from huifang.logic.script_ladder import Ladder
from huifang.logic.script_state import Answer, Phase
from huifang.logic.script_talk import Talk
from huifang.logic.understanding import Asked, Intent, Option, Reading, understand
from huifang.logic.understanding.instant import instant
from huifang.logic.understanding.moment import moment
from huifang.logic.understanding.quantity import day_in, number_in, on
from huifang.logic.understanding.sounds import syllables

_CERTAIN = 1.0
SAME_NUMBER = "same"
"""The code of an answer that names the number we are talking on."""
ENOUGH = (Intent.NO, Intent.DECLINE, Intent.ALREADY, Intent.GOODBYE)
"""「没有了」: nothing more is chosen, or asked."""


_CALL = re.compile("打|电话|联系|再说|再讲|回访")
_CALL_HEARD = frozenset(("da", "dian", "lian"))
_NO_MORE = re.compile(
    "^[嗯啊哦呃，, ]*(?:没|没有|没什么)(?:别的|其他的?|了)|就这(?:些|个)?(?:了|吧)?$|差不多了?$|够了$"
)


def says_enough(text: str) -> bool:
    """「没别的」, 「就这些」."""
    return _NO_MORE.search(text.rstrip("。！!～~ ")) is not None


class Collecting:
    """Gathers such an answer and hands it to ``take`` once it is complete."""

    def __init__(self, talk: Talk, ladder: Ladder, take: Callable[[Answer], None]) -> None:
        self.talk = talk
        self.ladder = ladder
        self.take = take

    def takes(self, key: str) -> bool:
        """Whether this question wants a key that elsewhere calls a person, repeats or takes back."""
        return self.talk.item.collects_digits or (key == "#" and bool(self.talk.state.picked))

    def special(self, key: str) -> None:
        """A key of which ``takes`` is true."""
        if self.talk.item.collects_digits:
            self.digit(key)
        else:
            self.talk.put(dialogue.Understood(Intent.NO, _CERTAIN, "key #"))
            self._picked_all()

    def digit(self, key: str) -> None:
        """A key of a typed answer."""
        item, digits = self.talk.item, self.talk.state.digits
        self.talk.put(dialogue.Understood(Intent.DIGIT, _CERTAIN, f"key {key}", code=key))
        if key == "*":
            self.talk.change(digits="")
            self.talk.ask_again()
        elif key == "#":
            self._typed_all(digits)
        else:
            digits += key
            self.talk.change(digits=digits)
            is_whole = len(digits) >= item.most_digits or (item.type == "nps" and digits != "1")
            if is_whole or (item.type == "phone" and phone_number.is_done(digits)):
                self._typed_all(digits)
            else:
                self.talk.listen()

    def _typed_all(self, digits: str) -> None:
        self.talk.change(digits="")
        if self.talk.item.type == "phone":
            self._dialled(digits, "key")
            return
        code = self._code_of(digits) if digits else None
        if code is None or not self._admits(code):
            self.ladder.missed(beyond=code is not None)
            return
        key = digits if len(digits) <= 2 else None
        self.take(Answer(self.talk.state.at, self.talk.item.id, code, None, key, "", "key"))

    def _code_of(self, digits: str) -> str | None:
        """What is stored for typed digits; None where they are no answer."""
        item = self.talk.item
        if item.type != "date":
            return str(int(digits)) if item.low <= int(digits) <= item.high else None
        if len(digits) != item.most_digits:
            return None
        day = on(int(digits[:2]), int(digits[2:]), self.talk.now.date(), past=item.past)
        return day.isoformat() if day else None

    def counted(self, heard: Utterance, text: str) -> None:
        """A number or a day in words."""
        item = self.talk.item
        if item.type == "phone":
            self._said_number(heard)
            return
        if item.type == "date":
            day = self._day(heard)
            code = day.isoformat() if day else None
        else:
            value = number_in(heard.text, heard.pinyin)
            code = str(value) if value is not None and item.low <= value <= item.high else None
        if code is None or not self._admits(code):
            self.ladder.missed(beyond=code is not None)
        else:  # one spoken digit is easily taken for another
            self.ladder.confirm(Answer(self.talk.state.at, item.id, code, None, None, text, "speech"))

    def names_day(self, heard: Utterance) -> bool:
        """A day where one is wanted, and no word of a call: 「这周六」 answers, 「这周六再打」 does not."""
        is_call = _CALL.search(heard.text) if heard.text else _CALL_HEARD & set(heard.pinyin)
        return self.talk.item.type == "date" and not is_call and self._day(heard) is not None

    def _day(self, heard: Utterance) -> date | None:
        past = self.talk.item.past
        day = day_in(heard.text, self.talk.now.date(), past=past, pinyin=heard.pinyin)
        if day is None and not past:
            at = instant(moment(heard.pinyin or syllables(heard.text)), self.talk.now)
            day = at.date() if at else None
        return day

    def _admits(self, code: str) -> bool:
        """Whether a number or a day is within the limits of the question."""
        validate = self.talk.item.validate
        if validate is None:
            return True
        if self.talk.item.type == "date":
            return validate.admits_day(date.fromisoformat(code), self.talk.now.date())
        return validate.admits_number(int(code))

    # ---- a telephone number

    def is_part_of_number(self, heard: Utterance) -> bool:
        """Digits of a telephone number and nothing else, where one is wanted."""
        return self.talk.item.type == "phone" and phone_number.is_only_digits(heard.text, heard.pinyin)

    def holds_number(self, heard: Utterance) -> bool:
        """A whole telephone number in what was said, where one is wanted."""
        said = phone_number.digits_said(heard.text, heard.pinyin)
        return self.talk.item.type == "phone" and phone_number.national(said) is not None

    def _said_number(self, heard: Utterance) -> None:
        """A number said at once or piece by piece: what was said before is kept while it can go on."""
        said = phone_number.digits_said(heard.text, heard.pinyin)
        if not said and phone_number.means_same(heard.text):
            self.talk.change(digits="")
            self.take(Answer(self.talk.state.at, self.talk.item.id, SAME_NUMBER, None, None, "", "speech"))
            return
        digits = next((d for d in (said, self.talk.state.digits + said) if phone_number.national(d)), "")
        self.talk.change(digits="" if digits else self.talk.state.digits + said)
        if not digits and said and phone_number.may_go_on(self.talk.state.digits):
            self.talk.listen()
        else:
            self.talk.change(digits="")
            self._dialled(digits, "speech")

    def _dialled(self, digits: str, channel: str) -> None:
        """A whole number is read back before it counts."""
        whole = phone_number.national(digits)
        validate = self.talk.item.validate
        if whole is None or (validate is not None and not validate.admits_text(whole)):
            self.ladder.missed(beyond=whole is not None)
            return
        shown = phone_number.masked_number(whole)
        answer = Answer(self.talk.state.at, self.talk.item.id, shown, None, None, "", channel, secret=whole)
        self.ladder.confirm(answer)

    # ---- several choices

    def several(self, reading: Reading, heard: Utterance) -> None:
        """One or more of several choices in words, or that there are no more."""
        if (reading.intent in ENOUGH or says_enough(heard.text)) and self.talk.state.picked:
            self._picked_all()
            return
        language = self.talk.state.language
        codes = []
        for choice in self.talk.item.choices:
            alone = Asked("free", (Option(choice.code, (choice.label[language], *choice.keywords)),))
            read = understand(heard, alone)
            if read.intent is Intent.CHOICE and read.confidence >= self.talk.script.confirm_below:
                codes.append(choice.code)
        if not codes and reading.intent is Intent.CHOICE:
            codes = [reading.code]
        if codes:
            self.pick(tuple(codes))
        else:
            self.ladder.missed()

    def pick(self, codes: tuple[str, ...]) -> None:
        """These, too; then ask for more, unless all are chosen, or nothing new is named for the second time."""
        state, item = self.talk.state, self.talk.item
        picked = tuple(c.code for c in item.choices if c.code in (*state.picked, *codes))
        again = state.misses + 1 if picked == state.picked else 0
        self.talk.change(picked=picked, silences=0, misses=again)
        if len(picked) == len(item.choices) or again > 1:
            self._picked_all()
        else:
            self.talk.prompt(self.talk.script.replies["more"])
            self.talk.listen()

    def _picked_all(self) -> None:
        picked, item = self.talk.state.picked, self.talk.ask.item
        code = ",".join(c.code for c in item.choices if c.code in picked)  # in the document's order
        self.take(Answer(self.talk.state.at, item.id, code, None, None, "", "choice"))

    def counted_again(self, heard: Utterance, text: str) -> None:
        """Another number, in answer to 「您是说八，对吗」."""
        before = self.talk.state.misses
        self.talk.change(phase=Phase.ASKING, misses=before + 1, digits="")
        if before + 1 > len(self.talk.ask.no_match.prompts):
            self.ladder.fall_back(self.talk.ask.no_match, "no_match")
        else:
            self.counted(heard, text)

    def finish(self) -> bool:
        """Silence ends an answer that has begun; False where none has."""
        if self.talk.state.digits:
            self._typed_all(self.talk.state.digits)
        elif self.talk.state.picked and self.talk.state.phase is Phase.ASKING:
            self._picked_all()
        else:
            return False
        return True
