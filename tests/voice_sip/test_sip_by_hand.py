"""An agent against a peer that writes its datagrams by hand."""

from __future__ import annotations

import socket

import pytest

from huifang.errors import Conflict
from huifang.voice.rtp import sdp
from huifang.voice.sip.leg import SipAddressUnusable
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
from huifang.voice.sip.session_timer import SessionTimer
from voice_sip.line import LOCAL, NUMBER, OFFER, Line


class Peer:
    """A UDP socket whose owner writes SIP by hand."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOCAL, 0))
        self.socket.settimeout(8)
        self.port = self.socket.getsockname()[1]
        self.other: tuple[str, int] = (LOCAL, 0)

    def send(self, text: str) -> None:
        self.socket.sendto(text.replace("\n", "\r\n").encode(), self.other)

    def receive(self) -> str:
        data, self.other = self.socket.recvfrom(65535)
        return data.decode().replace("\r\n", "\n")

    def expect(self, start: str) -> str:
        """The next message that starts like this; 100s and repetitions in between are passed over."""
        while not (text := self.receive()).startswith(start):
            pass
        return text

    def reply(self, request: str, status: str, body: str = "", extra: str = "") -> None:
        self.send(self.response(request, status, body, extra))

    def response(self, request: str, status: str, body: str = "", extra: str = "") -> str:
        kept = [
            line for line in request.split("\n") if line.startswith(("Via:", "From:", "Call-ID:", "CSeq:"))
        ]
        to = next(line for line in request.split("\n") if line.startswith("To:"))
        kept.append(to if "tag=" in to else to + ";tag=peer")
        kept.append(f"Contact: <sip:peer@{LOCAL}:{self.port};transport=UDP>")
        body = body.replace("\r\n", "\n")
        length = len(body.replace("\n", "\r\n"))
        if body:
            kept.append("Content-Type: application/sdp")
        return "\n".join([f"SIP/2.0 {status}", *kept]) + f"\n{extra}Content-Length: {length}\n\n{body}"

    def invite(self, branch: str = "one", *, call_id: str = "by-hand", cseq: int = 1, extra: str = "") -> str:
        body = sdp.offer(LOCAL, 40010)
        return (
            f"INVITE sip:4001@{LOCAL} SIP/2.0\nVia: SIP/2.0/UDP {LOCAL}:{self.port};branch=z9hG4bK{branch}\n"
            f"From: <sip:{NUMBER}@{LOCAL}>;tag=mine\nTo: <sip:4001@{LOCAL}>\nCall-ID: {call_id}\n"
            f"CSeq: {cseq} INVITE\nContact: <sip:peer@{LOCAL}:{self.port};transport=UDP>\n{extra}"
            f"Content-Type: application/sdp\nContent-Length: {len(body)}\n\n" + body.replace("\r\n", "\n")
        )


@pytest.fixture
def peer() -> Peer:
    return Peer()


def test_an_invite_that_is_lost_is_sent_again(line: Line, peer: Peer) -> None:
    leg = line.dial(peer.port)
    lost = peer.expect("INVITE")
    again = peer.expect("INVITE")
    assert again == lost
    peer.reply(again, "200 OK", sdp.answer(sdp.parse(OFFER), LOCAL, 40010))
    line.expect(Answered, leg=leg)


def test_a_bye_that_is_lost_is_sent_again(line: Line, peer: Peer) -> None:
    leg = line.dial(peer.port)
    peer.reply(peer.expect("INVITE"), "200 OK", sdp.answer(sdp.parse(OFFER), LOCAL, 40010))
    line.expect(Answered, leg=leg)
    leg.hang_up()
    lost = peer.expect("BYE")
    assert peer.expect("BYE") == lost
    peer.reply(lost, "200 OK")
    line.expect(HungUp, leg=leg)


def test_no_reply_at_all_fails_with_408(line: Line, peer: Peer) -> None:
    leg = line.dial(peer.port, ring_timeout_s=0.2)
    peer.expect("INVITE")
    line.expect(Failed, leg=leg, status=408, is_silence=True)


def test_a_host_that_does_not_exist_fails_the_call(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)  # a real name server may take long to say so
    leg = line.dial(5060, to_uri=f"sip:{NUMBER}@no-such-host.invalid")
    failed = line.expect(Failed, leg=leg, status=502)
    assert "no-such-host.invalid" in failed.reason


@pytest.mark.parametrize("uri", ["", "sip:", "sip:@host", "mailto:a@b", f"sip:{NUMBER}@host:port", NUMBER])
def test_an_address_that_is_none_is_refused_without_the_number(line: Line, uri: str) -> None:
    with pytest.raises(SipAddressUnusable) as refused:
        line.dial(5060, to_uri=uri)
    assert NUMBER not in str(refused.value)


def test_a_live_call_is_never_dialled_twice(line: Line, peer: Peer) -> None:
    leg = line.dial(peer.port, call_id="one")
    with pytest.raises(Conflict, match="one"):
        line.dial(peer.port, call_id="one")
    peer.reply(peer.expect("INVITE"), "486 Busy Here")
    line.expect(Failed, leg=leg, status=486)
    line.dial(peer.port, call_id="one")


def test_a_late_challenge_after_our_cancel_does_not_dial_again(line: Line, peer: Peer) -> None:
    leg = line.dial(peer.port, account=Account("huifang", "s3cret"))
    invite = peer.expect("INVITE")
    peer.reply(invite, "180 Ringing")
    line.expect(Ringing)
    leg.cancel()
    cancel = peer.expect("CANCEL")
    challenge = 'WWW-Authenticate: Digest realm="trunk", nonce="1", algorithm=MD5\n'
    peer.reply(invite, "401 Unauthorized", extra=challenge)
    peer.expect("ACK")
    peer.reply(cancel, "200 OK")
    line.expect(Failed, leg=leg, status=487)
    peer.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        peer.expect("INVITE")


def test_a_challenge_that_cannot_be_answered_fails_the_call(line: Line, peer: Peer) -> None:
    leg = line.dial(peer.port, account=Account("huifang", "s3cret"))
    peer.reply(peer.expect("INVITE"), "401 Unauthorized", extra='WWW-Authenticate: Digest realm="trunk"\n')
    line.expect(Failed, leg=leg, status=401)
    assert line.agent.stats()["faults"] == 0


def test_a_cancel_that_nobody_answers_is_reported_all_the_same(
    line: Line, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huifang.voice.sip.leg.CANCEL_PATIENCE_S", 0.2)
    leg = line.dial(peer.port)
    peer.reply(peer.expect("INVITE"), "180 Ringing")
    line.expect(Ringing)
    leg.cancel()
    peer.expect("CANCEL")
    line.expect(Failed, leg=leg, status=487)


def test_a_silent_peer_gets_no_further_invite_after_we_gave_up(line: Line, peer: Peer) -> None:
    line.dial(peer.port, ring_timeout_s=0.1)
    invite = peer.expect("INVITE")
    line.expect(Failed, status=408)
    peer.socket.settimeout(1.2)
    with pytest.raises(TimeoutError):
        peer.receive()  # T1 would repeat after 0.5 s
    peer.reply(invite, "180 Ringing")  # it comes to life: only now may the CANCEL follow
    peer.expect("CANCEL")


def test_a_refusal_with_a_contact_is_acknowledged_where_the_invite_went(line: Line, peer: Peer) -> None:
    line.dial(peer.port)
    invite = peer.expect("INVITE")
    elsewhere = peer.response(invite, "302 Moved Temporarily").replace(
        f":{peer.port};transport", ":9;transport"
    )
    peer.send(elsewhere)
    ack = peer.expect("ACK")
    assert ack.split(" ")[1] == invite.split(" ")[1]
    line.expect(Failed, status=302)


def test_a_repeated_200_is_acknowledged_again(line: Line, peer: Peer) -> None:
    line.dial(peer.port)
    answer = peer.response(peer.expect("INVITE"), "200 OK", sdp.answer(sdp.parse(OFFER), LOCAL, 40010))
    for _ in range(3):
        peer.send(answer)
        assert f"sip:peer@{LOCAL}:{peer.port}" in peer.expect("ACK")
    line.expect(Answered)
    assert line.silent()


def test_a_100_and_a_180_behind_the_200_change_nothing(line: Line, peer: Peer) -> None:
    leg = line.dial(peer.port)
    invite = peer.expect("INVITE")
    peer.reply(invite, "200 OK", sdp.answer(sdp.parse(OFFER), LOCAL, 40010))
    peer.reply(invite, "100 Trying")
    peer.reply(invite, "180 Ringing")
    peer.expect("ACK")
    line.expect(Answered, leg=leg)
    leg.hang_up()
    peer.reply(peer.expect("BYE"), "200 OK")
    line.expect(HungUp, leg=leg)
    assert line.silent()


def test_a_change_of_the_peer_that_meets_ours_is_refused(
    line: Line, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SessionTimer, "refresh_after_s", property(lambda timer: 0.1))
    leg = line.dial(peer.port)
    invite = peer.expect("INVITE")
    timer = "Session-Expires: 90;refresher=uac\n"
    peer.reply(invite, "200 OK", sdp.answer(sdp.parse(OFFER), LOCAL, 40010), extra=timer)
    peer.expect("ACK")
    ours = peer.expect("INVITE")  # the refresh; it stays without an answer for now
    headers = {line.split(":")[0]: line for line in ours.split("\n") if ": " in line}
    theirs = (
        f"INVITE sip:95001@{LOCAL}:{line.agent.port} SIP/2.0\n"
        f"Via: SIP/2.0/UDP {LOCAL}:{peer.port};branch=z9hG4bKglare\n"
        f"From{headers['To'][2:]}\nTo{headers['From'][4:]}\n{headers['Call-ID']}\nCSeq: 7 INVITE\n"
        f"Contact: <sip:peer@{LOCAL}:{peer.port}>\nContent-Length: 0\n\n"
    )
    peer.send(theirs)
    peer.expect("SIP/2.0 491")
    peer.send(theirs.replace("INVITE", "ACK"))
    peer.reply(ours, "200 OK", sdp.answer(sdp.parse(OFFER), LOCAL, 40010))
    line.expect(Answered, leg=leg)
    line.expect(Reoffered, leg=leg)


def test_a_repeated_invite_is_never_a_second_call(line: Line, peer: Peer) -> None:
    peer.other = (LOCAL, line.agent.port)
    peer.send(peer.invite())
    peer.send(peer.invite())
    incoming = line.expect(Incoming)
    peer.send(peer.invite(extra="Subject: not the same bytes\n"))
    peer.send(peer.invite("two", extra="Subject: by another path\n"))
    peer.expect("SIP/2.0 482")
    incoming.leg.answer(sdp.answer(sdp.parse(OFFER), LOCAL, 40020))
    peer.expect("SIP/2.0 200")
    peer.send(peer.invite())
    peer.expect("SIP/2.0 200")
    peer.send(peer.invite("three", extra="Subject: after the answer\n"))
    peer.expect("SIP/2.0 482")
    assert line.silent()
    assert line.agent.stats()["incoming"] == 1


def test_an_extension_that_we_must_know_is_refused(line: Line, peer: Peer) -> None:
    peer.other = (LOCAL, line.agent.port)
    peer.send(peer.invite(extra="Require: 100rel\n"))
    assert "\nUnsupported: 100rel\n" in peer.expect("SIP/2.0 420")
    assert line.silent()


def test_requests_that_belong_to_no_call_are_answered(line: Line, peer: Peer) -> None:
    peer.other = (LOCAL, line.agent.port)
    invite = peer.invite().partition("Content-Type")[0]
    peer.send(invite.replace("INVITE", "BYE").replace("4001@127.0.0.1>\n", "4001@127.0.0.1>;tag=x\n") + "\n")
    peer.expect("SIP/2.0 481")
    peer.send(invite.replace("INVITE", "REGISTER") + "\n")
    assert "\nAllow: INVITE" in peer.expect("SIP/2.0 405")


def test_the_487_carries_the_tag_of_our_180(line: Line, peer: Peer) -> None:
    peer.other = (LOCAL, line.agent.port)
    peer.send(peer.invite())
    line.expect(Incoming).leg.ring()
    ringing = peer.expect("SIP/2.0 180")
    peer.send(peer.invite().partition("Contact")[0].replace("INVITE", "CANCEL") + "\n")
    ended = peer.expect("SIP/2.0 487")
    tag = next(part for part in ringing.split("\n") if part.startswith("To:"))
    assert tag in ended
    line.expect(Cancelled)


def test_an_answer_that_is_never_acknowledged_is_repeated(line: Line, peer: Peer) -> None:
    peer.other = (LOCAL, line.agent.port)
    peer.send(peer.invite())
    incoming = line.expect(Incoming)
    incoming.leg.answer(sdp.answer(sdp.parse(incoming.sdp), LOCAL, 40020))
    first = peer.expect("SIP/2.0 200")
    assert peer.expect("SIP/2.0 200") == first
