"""What happens inside a call: new descriptions, session timers, glare, REFER, redirects; SIPp is the peer."""

from __future__ import annotations

import queue
from pathlib import Path

import pytest

from huifang.voice.rtp import sdp
from huifang.voice.sip.port import (
    Account,
    Answered,
    Failed,
    HungUp,
    Incoming,
    ReferDone,
    ReferProgress,
    RegistrationState,
    Reoffered,
)
from huifang.voice.sip.session_timer import SessionTimer
from voice_sip.line import NUMBER, Line
from voice_sip.play import agree, ask, call, called, calling, heads, refuse, say, take
from voice_sip.sipp import Sipp

pytestmark = pytest.mark.sipp

CHALLENGE = 'Digest realm="trunk", nonce="47ebe028cda119c35d48", algorithm=MD5, qop="auth"'


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session timer of 90 s runs as if it were one of 0.9 s, and nobody waits long after a glare."""
    monkeypatch.setattr(SessionTimer, "refresh_after_s", property(lambda timer: timer.interval_s / 200))
    monkeypatch.setattr(SessionTimer, "end_after_s", property(lambda timer: timer.interval_s / 100))
    monkeypatch.setattr("huifang.voice.sip.dialog._GLARE_S", {True: (0.1, 0.2), False: (0.0, 0.1)})


def answer(event: Incoming) -> None:
    assert event.sdp is not None
    event.leg.answer(sdp.answer(sdp.parse(event.sdp), "127.0.0.1", 40000))


# ---- the peer changes its description


def test_a_peer_that_holds_and_resumes_is_followed(line: Line, sipp: Sipp, tmp_path: Path) -> None:
    scenario = called(
        tmp_path,
        take("INVITE"), say("200 OK", audio=True), take("ACK"),
        ask("INVITE", 2, audio=True, direction="sendonly"), take("200", holds="a=recvonly"), ask("ACK", 2),
        ask("INVITE", 3, audio=True, version=3), take("200", holds="a=sendrecv"), ask("ACK", 3),
        take("BYE"), agree(),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(run.port)
    line.expect(Answered, leg=leg)
    assert sdp.parse(line.expect(Reoffered, leg=leg).sdp).direction == "sendonly"
    assert sdp.parse(line.expect(Reoffered, leg=leg).sdp).direction == "sendrecv"
    leg.hang_up()
    line.expect(HungUp)
    run.check()


def test_a_peer_that_changes_the_codec_is_followed(line: Line, sipp: Sipp, tmp_path: Path) -> None:
    scenario = called(
        tmp_path,
        take("INVITE"), say("200 OK", audio=True, formats="8 101"), take("ACK"),
        ask("INVITE", 2, audio=True, formats="0 101"), take("200", holds="m=audio [0-9]+ RTP/AVP 0 101"),
        ask("ACK", 2), take("BYE"), agree(),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(run.port)
    assert sdp.choose(sdp.parse(line.expect(Answered).sdp)).codec == "PCMA"
    assert sdp.choose(sdp.parse(line.expect(Reoffered).sdp)).codec == "PCMU"
    leg.hang_up()
    line.expect(HungUp)
    run.check()


def test_a_peer_that_asks_for_our_offer_in_the_call_gets_all_we_can(
    line: Line, sipp: Sipp, tmp_path: Path
) -> None:
    scenario = calling(
        tmp_path,
        call("INVITE", 1, audio=True, inside=False), take("100", optional=True), take("200"), call("ACK", 1),
        call("INVITE", 2), take("200", holds="RTP/AVP 8 0 101"),
        call("ACK", 2, audio=True, formats="0 101", version=2),
        call("BYE", 3), take("200"),
    )  # fmt: skip
    run = sipp.call(line.agent.port, scenario)
    event = line.expect(Incoming)
    answer(event)
    assert sdp.choose(sdp.parse(line.expect(Reoffered).sdp)).codec == "PCMU"
    line.expect(HungUp, leg=event.leg)
    run.check()


# ---- session timers (RFC 4028)


def test_we_refresh_when_the_called_side_leaves_it_to_us(
    line: Line, sipp: Sipp, tmp_path: Path, hasty: None
) -> None:
    timer = "Session-Expires: 90;refresher=uac"
    scenario = called(
        tmp_path,
        take("INVITE"), say("200 OK", timer, "Require: timer", "Allow: INVITE, ACK, BYE, UPDATE", audio=True),
        take("ACK"),
        take("UPDATE", holds="ession-expires: 90;refresher=uac"), agree(timer),
        take("UPDATE"), agree(timer),
        ask("BYE", 2), take("200"),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(run.port)
    line.expect(Answered, leg=leg)
    line.expect(HungUp, leg=leg)
    run.check()


def test_we_refresh_by_a_new_invite_where_the_peer_knows_no_update(
    line: Line, sipp: Sipp, tmp_path: Path, hasty: None
) -> None:
    timer = "Session-Expires: 90;refresher=uac"
    scenario = called(
        tmp_path,
        take("INVITE"), say("200 OK", timer, "Allow: INVITE, ACK, BYE", audio=True), take("ACK"),
        take("INVITE"), agree(timer, audio=True), take("ACK"),
        ask("BYE", 2), take("200"),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(run.port)
    line.expect(Answered, leg=leg)
    line.expect(Reoffered, leg=leg)
    line.expect(HungUp, leg=leg)
    run.check()
    first, second = heads(run, "INVITE")[:2]
    assert second.count("o=- 40000 1 IN IP4") == 1  # the same description: nothing has changed
    assert first.split("Call-ID:")[1].split("\n")[0] == second.split("Call-ID:")[1].split("\n")[0]


def test_a_peer_that_does_not_refresh_any_more_is_hung_up_on(
    line: Line, sipp: Sipp, tmp_path: Path, hasty: None
) -> None:
    scenario = called(
        tmp_path,
        take("INVITE"), say("200 OK", "Session-Expires: 90;refresher=uas", audio=True), take("ACK"),
        ask("UPDATE", 2, "Session-Expires: 90;refresher=uac", "Supported: timer"),
        take("200", holds="ession-expires: 90;refresher=uac"),
        take("BYE"), agree(),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(run.port)
    line.expect(Answered, leg=leg)
    line.expect(HungUp, leg=leg)
    run.check()


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        (("Session-Expires: 1800", "Supported: timer"), "ession-expires: 1800;refresher=uac"),
        (("Session-Expires: 1800;refresher=uas", "Supported: timer", "Require: timer"), "1800;refresher=uas"),
        (("x: 1800",), "1800;refresher=uas"),  # a proxy's wish for a caller that knows nothing of it
    ],
)
def test_a_caller_gets_the_session_timer_that_it_asks_for(
    line: Line, sipp: Sipp, tmp_path: Path, asked: tuple[str, ...], promised: str
) -> None:
    scenario = calling(
        tmp_path,
        call("INVITE", 1, *asked, audio=True, inside=False), take("100", optional=True),
        take("200", holds=promised), call("ACK", 1), call("BYE", 2), take("200"),
    )  # fmt: skip
    run = sipp.call(line.agent.port, scenario)
    answer(line.expect(Incoming))
    line.expect(HungUp)
    run.check()


def test_a_session_timer_that_is_too_short_is_refused_with_the_least(
    line: Line, sipp: Sipp, tmp_path: Path
) -> None:
    scenario = calling(
        tmp_path,
        call("INVITE", 1, "Session-Expires: 30", "Supported: timer", audio=True, inside=False),
        take("100", optional=True), take("422", holds="in-se: 90"), call("ACK", 1),
    )  # fmt: skip
    sipp.call(line.agent.port, scenario).check()
    assert line.silent()


def test_a_refresh_that_meets_the_peers_own_change_is_tried_again(
    line: Line, sipp: Sipp, tmp_path: Path, hasty: None
) -> None:
    timer = "Session-Expires: 90;refresher=uac"
    scenario = called(
        tmp_path,
        take("INVITE"), say("200 OK", timer, "Allow: INVITE, ACK, BYE", audio=True), take("ACK"),
        take("INVITE"), refuse("491 Request Pending"), take("ACK"),
        take("INVITE"), agree(timer, audio=True), take("ACK"),
        ask("BYE", 2), take("200"),
    )  # fmt: skip
    run = sipp.listen(scenario)
    line.expect(Answered, leg=(leg := line.dial(run.port)))
    line.expect(Reoffered, leg=leg)
    line.expect(HungUp, leg=leg)
    run.check()


# ---- REFER (RFC 3515)

AGENT = "sip:agent@127.0.0.1:5999"
NOTICE = "Event: refer\nSubscription-State: {state}\nContent-Type: message/sipfrag;version=2.0\n" \
         "Content-Length: [len]\n\nSIP/2.0 {status}"  # fmt: skip


def notify(cseq: int, status: str, state: str = "active;expires=60", *, routed: bool = False) -> str:
    return ask("NOTIFY", cseq, body=NOTICE.format(state=state, status=status), routed=routed)


def test_a_call_is_referred_and_its_progress_told(line: Line, sipp: Sipp, tmp_path: Path) -> None:
    scenario = called(
        tmp_path,
        take("INVITE"), say("200 OK", audio=True), take("ACK"),
        take("REFER", holds="efer-to: &lt;sip:agent@127.0.0.1:5999&gt;"),
        agree().replace("200 OK", "202 Accepted"),
        notify(2, "100 Trying"), take("200"), notify(3, "180 Ringing"), take("200"),
        notify(4, "200 OK", "terminated;reason=noresource"), take("200"),
        take("BYE"), agree(),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(run.port)
    line.expect(Answered, leg=leg)
    leg.refer(AGENT, patience_s=8)
    assert [line.expect(ReferProgress, leg=leg).status for _ in range(3)] == [202, 100, 180]
    line.expect(ReferDone, leg=leg, status=200)
    leg.hang_up()
    line.expect(HungUp)
    run.check()
    assert line.silent()


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([refuse("603 Decline")], 603),
        ([agree(), notify(2, "486 Busy Here", "terminated;reason=noresource"), take("200")], 486),
        ([agree(), notify(2, "100 Trying", "terminated;reason=giveup"), take("200")], 408),
        ([agree()], 408),  # and never a NOTIFY
    ],
)
def test_a_referral_that_comes_to_nothing_says_why_and_leaves_the_call_standing(
    line: Line, sipp: Sipp, tmp_path: Path, steps: list[str], status: int
) -> None:
    scenario = called(
        tmp_path, take("INVITE"), say("200 OK", audio=True), take("ACK"), take("REFER"), *steps,
        take("BYE"), agree(),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(run.port)
    line.expect(Answered, leg=leg)
    leg.refer(AGENT, patience_s=1.0)
    while isinstance(event := line.expect(object), ReferProgress):
        pass
    assert (type(event), event.status) == (ReferDone, status)
    leg.hang_up()
    line.expect(HungUp)
    run.check()


def test_a_notify_that_nobody_asked_for_is_refused(line: Line, sipp: Sipp, tmp_path: Path) -> None:
    scenario = called(
        tmp_path, take("INVITE"), say("200 OK", audio=True), take("ACK"), notify(2, "200 OK"), take("481"),
        ask("BYE", 3), take("200"),
    )  # fmt: skip
    run = sipp.listen(scenario)
    line.dial(run.port)
    line.expect(Answered)
    line.expect(HungUp)
    run.check()


# ---- challenges inside the call


@pytest.mark.parametrize("status", ["401 Unauthorized", "407 Proxy Authentication Required"])
def test_a_bye_that_is_challenged_is_sent_again_with_credentials(
    line: Line, sipp: Sipp, tmp_path: Path, status: str
) -> None:
    name = "WWW-Authenticate" if status.startswith("401") else "Proxy-Authenticate"
    scenario = called(
        tmp_path, take("INVITE"), say("200 OK", audio=True), take("ACK"),
        take("BYE"), refuse(status, f"{name}: {CHALLENGE}"),
        take("BYE", holds='uthorization: Digest username=.huifang.'), agree(),
    )  # fmt: skip
    run = sipp.listen(scenario)
    leg = line.dial(run.port, account=Account("huifang", "s3cret"))
    line.expect(Answered, leg=leg)
    leg.hang_up()
    line.expect(HungUp)
    run.check()


# ---- registering


def test_a_registrar_that_wants_longer_gets_it(line: Line, sipp: Sipp, tmp_path: Path) -> None:
    scenario = called(
        tmp_path,
        take("REGISTER", holds="Expires: 60"), say("423 Interval Too Brief", "Min-Expires: 300", repeat=False),
        take("REGISTER", holds="Expires: 300"), say("200 OK", "Expires: 240", repeat=False),
    )  # fmt: skip
    run = sipp.listen(scenario)
    states: queue.Queue[RegistrationState] = queue.Queue()
    line.agent.register(
        registrar=f"127.0.0.1:{run.port}",
        account=Account("huifang", "s3cret"),
        expires_s=60,
        on_change=states.put,
    )
    assert states.get(timeout=10) == RegistrationState(True, 200, 240)
    run.check()


# ---- redirects


def moved(*places: str) -> list[str]:
    step = say("302 Moved Temporarily", *[f"Contact: {place}" for place in places])
    return [take("INVITE"), step.replace("Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>\n", ""),
            take("ACK")]  # fmt: skip


def test_a_redirect_to_another_place_is_followed(line: Line, sipp: Sipp, tmp_path: Path) -> None:
    there = sipp.listen(
        called(tmp_path, take("INVITE"), say("200 OK", audio=True), take("ACK"), take("BYE"), agree())
    )
    here = sipp.listen(
        called(
            tmp_path,
            *moved(
                "<sip:13900000000@127.0.0.1:9>;q=1.0",  # another number: never
                f"<sip:{NUMBER}@127.0.0.1:{there.port}>;q=0.5",
            ),
        )
    )
    leg = line.dial(here.port)
    line.expect(Answered, leg=leg)
    leg.hang_up()
    line.expect(HungUp, leg=leg)
    here.check()
    there.check()
    assert f"INVITE sip:{NUMBER}@127.0.0.1:{there.port} SIP/2.0" in there.messages
    assert f"Call-ID: {leg.call_id}" in there.messages


def test_a_redirect_to_another_number_or_back_is_not_followed(line: Line, sipp: Sipp, tmp_path: Path) -> None:
    run = sipp.listen(called(tmp_path, *moved("<sip:13900000000@127.0.0.1:9>")))
    leg = line.dial(run.port)
    line.expect(Failed, leg=leg, status=302)
    run.check()
    round_trip = sipp.listen(called(tmp_path, *moved(f"<sip:{NUMBER}@[local_ip]:[local_port]>")))
    line.expect(Failed, leg=line.dial(round_trip.port), status=302)
    round_trip.check()
    assert line.silent()
