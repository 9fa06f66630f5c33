"""Laws and examples of the session descriptions we read and write."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp import sdp

LINPHONE = """v=0
o=13800138000 123 456 IN IP4 192.0.2.7
s=Talk
c=IN IP4 192.0.2.7
t=0 0
a=rtcp-xr:rcvr-rtt=all:10000
m=audio 7078 RTP/AVP 96 0 8 97
a=rtpmap:96 opus/48000/2
a=fmtp:96 useinbandfec=1
a=rtpmap:97 telephone-event/8000
m=video 9078 RTP/AVP 99
c=IN IP4 192.0.2.8
a=rtpmap:99 VP8/90000
"""

hosts = st.ip_addresses(v=4).map(str).filter(lambda host: host != "0.0.0.0")
ports = st.integers(1, 65535)


def test_a_trunk_is_offered_what_it_speaks_and_nothing_that_we_do_not() -> None:
    assert sdp.parse(sdp.offer("127.0.0.1", 4000, ["PCMU"])).codecs == ("PCMU",)
    assert sdp.parse(sdp.offer("127.0.0.1", 4000, ["PCMU", "PCMA"])).codecs == ("PCMU", "PCMA")
    assert sdp.parse(sdp.offer("127.0.0.1", 4000, ["opus", "PCMA"])).codecs == ("PCMA",)
    assert sdp.parse(sdp.offer("127.0.0.1", 4000, ["opus"])).codecs == ("PCMA", "PCMU")


@given(hosts, ports)
def test_our_offer_reads_back_as_written(host: str, port: int) -> None:
    read = sdp.parse(sdp.offer(host, port))
    assert (read.host, read.port, read.codecs) == (host, port, ("PCMA", "PCMU"))
    assert (read.dtmf_payload, read.direction) == (101, "sendrecv")


@given(
    hosts,
    ports,
    st.permutations([8, 0, 18, 96, 102]).flatmap(lambda p: st.integers(0, 5).map(lambda n: p[:n])),
    st.sampled_from(["sendrecv", "sendonly", "recvonly", "inactive"]),
    st.lists(st.sampled_from(["video 5000 RTP/AVP 99", "application 9 UDP/BFCP *", "audio 0 RTP/AVP 8"])),
    st.sampled_from(["\r\n", "\n"]),
)
def test_an_answer_fits_its_offer(
    host: str, port: int, formats: list[int], direction: str, others: list[str], newline: str
) -> None:
    lines = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"]
    lines += [f"m={other}" for other in others]
    lines += [f"m=audio 6000 RTP/AVP {' '.join(map(str, [*formats, 18]))}", f"a={direction}"]
    lines += ["a=rtpmap:96 opus/48000/2", "a=rtpmap:102 telephone-event/8000"]
    offered = sdp.parse(newline.join(lines))
    ours = [p for p in formats if p in (8, 0)]
    if not ours:
        with pytest.raises(sdp.SdpUnusable, match="neither PCMA nor PCMU"):
            sdp.answer(offered, host, port)
        return
    answered = sdp.parse(sdp.answer(offered, host, port))
    assert answered.codecs == ({8: "PCMA", 0: "PCMU"}[ours[0]],)
    assert answered.dtmf_payload == (102 if 102 in formats else None)
    assert len(answered.media) == len(offered.media) == len(others) + 1
    assert all(line.split()[1] == "0" for line in answered.media[:-1])
    mirrored = {"sendonly": "recvonly", "recvonly": "sendonly"}
    assert answered.direction == mirrored.get(direction, direction)
    assert (answered.host, answered.port) == (host, port)
    assert sdp.choose(offered) == ("192.0.2.1", 6000, answered.codecs[0], answered.dtmf_payload)


@given(st.text())
def test_any_text_is_read_or_refused_with_one_sentence(text: str) -> None:
    for candidate in (text, "m=audio " + text, "c=IN IP4 " + text + "\nm=audio 5 RTP/AVP 8\n" + text):
        try:
            sdp.answer(sdp.parse(candidate), "192.0.2.1", 4000).encode("ascii")
        except sdp.SdpUnusable as error:
            words = str(error)
        else:
            words = ""
        assert "\n" not in words


@given(st.integers(0, len(LINPHONE)), st.integers(0, len(LINPHONE)))
def test_a_mutilated_description_never_breaks_the_reader(start: int, end: int) -> None:
    with contextlib.suppress(sdp.SdpUnusable):
        sdp.choose(sdp.parse(LINPHONE[:start] + LINPHONE[end:]))


def test_dynamic_payloads_and_video_are_told_apart() -> None:
    read = sdp.parse(LINPHONE)
    assert sdp.choose(read) == ("192.0.2.7", 7078, "PCMU", 97)
    answered = sdp.answer(read, "192.0.2.9", 4000)
    assert "m=audio 4000 RTP/AVP 0 97\r\n" in answered
    assert "m=video 0 RTP/AVP 99\r\n" in answered


def test_the_media_level_address_wins() -> None:
    text = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 5004 RTP/AVP 8\r\nc=IN IP4 192.0.2.2/127\r\n"
    assert sdp.choose(sdp.parse(text)).host == "192.0.2.2"


def test_a_static_number_mapped_to_something_else_is_not_g711() -> None:
    text = "v=0\nc=IN IP4 192.0.2.1\nm=audio 5004 RTP/AVP 8 0\na=rtpmap:8 PCMA/16000\n"
    assert sdp.parse(text).codecs == ("PCMU",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no audio stream"),
        ("v=0\nm=video 5 RTP/AVP 99", "no audio stream"),
        ("v=0\nm=audio 5 RTP/AVP 8", "no IPv4 address"),
        ("v=0\nc=IN IP6 ::1\nm=audio 5 RTP/AVP 8", "family is IP6"),
        ("v=0\nc=IN IP4 192.0.2.300\nm=audio 5 RTP/AVP 8", "not an IPv4 address"),
        ("v=0\nc=IN IP4 192.0.2.1\nm=audio 0 RTP/AVP 8", "refuses audio"),
        ("v=0\nc=IN IP4 192.0.2.1\nm=audio 70000 RTP/AVP 8", "0 to 65535"),
        ("v=0\nc=IN IP4 192.0.2.1\nm=audio 5 RTP/SAVP 8", "RTP/SAVP"),
        ("v=0\nc=IN IP4 0.0.0.0\nm=audio 5 RTP/AVP 8", "0.0.0.0"),
        ("v=0\nc=IN IP4 192.0.2.1\nm=audio 5 RTP/AVP 18", "neither PCMA nor PCMU"),
    ],
)
def test_what_cannot_be_talked_to_is_named(text: str, words: str) -> None:
    with pytest.raises(sdp.SdpUnusable, match=words):
        sdp.choose(sdp.parse(text))


def test_hold_and_resume_are_mirrored_with_growing_versions() -> None:
    ours = sdp.offer("192.0.2.9", 4000)
    theirs = sdp.answer(sdp.parse(ours), "192.0.2.1", 5000)
    held = sdp.answer_again(ours, sdp.parse(theirs.replace("sendrecv", "sendonly")))
    resumed = sdp.answer_again(held, sdp.parse(theirs))
    old_hold = sdp.answer_again(resumed, sdp.parse(theirs.replace("c=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0")))
    read = [sdp.parse(text) for text in (ours, held, resumed, old_hold)]
    assert [r.direction for r in read] == ["sendrecv", "recvonly", "sendrecv", "recvonly"]
    assert [r.version for r in read] == [1, 2, 3, 4]
    assert {(r.host, r.port) for r in read} == {("192.0.2.9", 4000)}


def test_a_refused_stream_may_be_written_with_tabs() -> None:
    theirs = sdp.offer("192.0.2.1", 4000) + "m=application\t9 \tRTP/AVP  96\r\n"
    ours = sdp.answer(sdp.parse(theirs), "192.0.2.9", 4000)
    assert "m=application 0 RTP/AVP 96\r\n" in ours


def test_reports_share_the_port_where_that_is_offered() -> None:
    offered = sdp.parse(sdp.offer("10.0.0.1", 4000) + "a=rtcp-mux\r\n")
    assert offered.shares_port
    assert sdp.parse(sdp.answer(offered, "10.0.0.2", 5000)).shares_port
    plain = sdp.parse(sdp.offer("10.0.0.1", 4000))
    assert not plain.shares_port
    assert not sdp.parse(sdp.answer(plain, "10.0.0.2", 5000)).shares_port
