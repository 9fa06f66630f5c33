"""What cannot be worked on is answered where RFC 3261 asks for it, never more often than it is asked."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.sip.bodies import sdp_among
from huifang.voice.sip.datagram import readable
from huifang.voice.sip.port import Incoming
from huifang.voice.sip.refusing import Allowance, answer
from voice_sip.line import LOCAL, OFFER, PATIENCE_S, Line
from voice_sip.torture import FORGIVEN, INVALID, ODD, VALID, request, write

SOURCE = ("192.0.2.7", 40001)
EVERYTHING = [message for cases in (VALID, ODD, FORGIVEN, INVALID) for message, _ in cases.values()]
MIXED = (
    "--cut\r\nContent-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n"
    f"\x01\x02\r\n--cut\r\nContent-Type:\r\n application/SDP\r\n\r\n{OFFER}\r\n--cut--\r\nand no more"
).encode()


def refused(**changes: str | None) -> tuple[dict[str, str], tuple[str, int]]:
    """The headers of our answer to a sound INVITE with ``changes``, the status among them, and where it goes."""
    found = answer(request(f"INVITE sip:4001@{LOCAL} SIP/2.0", **changes), "it is broken", SOURCE)
    assert found is not None
    head, end, body = found[0].decode().partition("\r\n\r\n")
    assert (end, body) == ("\r\n\r\n", "")
    start, *lines = head.split("\r\n")
    return {"status": start, **dict(line.split(": ", 1) for line in lines)}, found[1]


def test_an_answer_says_what_is_wrong_and_repeats_what_names_the_request() -> None:
    headers, _ = refused()
    assert headers["status"] == "SIP/2.0 400 Bad Request: it is broken"
    assert headers["From"] == f"<sip:13800138000@{LOCAL}>;tag=torture"
    assert headers["Call-ID"] == f"torture@{LOCAL}"
    assert headers["CSeq"] == "7 INVITE"
    assert headers["Content-Length"] == "0"
    assert re.fullmatch(rf"<sip:4001@{LOCAL}>;tag=\w+", headers["To"])
    assert headers["To"] == refused()[0]["To"], "a repeated request is given the same tag"
    assert refused(To="<sip:a@b>;tag=theirs")[0]["To"] == "<sip:a@b>;tag=theirs"


@pytest.mark.parametrize(
    ("via", "marked", "port"),
    [
        ("SIP/2.0/UDP 10.0.0.1:5070;branch=b", "SIP/2.0/UDP 10.0.0.1:5070;branch=b;received=192.0.2.7", 5070),
        ("SIP/2.0/UDP host;branch=b", "SIP/2.0/UDP host;branch=b;received=192.0.2.7", 5060),
        ("SIP/2.0/UDP host:5070;rport;branch=b", "SIP/2.0/UDP host:5070;rport=40001;branch=b;received=192.0.2.7", 40001),
        ("SIP/2.0/UDP host:99999", "SIP/2.0/UDP host:99999;received=192.0.2.7", 40001),
        ("SIP/2.0/UDP h:7;received=9.9.9.9, SIP/2.0/UDP i", "SIP/2.0/UDP h:7;received=192.0.2.7, SIP/2.0/UDP i", 7),
    ],
)  # fmt: skip
def test_an_answer_goes_to_the_host_that_asked_and_to_no_other(via: str, marked: str, port: int) -> None:
    headers, reply_to = refused(Via=via)
    assert headers["Via"] == marked
    assert reply_to == (SOURCE[0], port)


@pytest.mark.parametrize(
    "message",
    [
        request(f"ACK sip:4001@{LOCAL} SIP/2.0"),
        write("SIP/2.0 200 OK", f"Via: SIP/2.0/UDP {LOCAL}", "CSeq: 1 INVITE"),
        request(f"INVITE sip:4001@{LOCAL} SIP/2.0", Via=None),
        b"GET / HTTP/1.1\r\nVia: 1.1 proxy\r\n\r\n",
        b"",
    ],
)
def test_there_are_messages_that_nobody_answers(message: bytes) -> None:
    assert answer(message, "", SOURCE) is None


@given(
    st.sampled_from(EVERYTHING), st.lists(st.tuples(st.integers(0, 900), st.binary(max_size=9)), max_size=3)
)
def test_an_answer_is_sound_goes_back_and_is_never_answered_in_turn(
    message: bytes, cuts: list[tuple[int, bytes]]
) -> None:
    for start, inserted in cuts:
        message = message[:start] + inserted + message[start + len(inserted) // 2 :]
    found = answer(message, "a fault", SOURCE)
    if found is not None:
        reply, (host, port) = found
        assert host == SOURCE[0]
        assert 0 < port < 65536
        assert re.match(rb"SIP/2\.0 (400|405|416|501|505) [ -~]*\r\nVia: ", reply)
        assert reply.endswith(b"\r\n\r\n")
        assert reply.count(b"\r\n\r\n") == 1
        assert answer(reply, "a fault", SOURCE) is None
        assert len(reply) < len(message) + 300, "it is no means to make much out of little"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 2)), max_size=200))
def test_no_host_is_answered_more_than_it_is_allowed_and_none_for_another(
    asks: list[tuple[str, float]],
) -> None:
    allowance, now = Allowance(burst=5, per_s=2.0), 0.0
    given_at: dict[str, list[float]] = {"a": [], "b": [], "c": []}
    asked: dict[str, int] = {"a": 0, "b": 0, "c": 0}
    for host, later in asks:
        now += later
        asked[host] += 1
        if allowance.take(host, now):
            given_at[host].append(now)
        assert len(given_at[host]) >= min(asked[host], 5)
    for times in given_at.values():
        for first in range(len(times)):
            for last in range(first, len(times)):
                assert last - first + 1 <= 5 + (times[last] - times[first]) * 2.0 + 1e-6


def test_hosts_without_number_take_no_memory_without_end() -> None:
    allowance = Allowance(burst=1, per_s=0.0, hosts=3)
    assert [allowance.take(host, 0.0) for host in "abc"] == [True, True, True]
    assert [allowance.take(host, 0.0) for host in "abc"] == [False, False, False]
    assert allowance.take("d", 0.0)
    assert allowance.take("a", 0.0), "the host that was longest quiet is forgotten"


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((LOCAL, 0))
        sock.settimeout(PATIENCE_S)
        yield sock


def ask(line: Line, peer: socket.socket, start: str, body: bytes | None = None, **changes: str | None) -> str:
    """The first final answer to a request that is ours but for ``changes``."""
    changes = {"Via": f"SIP/2.0/UDP {LOCAL}:{peer.getsockname()[1]};branch=z9hG4bKask", **changes}
    message = request(start, **changes)
    if body is not None:
        head = re.sub(
            rb"Content-Length: \d+", b"Content-Length: %d" % len(body), message.partition(b"\r\n\r\n")[0]
        )
        message = head + b"\r\n\r\n" + body
    peer.sendto(message, (LOCAL, line.agent.port))
    while (heard := peer.recv(65535).decode()).startswith("SIP/2.0 1"):
        pass
    return heard


INVITE = f"INVITE sip:4001@{LOCAL} SIP/2.0"


@pytest.mark.parametrize(
    ("start", "changes", "status", "header"),
    [
        (f"REGISTER sip:{LOCAL} SIP/2.0", {}, 405, "Allow: INVITE, ACK, CANCEL"),
        (f"DANCE sip:4001@{LOCAL} SIP/2.0", {}, 501, "Allow: INVITE, ACK, CANCEL"),
        (f"OPTIONS sip:4001@{LOCAL} SIP/2.0", {"Require": "sleep"}, 420, "Unsupported: sleep"),
        (INVITE, {"Require": "timer, sleep,walk"}, 420, "Unsupported: sleep, walk"),
        (INVITE, {"Content_Type": "text/html"}, 415, "Accept: application/sdp"),
        (INVITE, {"Content_Type": "multipart/mixed"}, 415, "Accept: application/sdp"),
        (INVITE, {"Content_Encoding": "gzip"}, 415, "Accept-Encoding: identity"),
        (INVITE, {"Accept": "text/plain, image/png"}, 406, "To: "),
        (f"OPTIONS sip:4001@{LOCAL} SIP/2.0", {"To": f"<sip:a@{LOCAL}>;tag=gone"}, 481, "To: "),
        (INVITE, {"Contact": None}, 400, "To: "),
        (f"INVITE ftp://4001@{LOCAL} SIP/2.0", {}, 416, "To: "),
        (f"INVITE sip:4001@{LOCAL} SIP/3.0", {}, 505, "To: "),
    ],
)
def test_a_request_that_we_do_not_take_is_refused_with_what_we_do(
    line: Line, peer: socket.socket, start: str, changes: dict[str, str | None], status: int, header: str
) -> None:
    heard = ask(line, peer, start, **changes)
    assert heard.startswith(f"SIP/2.0 {status} ")
    assert f"\r\n{header}".lower() in heard.lower()
    assert re.search(r"\r\nTo: .*;tag=\w+\r\n", heard)
    assert line.silent()


def test_a_description_among_several_bodies_is_found(line: Line, peer: socket.socket) -> None:
    message = request(
        f"INVITE sip:4001@{LOCAL} SIP/2.0", Content_Type='multipart/mixed; boundary="cut"', Content_Length=str(len(MIXED))
    ).partition(b"\r\n\r\n")[0]  # fmt: skip
    peer.sendto(message + b"\r\n\r\n" + MIXED, (LOCAL, line.agent.port))
    assert line.expect(Incoming, called="4001").sdp == OFFER


def test_a_description_is_found_in_parts_of_parts_and_only_before_the_end() -> None:
    inner = b"--in\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--in--"
    outer = b"hello\r\n--out\r\nc: multipart/alternative;boundary=in\r\n\r\n" + inner + b"\r\n--out--"
    assert sdp_among("Multipart/Mixed; boundary=out", outer) == b"v=0"
    assert sdp_among("multipart/mixed; boundary=in", b"--in--\r\n" + inner) is None
    assert sdp_among("multipart/mixed", inner) is None
    assert sdp_among("text/plain; boundary=in", inner) is None


@given(st.binary(max_size=200), st.sampled_from(["cut", "a.b", "-"]))
def test_any_body_has_a_description_or_not(body: bytes, boundary: str) -> None:
    description = sdp_among(f"multipart/mixed;boundary={boundary}", b"--" + boundary.encode() + b"\n" + body)
    assert description is None or description in body


def test_a_body_that_is_cut_off_is_no_description() -> None:
    whole = request(INVITE, Content_Type="multipart/mixed;boundary=cut", Content_Length="9999").partition(
        b"\r\n\r\n"
    )[0]
    assert "Content-Length: 9999" in readable(whole + b"\r\n\r\n" + MIXED)


def test_a_flood_is_answered_less_often_than_it_comes(line: Line, peer: socket.socket) -> None:
    via = f"SIP/2.0/UDP {LOCAL}:{peer.getsockname()[1]};branch=z9hG4bKflood"
    for number in range(200):
        broken = request(f"INVITE sip:{number}@{LOCAL} SIP/7.0", Via=via)
        peer.sendto(broken, (LOCAL, line.agent.port))
    peer.sendto(request(f"OPTIONS sip:end@{LOCAL} SIP/2.0", Via=via), (LOCAL, line.agent.port))
    answers = 0
    while (heard := peer.recv(65535)).startswith(b"SIP/2.0 505 "):
        answers += 1
    assert heard.startswith(b"SIP/2.0 200 ")
    stats = line.agent.stats()
    assert stats["malformed"] == 200
    assert 20 <= answers == stats["refused"] < 150


@pytest.mark.parametrize(
    "start", [f"OPTIONS sip:100@{LOCAL} SIP/2.0", INVITE, f"REGISTER sip:{LOCAL} SIP/7.0"]
)
def test_a_scanner_that_names_itself_hears_nothing(line: Line, peer: socket.socket, start: str) -> None:
    via = f"SIP/2.0/UDP {LOCAL}:{peer.getsockname()[1]};branch=z9hG4bKscan"
    peer.sendto(request(start, Via=via, User_Agent="friendly-scanner"), (LOCAL, line.agent.port))
    assert ask(line, peer, f"OPTIONS sip:end@{LOCAL} SIP/2.0", Call_ID="end").count("Call-ID: end") == 1
    assert line.agent.stats()["scanned"] == 1
    assert line.silent()
