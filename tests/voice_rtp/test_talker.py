"""What is sent in each 20 ms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.dtmf import KEYS, KeyReader
from huifang.voice.rtp.g711 import Codec, decode, transcode
from huifang.voice.rtp.packet import RtpPacket, parse_packet
from huifang.voice.rtp.talker import ClipOver, Talker

from .sounds import keys_in

SILENT = b"\xd5" * 160


def new_talker(codec: Codec = Codec.PCMA, dtmf_payload: int | None = 101) -> Talker:
    return Talker(codec, dtmf_payload, ssrc=7, sequence=0xFFFD, timestamp=2**32 - 320)


def packets(talker: Talker, count: int) -> list[RtpPacket]:
    return [parse_packet(talker.next_packet(None)) for _ in range(count)]


def test_silence_is_sent_without_end_and_counted_across_the_wraps():
    sent = packets(new_talker(), 5)
    assert [p.payload for p in sent] == [SILENT] * 5
    assert [p.sequence for p in sent] == [0xFFFE, 0xFFFF, 0, 1, 2]
    assert [p.timestamp for p in sent] == [2**32 - 320, 2**32 - 160, 0, 160, 320]
    assert not any(p.marker for p in sent)
    assert {p.ssrc for p in sent} == {7}


@given(st.lists(st.binary(min_size=1, max_size=700), min_size=1, max_size=4))
def test_clips_are_played_in_turn_each_from_a_new_frame(clips):
    talker = new_talker()
    for number, clip in enumerate(clips):
        talker.play(clip, number)
    frames = [-(-len(clip) // 160) for clip in clips]
    sent = packets(talker, sum(frames) + 1)
    expected = b"".join(clip + b"\xd5" * (-len(clip) % 160) for clip in clips)
    assert b"".join(p.payload for p in sent) == expected + SILENT
    assert [p.marker for p in sent] == [True] + [False] * (len(sent) - 1)
    edges = [20 * sum(frames[:number]) for number in range(len(clips) + 1)]
    assert talker.over == [
        ClipOver(number, True, edges[number], edges[number + 1]) for number in range(len(clips))
    ]


def test_a_clip_is_over_when_its_last_frame_was_made():
    talker = new_talker()
    talker.play(bytes(320), "a")
    packets(talker, 1)
    assert talker.over == []
    packets(talker, 1)
    assert talker.over == [ClipOver("a", True, 0, 40)]


def test_an_empty_clip_is_over_at_once():
    talker = new_talker()
    talker.play(b"", "empty", loop=True)
    talker.play(bytes(160), "next")
    assert packets(talker, 1)[0].payload == bytes(160)
    assert [over.token for over in talker.over] == ["empty", "next"]


@given(st.integers(1, 500))
def test_a_loop_has_no_seam(length):
    clip = bytes(i % 251 for i in range(length))
    talker = new_talker()
    talker.play(clip, "tune", loop=True)
    heard = b"".join(p.payload for p in packets(talker, 20))
    assert heard == (clip * (3200 // length + 1))[:3200]
    assert talker.over == []


def test_stopping_drops_everything_and_says_so():
    talker = new_talker()
    talker.play(bytes(1600), "a")
    talker.play(bytes(1600), "b")
    packets(talker, 3)
    talker.stop_playing()
    assert talker.over == [ClipOver("a", False, 0, 60), ClipOver("b", False, 60, 60)]
    assert packets(talker, 1)[0].payload == SILENT


def test_clips_are_transcoded_for_a_mulaw_far_end():
    talker = new_talker(Codec.PCMU)
    talker.play(bytes(range(160)), "a")
    first, second = packets(talker, 2)
    assert first.payload == transcode(bytes(range(160)), Codec.PCMA, Codec.PCMU)
    assert (first.payload_type, second.payload) == (0, b"\xff" * 160)


@given(st.text(KEYS, min_size=1, max_size=6))
def test_keys_are_read_by_the_far_end_one_each_200_ms(keys):
    talker = new_talker()
    talker.send_keys(keys)
    sent = packets(talker, 10 * len(keys))
    reader = KeyReader()
    events = [(index, p) for index, p in enumerate(sent) if p.payload_type == 101]
    told = [(index, key) for index, p in events if (key := reader.read(p.timestamp, p.payload))]
    assert told == [(10 * number, key) for number, key in enumerate(keys)]
    assert all(p.timestamp == (2**32 - 320 + 1600 * (index // 10)) % 2**32 for index, p in events)
    assert [p.sequence for p in sent] == [(0xFFFE + index) % 65536 for index in range(len(sent))]


def test_a_clip_waits_for_a_key_and_loses_nothing():
    talker = new_talker()
    clip = bytes(range(250)) * 8
    talker.play(clip, "a")
    before = packets(talker, 3)
    talker.send_keys("5")
    after = packets(talker, 20)
    audio = [p for p in before + after if p.payload_type == 8]
    assert b"".join(p.payload for p in audio)[:2000] == clip
    resumed = next(p for p in after if p.payload_type == 8)
    assert resumed.marker
    assert resumed.timestamp == (before[-1].timestamp + 8 * 160) % 2**32


@pytest.mark.parametrize("codec", Codec)
def test_keys_are_tones_where_the_far_end_takes_no_events(codec):
    talker = new_talker(codec, dtmf_payload=None)
    talker.play(bytes(range(160)) * 30, "clip")
    talker.send_keys("12D*")
    sent = packets(talker, 45)
    assert {p.payload_type for p in sent} == {codec}
    assert keys_in(decode(b"".join(p.payload for p in sent), codec)) == "12D*"
    clip = transcode(bytes(range(160)) * 30, Codec.PCMA, codec)
    assert b"".join(p.payload for p in sent[40:]) == clip[:800]  # it has waited


def test_a_letter_that_is_no_key_is_refused():
    with pytest.raises(ValueError, match="'X'"):
        new_talker().send_keys("1x".lower())


def test_skipped_time_moves_the_timestamp_and_not_the_clip():
    talker = new_talker()
    talker.play(bytes(160) + b"\x01" * 160, "a")
    first = packets(talker, 1)[0]
    talker.skip(10)
    second = packets(talker, 1)[0]
    assert (second.timestamp - first.timestamp) % 2**32 == 11 * 160
    assert (second.sequence - first.sequence) % 65536 == 1
    assert second.payload == b"\x01" * 160
    assert talker.over == [ClipOver("a", True, 0, 240)]


def test_the_other_side_of_a_bridge_is_heard_when_no_clip_is_playing():
    talker = new_talker()
    talker.play(b"\x02" * 160, "a")
    heard = [parse_packet(talker.next_packet(b"\x03" * 160)).payload[0] for _ in range(2)]
    assert heard == [2, 3]


def test_a_paused_clip_goes_on_where_it_was() -> None:
    talker = Talker(Codec.PCMA, 101, ssrc=1, sequence=0, timestamp=0)
    talker.play(bytes(range(2)) * 400, "clip")
    heard = [talker.next_packet(None)[12:]]
    talker.pause(True)
    pause = [talker.next_packet(None)[12:] for _ in range(5)]
    talker.pause(False)
    while not talker.over:
        heard.append(talker.next_packet(None)[12:])
    assert set(pause) == {b"\xd5" * 160}
    assert b"".join(heard) == bytes(range(2)) * 400
    assert [(clip.finished, clip.end_ms) for clip in talker.over] == [(True, 200)]


def test_a_stop_ends_the_pause() -> None:
    talker = Talker(Codec.PCMA, 101, ssrc=1, sequence=0, timestamp=0)
    talker.play(b"\x01" * 800, "old")
    talker.next_packet(None)
    talker.pause(True)
    talker.stop_playing()
    talker.play(b"\x02" * 160, "new")
    assert talker.next_packet(None)[12:] == b"\x02" * 160
