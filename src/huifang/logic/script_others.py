"""Somebody else answers for the customer: they are asked when the customer can be reached, and told nothing else.

What was bought, owed or asked is between us and the customer.  Whoever goes to fetch them is waited for, and then the
conversation begins anew, because the one who comes has not heard yet that a machine speaks.
"""

from __future__ import annotations

import re

from huifang.logic.dialogue import Promise, Utterance
from huifang.logic.script_path import Path
from huifang.logic.script_promise import due_at, spoken
from huifang.logic.script_state import Phase
from huifang.logic.script_talk import Talk
from huifang.logic.understanding import Intent, Reading
from huifang.logic.understanding.moment import moment
from huifang.logic.understanding.sounds import syllables

_MOST_TRIES = 1
_LATER = {"zh": "晚些时候", "en": "later"}
_TO_CUSTOMER = re.compile(
    "(?:转告|转达|告诉|通知|跟|和|给|叫|让)(?:一下)?(?:他|她|我(?:妈|爸|老公|老婆|爱人|爷|奶|儿|女|哥|姐|弟|妹|先生|太太))"
)
_TO_CUSTOMER_HEARD = re.compile(
    r"\b(?:zhuan gao|zhuan da|gao su|gen|he) (?:yi xia )?(?:ta|wo (?:ma|ba|lao gong|lao po))\b"
)
_FETCHES = re.compile(
    "(?:叫|喊|让)(?:一下|一声)?(?:他|她|我[妈爸爷奶姐哥]|我老[公婆])(?!.*(?:回来|以后|有空|回头))|(?:让|给)[他她]接|把?(?:电话|手机)(?:给|拿给|递给)[他她]"
)
_WANTS_TO_KNOW = re.compile(
    "[什啥]么?事|干嘛|干啥|干什么|(?:跟|和|对|给)我说|告诉我|你说(?:吧|就|呗)|我(?:来|能|可以|帮[他她])(?:说|答|回答)"
)
_ENDS = (
    Intent.PASS_ON,
    Intent.YES,
    Intent.NO,
    Intent.DECLINE,
    Intent.GOODBYE,
    Intent.UNSURE,
    Intent.ALREADY,
    Intent.BUSY,
)


class Others:
    """Talks with whoever is not the customer."""

    def __init__(self, talk: Talk, path: Path) -> None:
        self.talk = talk
        self.path = path

    def speaks_of_customer(self, heard: Utterance) -> bool:
        """「我会转告她的」, and not 「帮我转告店长」."""
        if heard.text:
            return _TO_CUSTOMER.search(heard.text) is not None
        return _TO_CUSTOMER_HEARD.search(" ".join(heard.pinyin)) is not None

    def instead(self, heard: Utterance) -> None:
        """Somebody else is on the telephone."""
        when = _when(heard)
        self.talk.change(
            phase=Phase.REACHING, pending=None, silences=0, misses=0, digits="", picked=(), resume=""
        )
        if _FETCHES.search(heard.text):
            self._wait_for_customer()
        elif when:
            self.later(when)
        else:
            self.ask()

    def ask(self) -> None:
        """When is the customer there?"""
        self.talk.say("third_party", self.talk.script.replies["third_party"])
        self.talk.listen()

    def told(self, reading: Reading, heard: Utterance) -> None:
        """What whoever answers says to that."""
        when = reading.code if reading.intent is Intent.CALLBACK else _when(heard)
        if when:
            self.later(when)
        elif reading.intent is Intent.HOLD or _FETCHES.search(heard.text):
            self._wait_for_customer()
        elif self.talk.state.fetched:
            self._begin_anew()
        elif reading.intent in _ENDS or self.talk.state.misses >= _MOST_TRIES:
            self.later("")
        else:
            self.talk.change(misses=self.talk.state.misses + 1)
            wants_to_know = _WANTS_TO_KNOW.search(heard.text) is not None
            if reading.intent in (Intent.UNCLEAR, Intent.THIRD_PARTY) and not wants_to_know:
                self.ask()
            else:  # they would like to know, or to answer themselves
                self.talk.say("private", self.talk.script.replies["private"])
                self.talk.listen()

    def silence(self) -> None:
        """Nobody says when: some other time; and who was fetched may stand there and wait for us to speak."""
        if self.talk.state.fetched:
            self._begin_anew()
        else:
            self.later("")

    def later(self, when: str) -> None:
        """We call again, and take leave."""
        talk = self.talk
        at = due_at(talk.now, when, talk.script.callback_after_minutes)
        vaguely = _LATER["zh" if talk.state.language.startswith("zh") else "en"]
        words = spoken(at, talk.now, when, talk.state.language).removeprefix("在") if when else vaguely
        said = talk.say("reach_later", talk.script.replies["reach_later"], extra={"callback.when": words})
        talk.put(Promise("callback", said, at.isoformat()))
        talk.end("callback")

    def _wait_for_customer(self) -> None:
        self.talk.change(fetched=True)
        self.talk.wait(patient=True)

    def _begin_anew(self) -> None:
        self.talk.change(phase=Phase.NEW, fetched=False, at="", silences=0, misses=0)
        self.path.go(self.talk.script.start)


def _when(heard: Utterance) -> str:
    return moment(heard.pinyin or syllables(heard.text))
