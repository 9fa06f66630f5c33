"""Agents against each other."""

from __future__ import annotations

import logging
import random
import socket
import threading
from collections import Counter

import pytest

from huifang.errors import PortInUse, SettingInvalid
from huifang.voice.rtp import sdp
from huifang.voice.sip.agent import SippyAgent
from huifang.voice.sip.port import (
    Account,
    Answered,
    Cancelled,
    Failed,
    HungUp,
    Incoming,
    Ringing,
    SipEvent,
)
from huifang.voice.sip.wire import Wire
from voice_sip.conftest import OpenLine
from voice_sip.line import LOCAL, NUMBER, OFFER, Line


def _answer(event: SipEvent) -> None:
    if isinstance(event, Incoming) and event.sdp is not None:
        event.leg.ring()
        event.leg.answer(sdp.answer(sdp.parse(event.sdp), LOCAL, 40020))


def _hang_up_when_answered(event: SipEvent) -> None:
    if isinstance(event, Answered):
        event.leg.hang_up()


def _ends(line: Line, calls: int) -> Counter[str]:
    """Events by name until every call has ended."""
    seen: Counter[str] = Counter()
    while seen["HungUp"] + seen["Failed"] + seen["Cancelled"] < calls:
        seen[type(line.expect(object)).__name__] += 1
    return seen


def test_a_hundred_calls_at_once_between_two_agents(open_line: OpenLine) -> None:
    callee = open_line(_answer)
    caller = open_line(_hang_up_when_answered)
    legs = [caller.dial(callee.agent.port) for _ in range(100)]
    assert _ends(caller, 100) == {"Ringing": 100, "Answered": 100, "HungUp": 100}
    assert _ends(callee, 100) == {"Incoming": 100, "HungUp": 100}
    assert len({leg.call_id for leg in legs}) == 100
    for agent in (caller.agent, callee.agent):
        assert agent.stats()["legs"] == agent.stats()["malformed"] == agent.stats()["faults"] == 0


