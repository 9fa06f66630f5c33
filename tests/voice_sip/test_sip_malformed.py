"""What is not SIP is counted and dropped; the line goes on."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huifang.voice.sip.agent import SippyAgent
from huifang.voice.sip.datagram import Malformed, readable
from huifang.voice.sip.loop import LOOP
from huifang.voice.sip.port import Failed, Incoming
from voice_sip.conftest import OpenLine
from voice_sip.line import LOCAL, NUMBER, OFFER, Line
from voice_sip.torture import FORGIVEN, INVALID, ODD, VALID

INVITE = (
    f"INVITE sip:4001@{LOCAL};transport=UDP SIP/2.0\r\nVia: SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bK1;rport\r\n"
    f'From: "小陈" <sip:{NUMBER}@{LOCAL}>;tag=t\r\nTo: <sip:4001@{LOCAL}>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n'
    f"Contact: <sip:x@{LOCAL}:9;Transport=Udp>\r\nRecord-Route: <sip:{LOCAL}:9;lr>\r\nMax-Forwards: 70\r\n"
    f"Content-Type: application/sdp\r\nContent-Length: {len(OFFER)}\r\n\r\n{OFFER}"
).encode()
OK = (
    f"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bK1\r\nFrom: <sip:a@{LOCAL}>;tag=a\r\n"
    f"To: <sip:b@{LOCAL}>;tag=b\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
).encode()

TORTURE = [m for m, _ in [*VALID.values(), *ODD.values(), *FORGIVEN.values(), *INVALID.values()]]

BROKEN = {
    "short": b"hello",
    "noise": bytes(range(256)) * 4,
    "zeros": bytes(200),
    "a NUL in a header": INVITE.replace(b"tag=t", b"tag=\0"),
    "no end of headers": INVITE[:200],
    "a truncated body": INVITE[:-40],
    "huge": INVITE + b"a" * 30_000,
    "web": b"GET / HTTP/1.1\r\nHost: " + b"x" * 40 + b"\r\n\r\n",
    "no Via": INVITE.replace(b"Via:", b"X-Via:"),
    "no Contact": INVITE.replace(b"Contact:", b"X-Contact:"),
    "no Call-ID": INVITE.replace(b"Call-ID:", b"X-Call-ID:"),
    "an empty Call-ID": INVITE.replace(b"Call-ID: c", b"Call-ID:"),
    "two senders": INVITE.replace(b"To:", b"From: <sip:b@b>;tag=2\r\nTo:"),
    "two Call-IDs": INVITE.replace(b"To:", b"i: d\r\nTo:"),
    "CSeq of another method": INVITE.replace(b"1 INVITE", b"1 BYE"),
    "CSeq that is no number": INVITE.replace(b"1 INVITE", b"one INVITE"),
    "a Contact without host": INVITE.replace(f"<sip:x@{LOCAL}:9;Transport=Udp>".encode(), b"<sip:>"),
    "a Via port that is none": INVITE.replace(b":9;branch=z9hG4bK1;rport", b":99999;branch=z9hG4bK1"),
    "a foreign scheme": INVITE.replace(b"sip:4001@", b"http:4001@"),
    "a colon line that is none": INVITE.replace(b"Max-Forwards: 70", b"Max-Forwards 70"),
    "a status that is none": OK.replace(b"200", b"999"),
    "an answer without CSeq": OK.replace(b"CSeq:", b"X-CSeq:"),
}


def _wait(line: Line, name: str, value: int) -> None:
    end = time.monotonic() + 8
    while line.agent.stats()[name] < value and time.monotonic() < end:
        time.sleep(0.005)
    assert line.agent.stats()[name] == value


@pytest.mark.parametrize("name", BROKEN)
def test_a_malformed_datagram_is_counted_and_the_next_call_works(open_line: OpenLine, name: str) -> None:
    line = open_line(
        lambda event: event.leg.reject(486, "Busy Here") if isinstance(event, Incoming) else None
    )
    caller = open_line()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        noise.sendto(BROKEN[name], (LOCAL, line.agent.port))
        noise.sendto(BROKEN[name], (LOCAL, line.agent.port))
    _wait(line, "malformed", 2)
    assert line.agent.stats()["faults"] == line.agent.stats()["incoming"] == 0
    caller.dial(line.agent.port)
    caller.expect(Failed, status=486)


def test_a_sound_invite_with_chinese_names_is_a_call(line: Line) -> None:
    body = OFFER.replace("s=-", "s=回访").encode()
    head = INVITE.partition(b"Content-Length")[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.sendto(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body, (LOCAL, line.agent.port))
    incoming = line.expect(Incoming, caller=NUMBER, called="4001")
    assert "小陈" in incoming.headers["from"]
    assert incoming.sdp is not None
    assert incoming.sdp.endswith("a=sendrecv\r\n")


@pytest.mark.parametrize(
    ("raw", "name"), [("小陈".encode("gb18030"), "小陈"), (b"Fran\xe7 \xff", "Fran\ufffd \ufffd")]
)
def test_a_name_that_is_not_utf_8_does_not_cost_the_call(line: Line, raw: bytes, name: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.sendto(INVITE.replace("小陈".encode(), raw), (LOCAL, line.agent.port))
    assert name in line.expect(Incoming, caller=NUMBER).headers["from"]


def test_a_tel_address_is_understood(line: Line) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.sendto(
            INVITE.replace(f"<sip:{NUMBER}@{LOCAL}>".encode(), f"<tel:+86{NUMBER}>".encode()),
            (LOCAL, line.agent.port),
        )
    line.expect(Incoming, caller=f"+86{NUMBER}")


def test_keep_alives_are_no_faults(line: Line) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nat:
        for filler in (b"\r\n\r\n", b"\0\0\0\0", b""):
            nat.sendto(filler, (LOCAL, line.agent.port))
        nat.sendto(b"broken" * 10, (LOCAL, line.agent.port))
    _wait(line, "malformed", 1)
    assert line.agent.stats()["received"] == 1


def test_transports_are_normalised_wherever_they_stand() -> None:
    text = readable(INVITE)
    assert text.count(";transport=udp") == 2
    assert "SIP/2.0/UDP" in text


@given(st.binary(max_size=600) | st.binary(max_size=300).map(lambda tail: INVITE[:150] + tail))
def test_any_bytes_are_readable_or_refused(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        head, _, body = readable(data).partition("\r\n\r\n")
        assert "\0" not in head
        if b"\n\n" not in data:
            assert len(body) == len(data.partition(b"\r\n\r\n")[2])  # a character per byte


@pytest.fixture(scope="module")
def mute() -> Iterator[SippyAgent]:
    """An agent whose replies go nowhere."""
    agent = SippyAgent(LOCAL, 0, lambda event: None)
    agent.start()
    assert agent._wire is not None
    agent._wire._send = lambda raw, address: None  # type: ignore[method-assign]
    yield agent
    agent.stop()


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [INVITE, OK, INVITE.replace(b"INVITE", b"OPTIONS"), INVITE.replace(b"INVITE", b"BYE"), *TORTURE]
    ),
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 12), st.binary(max_size=12)), max_size=4),
)
def test_mutations_of_a_sound_message_never_break_the_state_machines(
    mute: SippyAgent, message: bytes, cuts: list[tuple[int, int, bytes]]
) -> None:
    for start, length, inserted in cuts:
        message = message[:start] + inserted + message[start + length :]
    assert mute._transactions is not None
    LOOP.run(mute._transactions.receive, message, (LOCAL, 9))
    assert mute.stats()["faults"] == 0
