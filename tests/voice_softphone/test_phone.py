"""A phone's decisions, against a scripted far end and a scripted page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from huifang.logic.softphone_line import PhoneState
from huifang.voice.softphone.phone import (
    ALIVE_EVERY_S,
    CONNECT_WITHIN_S,
    SILENT_AFTER_S,
    Cause,
    Line,
    Phone,
)


class FarEnd(Line):
    """Writes down what it is told."""

    def __init__(self, attempt: str = "a" * 32, usable: bool = True) -> None:
        self.attempt = attempt
        self.usable = usable
        self.done: list[Any] = []

    def ring(self) -> None:
        self.done.append("ring")

    def answer(self) -> bool:
        self.done.append("answer" if self.usable else 488)
        return self.usable

    def reject(self, status: int, reason: str) -> None:
        self.done.append(status)

    def hang_up(self) -> None:
        self.done.append("hang_up")

    def send_keys(self, keys: str) -> None:
        self.done.append(keys)

    @property
    def is_settled(self) -> bool:
        """It has its final answer, or was hung up on."""
        return any(isinstance(act, int) for act in self.done) or "hang_up" in self.done


class Desk:
    """A phone with its page; ``said`` is what the page was told since it was last looked at."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.changes = 0
        self.now = 100.0
        self.phone = Phone(lambda text: self.messages.append(json.loads(text)), self._changed, self.now)

    def _changed(self) -> None:
        self.changes += 1

    def said(self) -> list[dict[str, Any]]:
        messages, self.messages = self.messages, []
        return messages

    def do(self, wish: str, **data: Any) -> None:
        self.phone.take(json.dumps({"do": wish, **data}), self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.phone.tick(self.now)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.phone.open(desk.now)
    assert desk.said() == [{"say": "state", "state": "ready"}]
    return desk


def test_a_call_rings_is_answered_and_hung_up_by_the_agent(desk: Desk) -> None:
    far = FarEnd()
    assert desk.phone.invite(far)
    assert desk.said() == [
        {"say": "ring", "call": 1, "attempt": "a" * 32},
        {"say": "state", "state": "ringing"},
    ]
    assert desk.phone.attempt == "a" * 32
    desk.do("answer", call=1)
    assert desk.said() == [{"say": "answered", "call": 1}, {"say": "state", "state": "talking"}]
    desk.do("keys", call=1, keys="*2")
    desk.do("hang_up", call=1)
    assert far.done == ["ring", "answer", "*2", "hang_up"]
    assert desk.said() == [
        {"say": "ended", "call": 1, "cause": "hung_up"},
        {"say": "state", "state": "ready"},
    ]
    assert desk.phone.attempt == ""


def test_a_rejected_call_is_declined_and_the_next_one_has_another_number(desk: Desk) -> None:
    first, second = FarEnd(), FarEnd()
    desk.phone.invite(first)
    desk.do("reject", call=1)
    assert first.done == ["ring", 603]
    desk.phone.invite(second)
    desk.do("answer", call=1)  # a click that was meant for the first
    assert second.done == ["ring"]
    desk.do("answer", call=2)
    assert second.done == ["ring", "answer"]


def test_a_far_end_that_gives_up_or_hangs_up_frees_the_phone(desk: Desk) -> None:
    far = FarEnd()
    desk.phone.invite(far)
    desk.phone.line_is_over(far, Cause.GAVE_UP)
    assert desk.said()[-2:] == [
        {"say": "ended", "call": 1, "cause": "gave_up"},
        {"say": "state", "state": "ready"},
    ]
    desk.do("answer", call=1)
    assert far.done == ["ring"]
    other = FarEnd()
    assert desk.phone.invite(other)
    desk.phone.line_is_over(far, Cause.THEY_HUNG_UP)  # of a call long gone
    assert desk.phone.state is PhoneState.RINGING


def test_a_second_call_is_busy(desk: Desk) -> None:
    desk.phone.invite(FarEnd())
    second = FarEnd()
    assert not desk.phone.invite(second)
    assert second.done == [486]


def test_a_paused_phone_is_not_there_and_a_call_in_progress_goes_on(desk: Desk) -> None:
    talking = FarEnd()
    desk.phone.invite(talking)
    desk.do("answer", call=1)
    desk.do("pause")
    assert desk.phone.state is PhoneState.TALKING
    desk.phone.line_is_over(talking, Cause.THEY_HUNG_UP)
    assert desk.phone.state is PhoneState.PAUSED
    turned_away = FarEnd()
    assert not desk.phone.invite(turned_away)
    assert turned_away.done == [480]
    desk.do("resume")
    assert desk.phone.invite(FarEnd())


def test_a_far_end_without_a_common_codec_ends_the_call(desk: Desk) -> None:
    far = FarEnd(usable=False)
    desk.phone.invite(far)
    desk.said()
    desk.do("answer", call=1)
    assert desk.said() == [
        {"say": "ended", "call": 1, "cause": "unusable"},
        {"say": "state", "state": "ready"},
    ]


def test_keys_of_the_far_end_are_shown(desk: Desk) -> None:
    far = FarEnd()
    desk.phone.invite(far)
    desk.said()
    desk.phone.key(far, "5")
    desk.phone.key(FarEnd(), "6")
    assert desk.said() == [{"say": "key", "call": 1, "key": "5"}]


def test_a_page_that_stays_silent_is_gone_and_its_call_ends(desk: Desk) -> None:
    far = FarEnd()
    desk.phone.invite(far)
    desk.do("answer", call=1)
    desk.said()
    desk.wait(ALIVE_EVERY_S)
    assert desk.said() == [{"say": "alive"}]
    desk.do("alive")
    desk.wait(SILENT_AFTER_S - 0.1)
    assert not desk.phone.is_gone
    desk.wait(0.1)
    assert desk.phone.is_gone
    assert far.done == ["ring", "answer", "hang_up"]
    late = FarEnd()
    assert not desk.phone.invite(late)
    assert late.done == [480]


def test_nonsense_is_counted_and_the_phone_goes_on(desk: Desk) -> None:
    for text in ("", "{}", b"\xff", '{"do": "answer"}'):
        desk.phone.take(text, desk.now)
    assert desk.phone.malformed == 4
    assert desk.phone.state is PhoneState.READY


def test_a_browser_that_never_comes_through_is_given_up() -> None:
    desk = Desk()
    early = FarEnd()
    assert desk.phone.state is PhoneState.CONNECTING
    assert not desk.phone.invite(early)
    assert early.done == [480]
    desk.wait(CONNECT_WITHIN_S - 0.1)
    assert not desk.phone.is_gone
    desk.wait(0.1)
    assert desk.phone.is_gone


class AnyDay(RuleBasedStateMachine):
    """Whatever page and far ends do: one call at a time, and no far end is left hanging."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.callers: list[FarEnd] = []
        self.left: set[int] = set()

    @rule()
    def open(self) -> None:
        self.desk.phone.open(self.desk.now)

    @rule(usable=st.booleans())
    def call(self, usable: bool) -> None:
        caller = FarEnd(usable=usable)
        self.callers.append(caller)
        self.desk.phone.invite(caller)

    @rule(
        wish=st.sampled_from(["answer", "reject", "hang_up", "pause", "resume", "alive"]),
        back=st.integers(0, 1),
    )
    def click(self, wish: str, back: int) -> None:
        self.desk.do(wish, call=max(1, self.desk.phone._call - back))

    @precondition(lambda self: self.callers)
    @rule(data=st.data())
    def far_end_leaves(self, data: st.DataObject) -> None:
        which = data.draw(st.integers(0, len(self.callers) - 1))
        self.left.add(which)
        self.desk.phone.line_is_over(self.callers[which], Cause.THEY_HUNG_UP)

    @rule(seconds=st.floats(0.1, 12))
    def wait(self, seconds: float) -> None:
        self.desk.wait(seconds)

    @rule()
    def close(self) -> None:
        self.desk.phone.close()

    @invariant()
    def every_caller_but_the_present_one_is_settled(self) -> None:
        open_calls = [
            caller
            for number, caller in enumerate(self.callers)
            if number not in self.left and not caller.is_settled
        ]
        line = self.desk.phone.line
        assert open_calls == ([line] if line is not None else [])
        assert not (self.desk.phone.is_gone and open_calls)

    @invariant()
    def nobody_is_answered_twice(self) -> None:
        assert all(caller.done.count("answer") <= 1 for caller in self.callers)


TestAnyDay = AnyDay.TestCase
