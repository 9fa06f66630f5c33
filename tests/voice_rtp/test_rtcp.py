"""Reports on the wire, what they are made of, and what a far end of flesh and blood sees of them."""

from __future__ import annotations

import struct
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.arrivals import Arrivals
from huifang.voice.rtp.reporting import Reporting
from huifang.voice.rtp.rtcp import (
    ReportBlock,
    ReportMalformed,
    is_report,
    middle_of_ntp,
    parse_reports,
    write_bye,
    write_report,
)

NOW = 1_800_000_000.25
WORD = st.integers(0, 2**32 - 1)


@given(
    WORD,
    WORD,
    st.builds(ReportBlock, WORD, st.just(0.25), st.integers(-(2**23) + 1, 2**23 - 1), WORD, WORD, WORD, WORD),
)
def test_a_report_is_read_as_it_was_written(ssrc, timestamp, block):
    written = write_report(ssrc, NOW, timestamp, 10, 1600, block, "huifang") + write_bye(ssrc)
    assert is_report(written)
    assert len(written) % 4 == 0
    (report,) = parse_reports(written)
    assert (report.ssrc, report.sent_at, report.blocks) == (ssrc, middle_of_ntp(NOW), (block,))


def test_a_sender_report_looks_as_rfc_3550_draws_it():
    written = write_report(0x01020304, NOW, 7, 8, 9, None, "ab")
    head, ssrc, seconds, fraction, stamp, packets, sent_bytes = struct.unpack_from("!I6I", written)
    assert head == 0x80C80006
    assert (ssrc, seconds, fraction, stamp, packets, sent_bytes) == (
        0x01020304, 1_800_000_000 + 2_208_988_800, 2**30, 7, 8, 9
    )  # fmt: skip
    assert written[28:] == bytes.fromhex("81ca0003 01020304 0102") + b"ab" + bytes(4)


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else(data):
    with suppress(ReportMalformed):
        parse_reports(data)
    with suppress(ReportMalformed):
        parse_reports(b"\x81\xc9" + data)


@given(st.integers(0, 65535), st.sets(st.integers(1, 498), max_size=100))
def test_losses_are_counted_across_the_wrap(start, lost):
    arrivals = Arrivals()
    for number in range(500):
        if number not in lost:
            arrivals.note(7, (start + number) % 65536, 160 * number, number / 50)
    assert (arrivals.expected, arrivals.lost) == (500, len(lost))
    assert arrivals.lost_share_since_told() == pytest.approx(len(lost) / 500)
    assert arrivals.lost_share_since_told() == 0
    assert arrivals.jitter == pytest.approx(0, abs=0.01)


def test_another_ssrc_or_a_jump_of_numbers_is_no_loss():
    arrivals = Arrivals()
    for ssrc, first in ((1, 100), (2, 40_000), (2, 10)):
        for number in range(50):
            arrivals.note(ssrc, first + number, 160 * number, number / 50)
    assert (arrivals.expected, arrivals.lost) == (150, 0)


def test_packets_out_of_order_are_no_loss():
    arrivals = Arrivals()
    for number in (0, 2, 1, 4, 3, 5):
        arrivals.note(1, (65534 + number) % 65536, 160 * number, number / 50)
    assert (arrivals.expected, arrivals.lost) == (6, 0)


def test_jitter_follows_the_unrest_of_the_packets_across_the_wrap_of_timestamps():
    arrivals = Arrivals()
    for number in range(1000):
        stamp = (2**32 - 80_000 + 160 * number) % 2**32
        arrivals.note(1, number, stamp, number / 50 + (0.010 if number % 2 else 0))
    assert arrivals.jitter / 8 == pytest.approx(10, abs=0.5)


def test_two_ends_learn_how_far_they_are_apart_and_what_is_lost():
    ours, theirs = Reporting(1), Reporting(2)
    for number in (0, 1, 2, 4):
        theirs.arrivals.note(1, number, 160 * number, number / 50)
    theirs.take(ours.write(NOW, 0, 5, 800), NOW + 0.030)
    ours.take(theirs.write(NOW + 2, 0, 0, 0), NOW + 2.050)
    quality = ours.quality(5)
    assert quality.round_trip_ms == pytest.approx(80, abs=1)
    assert quality.far_loss_percent == 20
    assert quality.loss_percent == 0


def test_a_far_end_cannot_have_lost_more_than_it_was_sent():
    ours = Reporting(1)
    lie = ReportBlock(1, 0.5, 0x7FFFFF, 100, 0, 0, 0)
    ours.take(write_report(2, NOW, 0, 1, 160, lie, "far"), NOW)
    assert ours.quality(10).far_loss_percent == 100
    assert Reporting(1).quality(0).far_loss_percent == 0


def test_a_report_about_somebody_else_says_nothing_of_us():
    ours = Reporting(1)
    block = ReportBlock(99, 0.5, 500, 1, 1, middle_of_ntp(NOW), 0)
    ours.take(write_report(2, NOW, 0, 0, 0, block, "x"), NOW)
    assert (ours.quality(10).far_loss_percent, ours.quality(10).round_trip_ms) == (0, None)


@pytest.fixture
def often(monkeypatch):
    monkeypatch.setattr("huifang.voice.rtp.endpoint._REPORT_FRAMES", (10, 10))


@pytest.mark.parametrize("shares_port", [False, True])
def test_a_far_end_gets_reports_answers_them_and_hears_a_goodbye(often, call, new_peer, loop, shares_port):
    session, peer = call()
    control = new_peer()
    peer.talk(session.local_port, b"\x2a" * 160 * 5)
    to = session.local_port + (0 if shares_port else 1)
    name = peer if shares_port else control
    sent = write_report(0xFACE, time.time(), 0, 5, 800, None, "peer")
    name.sock.sendto(sent, ("127.0.0.1", to))
    name.sock.settimeout(10)
    while not is_report(theirs := name.sock.recv(2048)):
        pass
    (report,) = parse_reports(theirs)
    while not report.blocks or not report.blocks[0].last_report:  # it was written before ours came
        while not is_report(theirs := name.sock.recv(2048)):
            pass
        (report,) = parse_reports(theirs)
    assert report.blocks[0].source == 0xFACE
    answer = ReportBlock(report.ssrc, 0.0, 3, 100, 0, report.sent_at or 0, 0)
    name.sock.sendto(write_report(0xFACE, time.time(), 0, 5, 800, answer, "peer"), ("127.0.0.1", to))
    deadline = time.monotonic() + 10
    while session.quality().round_trip_ms is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert session.quality().far_loss_percent > 0
    assert loop.stats()["reports"] == 2
    session.close()
    while not is_report(theirs) or theirs[-8:-4] != b"\x81\xcb\x00\x01":
        theirs = name.sock.recv(2048)


def test_reports_of_strangers_and_garbage_are_dropped(call, loop, new_peer):
    session, peer = call()
    peer.talk(session.local_port, b"\x2a" * 160 * 3)
    new_peer().sock.sendto(b"\x81\xc9\x00\x07abcd", ("127.0.0.1", session.local_port + 1))
    peer.talk(session.local_port, b"\x2a" * 160 * 3)
    peer.forget()
    peer.receive(5)
    assert (loop.stats()["malformed"], loop.stats()["reports"]) == (1, 0)