def test_calls_survive_a_line_that_loses_every_tenth_datagram(
    open_line: OpenLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice, send = random.Random(20261122), Wire._send

    def lossy(wire: Wire, raw: bytes, address: tuple[str, int]) -> None:
        if dice.random() >= 0.1:
            send(wire, raw, address)

    monkeypatch.setattr(Wire, "_send", lossy)
    callee = open_line(_answer)
    caller = open_line(_hang_up_when_answered)
    for _ in range(30):
        caller.dial(callee.agent.port)
    assert _ends(caller, 30)["HungUp"] == 30
    assert _ends(callee, 30) == {"Incoming": 30, "HungUp": 30}


def test_either_side_may_hang_up_and_both_hear_of_it_once(open_line: OpenLine) -> None:
    callee, caller = open_line(), open_line()
    leg = caller.dial(callee.agent.port)
    incoming = callee.expect(Incoming, call_id=leg.call_id, caller="95001", called=NUMBER)
    incoming.leg.ring()
    caller.expect(Ringing, leg=leg)
    incoming.leg.answer(sdp.answer(sdp.parse(OFFER), LOCAL, 40020))
    caller.expect(Answered, leg=leg)
    incoming.leg.hang_up()
    leg.hang_up()  # the two BYEs cross
    caller.expect(HungUp, leg=leg)
    callee.expect(HungUp, leg=incoming.leg)
    caller.agent.stop()
    callee.agent.stop()
    assert caller.silent()
    assert callee.silent()


def test_an_announcement_before_the_answer_reaches_the_caller(open_line: OpenLine) -> None:
    callee, caller = open_line(), open_line()
    leg = caller.dial(callee.agent.port)
    incoming = callee.expect(Incoming)
    announced = sdp.answer(sdp.parse(OFFER), LOCAL, 40020)
    incoming.leg.ring(announced)
    caller.expect(Ringing, leg=leg, status=183, sdp=announced)
    incoming.leg.reject(404, "Not Found")
    caller.expect(Failed, leg=leg, status=404)


def test_an_incoming_leg_that_is_hung_up_unanswered_is_rejected(open_line: OpenLine) -> None:
    callee, caller = open_line(), open_line()
    caller.dial(callee.agent.port)
    callee.expect(Incoming).leg.hang_up()
    caller.expect(Failed, status=480)


def test_stop_ends_every_leg_and_frees_the_port(open_line: OpenLine) -> None:
    callee, caller = open_line(), open_line()
    talking = caller.dial(callee.agent.port)
    first = callee.expect(Incoming)
    first.leg.answer(sdp.answer(sdp.parse(OFFER), LOCAL, 40020))
    caller.expect(Answered)
    ringing = caller.dial(callee.agent.port)
    second = callee.expect(Incoming)
    second.leg.ring()
    caller.expect(Ringing)
    port = caller.agent.port
    caller.agent.stop()
    caller.agent.stop()
    assert {type(callee.expect(HungUp | Cancelled)) for _ in range(2)} == {HungUp, Cancelled}
    ends = [caller.expect(HungUp | Failed) for _ in range(2)]
    assert {type(e): e.leg for e in ends} == {HungUp: talking, Failed: ringing}
    with pytest.raises(RuntimeError, match="not running"):
        caller.dial(callee.agent.port)
    again = open_line(port=port)
    again.dial(callee.agent.port)
    callee.expect(Incoming)


def test_the_loop_thread_ends_with_the_last_agent(open_line: OpenLine) -> None:
    for line in (open_line(), open_line()):
        assert "sippy" in {thread.name for thread in threading.enumerate()}
        line.agent.stop()
    assert not {"sippy", "sip-wire"} & {thread.name for thread in threading.enumerate()}


def test_a_taken_port_and_a_foreign_address_are_named(line: Line) -> None:
    with pytest.raises(PortInUse, match=str(line.agent.port)):
        SippyAgent(LOCAL, line.agent.port, print).start()
    with pytest.raises(SettingInvalid, match=r"192\.0\.2\.1"):
        SippyAgent("192.0.2.1", 0, print).start()


def test_a_wildcard_agent_tells_an_address_that_can_be_reached(open_line: OpenLine) -> None:
    callee = open_line(_answer)
    events: list[SipEvent] = []
    agent = SippyAgent("0.0.0.0", 0, events.append)
    agent.start()
    try:
        assert agent.host not in ("0.0.0.0", "")
        agent.dial(
            call_id="wild",
            to_uri=f"sip:{NUMBER}@{LOCAL}:{callee.agent.port}",
            caller_id="",
            sdp=OFFER,
            account=Account(),
            ring_timeout_s=8,
        )
        incoming = callee.expect(Incoming)
        assert f"sip:{agent.host}:{agent.port}" in incoming.headers["contact"]
    finally:
        agent.stop()


def test_a_receiver_that_fails_does_not_stop_the_line(open_line: OpenLine) -> None:
    def fail(event: SipEvent) -> None:
        event.leg.ring()
        raise ValueError

    broken, caller = open_line(fail), open_line()
    for calls in (1, 2):
        leg = caller.dial(broken.agent.port)
        caller.expect(Ringing, leg=leg)
        assert broken.agent.stats()["on_event_faults"] == calls


def test_no_number_reaches_the_log_or_the_terminal(
    open_line: OpenLine, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "huifang.voice.sip")  # whatever a test before has made of it

    def fail(event: SipEvent) -> None:
        if isinstance(event, Incoming):
            event.leg.reject(486, "Busy Here")
        raise ValueError(NUMBER)

    broken, caller = open_line(fail), open_line()
    leg = caller.dial(broken.agent.port)
    caller.expect(Failed, leg=leg, status=486)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        bad = f"INVITE sip:{NUMBER}@{LOCAL}: SIP/2.0\r\nFrom: <sip:{NUMBER}>\r\nTo: {NUMBER}\r\n\r\n"
        noise.sendto(bad.encode(), (LOCAL, broken.agent.port))
    caller.agent.stop()
    broken.agent.stop()
    printed = capfd.readouterr()
    assert NUMBER not in printed.out + printed.err + caplog.text
    assert "ValueError" in caplog.text
