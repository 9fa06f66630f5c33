"""Signalling against SIPp, a peer that no one here wrote."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from huifang.voice.rtp import sdp
from huifang.voice.sip.port import (
    Account,
    Answered,
    Cancelled,
    Failed,
    HungUp,
    Incoming,
    Reoffered,
    Ringing,
)
from voice_sip.line import NUMBER, OFFER, Line
from voice_sip.sipp import SCENARIOS, Sipp

pytestmark = pytest.mark.sipp


def _answer(event: Incoming) -> None:
    assert event.sdp is not None
    event.leg.answer(sdp.answer(sdp.parse(event.sdp), "127.0.0.1", 40000))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def _refusing(folder: Path, words: str) -> Path:
    scenario = folder / "uas_fails.xml"
    scenario.write_text((SCENARIOS / "uas_fails.xml").read_text().replace("486 Busy Here", words))
    return scenario


def test_a_call_from_sipp_is_answered_and_hung_up_by_us(line: Line, sipp: Sipp) -> None:
    run = sipp.call(line.agent.port, SCENARIOS / "uac_we_hang_up.xml", "-s", "4001")
    event = line.expect(Incoming, caller="13900139000", called="4001")
    assert event.sdp is not None
    assert sdp.choose(sdp.parse(event.sdp)) == ("127.0.0.1", run.media_port, "PCMA", 101)
    assert event.headers["contact"].endswith(";transport=udp>")  # SIPp wrote UDP
    event.leg.ring()
    _answer(event)
    event.leg.hang_up()
    line.expect(HungUp, leg=event.leg)
    run.check()
    assert line.silent()


def test_a_call_from_sipp_is_hung_up_by_sipp(line: Line, sipp: Sipp) -> None:
    run = sipp.call(line.agent.port, SCENARIOS / "uac_hangs_up.xml")
    event = line.expect(Incoming)
    _answer(event)
    line.expect(HungUp, leg=event.leg, reason="")
    event.leg.hang_up()  # too late, no second report
    run.check()
    assert line.silent()


def test_a_caller_who_gives_up_is_reported_as_cancelled(line: Line, sipp: Sipp) -> None:
    run = sipp.call(line.agent.port, SCENARIOS / "uac_cancels.xml")
    event = line.expect(Incoming)
    event.leg.ring()
    line.expect(Cancelled, leg=event.leg)
    run.check()


def test_an_incoming_call_is_rejected(line: Line, sipp: Sipp) -> None:
    run = sipp.call(line.agent.port, SCENARIOS / "uac_rejected.xml")
    line.expect(Incoming).leg.reject(486, "Busy Here")
    run.check()
    assert line.silent()


def test_a_caller_without_an_offer_gets_ours_and_answers_in_the_ack(line: Line, sipp: Sipp) -> None:
    run = sipp.call(line.agent.port, SCENARIOS / "uac_late_offer.xml")
    event = line.expect(Incoming, sdp=None)
    event.leg.answer(OFFER)
    answered = line.expect(Answered, leg=event.leg)
    assert sdp.choose(sdp.parse(answered.sdp)).port == run.media_port
    event.leg.hang_up()
    line.expect(HungUp)
    run.check()


def test_hold_resume_refresh_and_foreign_requests_do_not_break_a_call(line: Line, sipp: Sipp) -> None:
    run = sipp.call(line.agent.port, SCENARIOS / "uac_changes.xml")
    event = line.expect(Incoming)
    _answer(event)
    directions = [sdp.parse(line.expect(Reoffered, leg=event.leg).sdp).direction for _ in range(3)]
    assert directions == ["sendonly", "sendrecv", "sendonly"]  # held, resumed, held by UPDATE
    line.expect(HungUp, leg=event.leg)
    run.check()


def test_options_outside_of_a_call_is_answered(line: Line, sipp: Sipp) -> None:
    sipp.call(line.agent.port, SCENARIOS / "uac_options.xml").check()
    assert line.silent()


def test_twenty_calls_from_sipp_at_once(line: Line, sipp: Sipp) -> None:
    run = sipp.call(line.agent.port, SCENARIOS / "uac_hangs_up.xml", "-m", "20", "-l", "20", "-r", "100")
    for _ in range(40):
        event = line._events.get(timeout=20)
        if isinstance(event, Incoming):
            _answer(event)
        else:
            assert isinstance(event, HungUp)
    run.check()


@pytest.mark.parametrize("side", ["caller", "callee"])
def test_calls_survive_a_loss_of_every_twentieth_message_both_ways(line: Line, sipp: Sipp, side: str) -> None:
    loss = ("-m", "20", "-l", "20", "-r", "100", "-lost", "5")
    ended = 0
    if side == "caller":
        run = sipp.call(line.agent.port, SCENARIOS / "uac_hangs_up.xml", *loss)
        while ended < 20:
            event = line._events.get(timeout=40)
            if isinstance(event, Incoming):
                _answer(event)
            ended += isinstance(event, HungUp)
        run.check()
    else:
        run = sipp.listen(SCENARIOS / "uas_answers.xml", *loss)
        for _ in range(20):
            line.dial(run.port)
        while ended < 20:
            event = line._events.get(timeout=40)
            if isinstance(event, Answered):
                event.leg.hang_up()
            ended += isinstance(event, HungUp)


def test_sipp_takes_our_call_and_we_hang_up(line: Line, sipp: Sipp) -> None:
    run = sipp.listen(SCENARIOS / "uas_answers.xml")
    leg = line.dial(run.port, call_id="a1b2c3d4e5f60718293a4b5c6d7e8f90")
    line.expect(Ringing, leg=leg, status=180, sdp=None)
    answered = line.expect(Answered, leg=leg)
    assert sdp.choose(sdp.parse(answered.sdp)) == ("127.0.0.1", run.media_port, "PCMA", 101)
    leg.hang_up()
    line.expect(HungUp, leg=leg)
    run.check()
    assert "Call-ID: a1b2c3d4e5f60718293a4b5c6d7e8f90\n" in run.messages
    assert "From: <sip:95001@127.0.0.1>;tag=" in run.messages
    assert f"INVITE sip:{NUMBER}@127.0.0.1:{run.port} SIP/2.0\n" in run.messages


def test_a_host_name_is_looked_up_and_stays_in_the_request(line: Line, sipp: Sipp) -> None:
    run = sipp.listen(SCENARIOS / "uas_answers.xml")
    leg = line.dial(run.port, to_uri=f"sip:+8613800138000@localhost:{run.port}")
    line.expect(Ringing)
    line.expect(Answered)
    leg.hang_up()
    line.expect(HungUp)
    run.check()
    assert f"INVITE sip:+8613800138000@localhost:{run.port} SIP/2.0\n" in run.messages


def test_early_media_is_reported_with_its_description(line: Line, sipp: Sipp) -> None:
    run = sipp.listen(SCENARIOS / "uas_early_media.xml")
    leg = line.dial(run.port)
    ringing = line.expect(Ringing, status=183)
    assert ringing.sdp is not None
    assert sdp.parse(ringing.sdp).port == run.media_port
    line.expect(Answered)
    leg.hang_up()
    line.expect(HungUp)
    run.check()


@pytest.mark.parametrize(
    "words",
    ["486 Busy Here", "603 Decline", "404 Not Found", "503 Service Unavailable", "302 Moved Temporarily"],
)
def test_a_refusal_is_reported_and_acknowledged(line: Line, sipp: Sipp, tmp_path: Path, words: str) -> None:
    run = sipp.listen(_refusing(tmp_path, words))
    leg = line.dial(run.port)
    status, reason = words.split(" ", 1)
    line.expect(Failed, leg=leg, status=int(status), reason=reason, retry_after_s=20.0)
    run.check()
    assert line.silent()


def test_a_call_that_rings_out_is_cancelled(line: Line, sipp: Sipp) -> None:
    run = sipp.listen(SCENARIOS / "uas_rings_out.xml")
    leg = line.dial(run.port, ring_timeout_s=0.4)
    line.expect(Ringing, leg=leg, status=180)
    line.expect(Failed, leg=leg, status=487, reason="No answer in time")
    run.check()
    assert line.silent()


def test_a_call_that_we_cancel_ends_with_487(line: Line, sipp: Sipp) -> None:
    run = sipp.listen(SCENARIOS / "uas_rings_out.xml")
    leg = line.dial(run.port)
    line.expect(Ringing, leg=leg)
    leg.cancel()
    line.expect(Failed, leg=leg, status=487)
    run.check()


def test_an_answer_that_crosses_our_cancel_is_acknowledged_and_ended(line: Line, sipp: Sipp) -> None:
    run = sipp.listen(SCENARIOS / "uas_answers_too_late.xml")
    leg = line.dial(run.port)
    line.expect(Ringing, leg=leg)
    leg.cancel()
    line.expect(Failed, leg=leg, status=487)
    run.check()
    assert run.messages.index("\nACK sip:") < run.messages.index("\nBYE sip:")
    assert line.silent()


def test_digest_credentials_are_given_when_asked_for(line: Line, sipp: Sipp) -> None:
    run = sipp.listen(SCENARIOS / "uas_challenges.xml")
    leg = line.dial(run.port, account=Account("huifang", "s3cret"))
    line.expect(Answered, leg=leg)
    leg.hang_up()
    line.expect(HungUp)
    run.check()


def test_a_proxy_that_asks_gets_the_right_digest(line: Line, sipp: Sipp, tmp_path: Path) -> None:
    # SIPp verifies an Authorization header only, so here the sum is checked by us (RFC 2617, 3.2.2).
    text = (SCENARIOS / "uas_challenges.xml").read_text()
    text = text.replace("401 Unauthorized", "407 Proxy Authentication Required")
    text = text.replace("WWW-Authenticate", "Proxy-Authenticate").replace(' test="valid"', "")
    text = re.sub(r"<action>.*</action>", "", text, flags=re.DOTALL)
    scenario = tmp_path / "uas_challenges_as_proxy.xml"
    scenario.write_text(text)
    run = sipp.listen(scenario)
    leg = line.dial(run.port, account=Account("huifang", "s3cret"))
    line.expect(Answered, leg=leg)
    leg.hang_up()
    line.expect(HungUp)
    run.check()
    (header,) = set(re.findall(r"^Proxy-Authorization: Digest (.*)$", run.messages, re.MULTILINE))
    given = dict(re.findall(r'(\w+)="?([^",]*)"?', header))
    assert given["uri"] == f"sip:{NUMBER}@127.0.0.1:{run.port}"
    secret = _md5(f"huifang:trunk:{'s3cret'}")
    asked = _md5(f"INVITE:{given['uri']}")
    expected = _md5(f"{secret}:{given['nonce']}:{given['nc']}:{given['cnonce']}:auth:{asked}")
    assert given["response"] == expected


def test_wrong_credentials_end_in_the_refusal(line: Line, sipp: Sipp) -> None:
    run = sipp.listen(SCENARIOS / "uas_challenges.xml")
    leg = line.dial(run.port, account=Account("huifang", "guess"))
    line.expect(Failed, leg=leg, status=403)
    run.check()


def test_no_credentials_end_in_the_challenge(line: Line, sipp: Sipp, tmp_path: Path) -> None:
    run = sipp.listen(_refusing(tmp_path, "401 Unauthorized"))
    line.expect(Failed, leg=line.dial(run.port), status=401)
    run.check()


def test_a_callee_who_hangs_up_in_the_middle_is_reported_once(line: Line, sipp: Sipp) -> None:
    run = sipp.listen(SCENARIOS / "uas_hangs_up.xml")
    leg = line.dial(run.port)
    line.expect(Answered, leg=leg)
    hung_up = line.expect(HungUp, leg=leg)
    assert "Normal call clearing" in hung_up.reason
    run.check()
    assert line.silent()
