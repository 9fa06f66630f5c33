"""Kamailio, a registrar and proxy that no one here wrote: registering, and everything through Record-Route."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path

import pytest
from servers.kamailio import PASSWORD, USER, Kamailio

from huifang.voice.rtp import sdp
from huifang.voice.sip.port import (
    Account,
    Answered,
    Cancelled,
    Failed,
    HungUp,
    Incoming,
    ReferDone,
    ReferProgress,
    RegistrationState,
    Reoffered,
    Ringing,
)
from huifang.voice.sip.session_timer import SessionTimer
from voice_sip.conftest import OpenLine
from voice_sip.line import Line
from voice_sip.play import agree, ask, called, heads, say, take
from voice_sip.sipp import SCENARIOS, Sipp
from voice_sip.test_sip_changes import AGENT, notify

pytestmark = pytest.mark.sipp

StartProxy = Callable[..., Kamailio]


def registered(line: Line, proxy: Kamailio, *, password: str = PASSWORD, expires_s: int = 60):  # type: ignore[no-untyped-def]
    """A registration and the queue of what becomes of it."""
    states: queue.Queue[RegistrationState] = queue.Queue()
    registration = line.agent.register(
        registrar=f"127.0.0.1:{proxy.port}",
        account=Account(USER, password),
        expires_s=expires_s,
        on_change=states.put,
    )
    return registration, states


def test_a_registration_lets_the_trunk_find_us_until_it_ends(
    open_line: OpenLine, kamailio: StartProxy
) -> None:
    proxy, line, caller = kamailio(), open_line(), open_line()
    registration, states = registered(line, proxy)
    assert states.get(timeout=10) == RegistrationState(True, 200, 60)
    leg = caller.dial(proxy.port, to_uri=f"sip:{USER}@127.0.0.1:{proxy.port}")
    incoming = line.expect(Incoming, called=USER)
    assert incoming.source == "127.0.0.1"
    incoming.leg.answer(sdp.answer(sdp.parse(incoming.sdp or ""), "127.0.0.1", 40020))
    caller.expect(Answered, leg=leg)
    leg.hang_up()
    line.expect(HungUp)
    caller.expect(HungUp)
    registration.end()
    statuses: list[int] = []
    while 404 not in statuses:  # the registrar has it when nobody is found any more
        assert len(statuses) < 50
        caller.dial(proxy.port, to_uri=f"sip:{USER}@127.0.0.1:{proxy.port}", ring_timeout_s=0.3)
        statuses.append(caller.expect(Failed).status)
    assert states.empty()


def test_a_registration_is_refreshed_before_it_runs_out(line: Line, kamailio: StartProxy) -> None:
    _, states = registered(line, kamailio(), expires_s=2)
    assert [states.get(timeout=10).status for _ in range(3)] == [200, 200, 200]


def test_a_wrong_password_is_told_and_tried_again_later(
    line: Line, kamailio: StartProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huifang.voice.sip.registration._FIRST_PAUSE_S", 0.2)
    _, states = registered(line, kamailio(), password="guess")
    assert [states.get(timeout=10) for _ in range(2)] == [RegistrationState(False, 401)] * 2


def test_a_stopping_agent_unregisters(open_line: OpenLine, kamailio: StartProxy) -> None:
    proxy, line, caller = kamailio(), open_line(), open_line()
    _, states = registered(line, proxy)
    assert states.get(timeout=10).is_registered
    line.agent.stop()
    caller.dial(proxy.port, to_uri=f"sip:{USER}@127.0.0.1:{proxy.port}")
    caller.expect(Failed, status=404)


# ---- calls through the proxy


def test_a_call_through_the_proxy_is_ended_by_us_along_its_route(
    line: Line, sipp: Sipp, kamailio: StartProxy
) -> None:
    run = sipp.listen(SCENARIOS / "uas_answers.xml")
    proxy = kamailio(run.port)
    leg = line.dial(proxy.port)
    line.expect(Ringing, status=180)
    line.expect(Answered, leg=leg)
    leg.hang_up()
    line.expect(HungUp, leg=leg)
    run.check()
    for request in ("ACK", "BYE"):
        assert heads(run, request)[-1].count("Via:") == 2, request  # both came by way of the proxy


def test_a_callee_behind_the_proxy_hangs_up(
    line: Line, sipp: Sipp, kamailio: StartProxy, tmp_path: Path
) -> None:
    scenario = called(
        tmp_path, take("INVITE"), say("200 OK", audio=True), take("ACK"),
        ask("BYE", 2, routed=True), take("200"),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(kamailio(run.port).port)
    line.expect(Answered, leg=leg)
    line.expect(HungUp, leg=leg)
    run.check()


def test_a_call_through_the_proxy_is_cancelled(line: Line, sipp: Sipp, kamailio: StartProxy) -> None:
    run = sipp.listen(SCENARIOS / "uas_rings_out.xml")
    leg = line.dial(kamailio(run.port).port)
    line.expect(Ringing)
    leg.cancel()
    line.expect(Failed, leg=leg, status=487)
    run.check()


def test_a_busy_callee_behind_the_proxy(line: Line, sipp: Sipp, kamailio: StartProxy) -> None:
    run = sipp.listen(SCENARIOS / "uas_fails.xml")
    line.expect(Failed, leg=line.dial(kamailio(run.port).port), status=486)
    run.check()


def test_a_change_and_a_referral_go_through_the_proxy(
    line: Line, sipp: Sipp, kamailio: StartProxy, tmp_path: Path
) -> None:
    scenario = called(
        tmp_path,
        take("INVITE"), say("200 OK", audio=True), take("ACK"),
        ask("INVITE", 2, audio=True, formats="0 101", routed=True), take("100", optional=True),
        take("200", holds="RTP/AVP 0 101"), ask("ACK", 2, routed=True),
        take("REFER"), agree().replace("200 OK", "202 Accepted"),
        notify(3, "200 OK", "terminated;reason=noresource", routed=True), take("200"),
        take("BYE"), agree(),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(kamailio(run.port).port)
    line.expect(Answered, leg=leg)
    line.expect(Reoffered, leg=leg)
    leg.refer(AGENT, patience_s=8)
    line.expect(ReferProgress, leg=leg, status=202)
    line.expect(ReferDone, leg=leg, status=200)
    leg.hang_up()
    line.expect(HungUp)
    run.check()


def test_our_refresh_and_its_ack_follow_the_route_of_the_dialog(
    line: Line, sipp: Sipp, kamailio: StartProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SessionTimer, "refresh_after_s", property(lambda timer: 0.2))
    timer = "Session-Expires: 90;refresher=uac"
    scenario = called(
        tmp_path,
        take("INVITE"), say("200 OK", timer, "Allow: INVITE, ACK, BYE", audio=True), take("ACK"),
        take("INVITE"), agree("Session-Expires: 90;refresher=uas", audio=True), take("ACK"),
        take("BYE"), agree(),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(kamailio(run.port).port)
    line.expect(Answered, leg=leg)
    line.expect(Reoffered, leg=leg)
    leg.hang_up()
    line.expect(HungUp)
    run.check()
    assert [ack.count("Via:") for ack in heads(run, "ACK")] == [2, 2]


def test_a_caller_behind_the_proxy_reaches_us_and_gives_up(open_line: OpenLine, kamailio: StartProxy) -> None:
    proxy, line, caller = kamailio(), open_line(), open_line()
    _, states = registered(line, proxy)
    assert states.get(timeout=10).is_registered
    leg = caller.dial(proxy.port, to_uri=f"sip:{USER}@127.0.0.1:{proxy.port}")
    incoming = line.expect(Incoming)
    incoming.leg.ring()
    caller.expect(Ringing)
    leg.cancel()
    line.expect(Cancelled, leg=incoming.leg)
    caller.expect(Failed, leg=leg, status=487)
