"""The relay's two directions, packet by packet."""

from __future__ import annotations

import struct
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.g711 import Codec, decode, encode
from huifang.voice.rtp.packet import RtpPacket, parse_packet, serialise_packet
from huifang.voice.softphone.relay import LOST_AFTER_S, Relay

FAR = ("192.0.2.7", 4000)
CODES = bytes(range(160))


def relay(codec: Codec = Codec.PCMA, keys: int | None = 101, browser: Codec = Codec.PCMA) -> Relay:
    return Relay(FAR, codec, keys, browser, 0.0)


def audio(
    number: int, *, kind: int = 8, ssrc: int = 7, base: int = 2**32 - 320, codes: bytes = CODES
) -> bytes:
    return serialise_packet(
        RtpPacket(kind, False, number % 65536, (base + 160 * number) % 2**32, ssrc, codes)
    )


def test_audio_passes_as_it_is_with_its_timestamps_across_the_wrap() -> None:
    line = relay()
    got = [line.take(audio(number), FAR, 0.02 * number) for number in range(5)]
    assert got == [(160 * number, CODES) for number in range(5)]


def test_what_is_lost_leaves_a_gap_and_what_comes_late_is_left_out() -> None:
    line = relay()
    got = [line.take(audio(number), FAR, 0.0) for number in (0, 3, 2, 4)]
    assert got == [(0, CODES), (480, CODES), None, (640, CODES)]
    assert line.late == 1


def test_a_new_stream_goes_on_behind_the_old_one() -> None:
    line = relay()
    line.take(audio(0), FAR, 0.0)
    assert (
        line.take(audio(1, ssrc=8, base=5), FAR, 0.0) is None
    )  # the first of a stranger only makes itself known
    assert line.take(audio(2, ssrc=8, base=5), FAR, 0.0) == (160, CODES)
    assert line.take(audio(3, ssrc=8, base=100_000), FAR, 0.0) == (320, CODES)  # its clock has jumped


@given(st.sampled_from(Codec), st.sampled_from(Codec), st.binary(min_size=1, max_size=480))
def test_each_side_hears_its_own_law(spoken: Codec, browser: Codec, codes: bytes) -> None:
    line = relay(spoken, browser=browser)
    heard = line.take(audio(0, kind=spoken, codes=codes), FAR, 0.0)
    assert isinstance(heard, tuple)
    if spoken == browser:
        assert heard[1] == codes
    else:
        assert np.array_equal(heard[1], encode(decode(codes, spoken), browser).tobytes())


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_no_datagram_can_do_worse_than_be_counted(datagrams: list[bytes]) -> None:
    line = relay()
    for number, datagram in enumerate(datagrams):
        line.take(datagram, FAR, 0.02 * number)
    assert len(line.next_datagram()) == 172


def test_keys_of_the_far_end_come_out_once() -> None:
    line = relay()

    def key(sequence: int, flags: int) -> bytes:
        body = struct.pack("!BBH", 11, flags, 800)
        return serialise_packet(RtpPacket(101, False, sequence, 5000, 7, body))

    assert [line.take(key(n, flags), FAR, 0.0) for n, flags in ((1, 10), (2, 10), (3, 0x8A))] == [
        "#",
        None,
        None,
    ]


def test_the_microphone_leaves_in_frames_of_20_ms_whatever_its_pieces() -> None:
    line = relay(Codec.PCMU)
    pcm = np.arange(480, dtype=np.int16) * 50
    for piece in (pcm[:100], pcm[100:330], pcm[330:]):
        line.hear(piece)
    packets = [parse_packet(line.next_datagram()) for _ in range(4)]
    assert b"".join(p.payload for p in packets[:3]) == encode(pcm, Codec.PCMU).tobytes()
    assert packets[3].payload == bytes([0xFF]) * 160  # nothing came: silence, and the stream goes on
    assert [(p.timestamp - packets[0].timestamp) % 2**32 for p in packets] == [0, 160, 320, 480]
    assert {p.payload_type for p in packets} == {0}


def test_a_burst_of_the_microphone_is_cut_down_to_its_newest_part() -> None:
    line = relay()
    pcm = np.repeat(np.arange(20, dtype=np.int16) * 1000, 160)
    line.hear(pcm)
    heard = [parse_packet(line.next_datagram()).payload for _ in range(4)]
    assert heard[:3] == [encode(pcm[160 * n : 160 * n + 160], Codec.PCMA).tobytes() for n in (17, 18, 19)]
    assert heard[3] == bytes([0xD5]) * 160


def test_after_a_gap_two_frames_wait_for_each_other() -> None:
    line = relay()
    frame = tone_of(160)

    def next_is_silent() -> bool:
        return parse_packet(line.next_datagram()).payload == bytes([0xD5]) * 160

    line.hear(frame)
    assert next_is_silent()
    line.hear(frame)
    assert [next_is_silent() for _ in range(3)] == [False, False, True]


def codes_of(number: int) -> bytes:
    """A frame that its neighbours are not."""
    return bytes([1 + number % 100]) * 160


def numbered(number: int) -> np.ndarray:
    return decode(codes_of(number), Codec.PCMA)


def tone_of(samples: int) -> np.ndarray:
    return np.full(samples, 5000, np.int16)


def test_what_came_in_a_burst_does_not_delay_the_rest_of_the_call() -> None:
    line = relay()
    frames = [numbered(number) for number in range(300)]
    for frame in frames[:7]:
        line.hear(frame)
    waited = []
    for number, frame in enumerate(frames[7:], 7):
        line.hear(frame)
        sent = parse_packet(line.next_datagram()).payload
        waited.append(number - next(n for n in range(number, -1, -1) if codes_of(n) == sent))
    assert waited[0] == 7
    assert waited[-1] <= 2
    assert all(later <= earlier for earlier, later in pairwise(waited)), "it only ever gets less"
    assert all(earlier - later <= 1 for earlier, later in pairwise(waited)), "one frame at a time"


def test_frames_that_come_unevenly_are_all_sent() -> None:
    line, sent = relay(), []
    for turn in range(60):
        for number in range(3 * turn, 3 * turn + 3):  # three at once, each 60 ms
            line.hear(numbered(number))
        sent += [parse_packet(line.next_datagram()).payload for _ in range(3)]
    assert sent == [codes_of(number) for number in range(180)]


def test_keys_are_pressed_as_events() -> None:
    line = relay()
    line.send_keys("*2")
    packets = [parse_packet(line.next_datagram()) for _ in range(30)]
    starts = [p for p in packets if p.payload_type == 101 and p.marker]
    assert [p.payload[0] for p in starts] == [10, 2]
    assert sum(p.payload_type == 101 and bool(p.payload[1] & 0x80) for p in packets) == 6


def test_silence_of_the_far_end_is_noticed() -> None:
    line = relay()
    assert not line.is_lost(LOST_AFTER_S - 0.01)
    assert line.is_lost(LOST_AFTER_S)
    line.take(audio(0), FAR, 7.0)
    assert not line.is_lost(LOST_AFTER_S + 1)
