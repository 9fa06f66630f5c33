"""A share of the sessions: phases, and what happens after the process was held up."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest

from huifang.voice.rtp.batch import Batch
from huifang.voice.rtp.endpoint import Endpoint, PacketCounts
from huifang.voice.rtp.g711 import Codec, encode
from huifang.voice.rtp.packet import RtpPacket, serialise_packet
from huifang.voice.rtp.recording import Recording

FAR_END = ("127.0.0.1", 9)


@pytest.fixture
def counts() -> PacketCounts:
    return PacketCounts()


@pytest.fixture
def batch(counts: PacketCounts) -> Batch:
    return Batch(counts, phases=4, end_of_turn_ms=600)


@pytest.fixture
def new_endpoint(counts: PacketCounts) -> Iterator[Callable[[], Endpoint]]:
    sockets: list[socket.socket] = []

    def make() -> Endpoint:
        sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        endpoint = Endpoint(object(), sockets[-1], counts, lambda event: None)  # type: ignore[arg-type]
        endpoint.connect(FAR_END, Codec.PCMA, 101)
        return endpoint

    yield make
    for sock in sockets:
        sock.close()


def test_sessions_are_spread_evenly_over_the_phases(batch, new_endpoint, counts):
    endpoints = [new_endpoint() for _ in range(10)]
    for endpoint in endpoints:
        batch.add(endpoint)
    sent = []
    for phase in range(4):
        before = counts.sent
        batch.talk(phase, time.monotonic())
        sent.append(counts.sent - before)
    assert sorted(sent) == [2, 2, 3, 3]
    for endpoint in endpoints[:9]:
        batch.remove(endpoint)
    before = counts.sent
    for phase in range(4):
        batch.talk(phase, time.monotonic())
    assert counts.sent - before == 1


def test_a_packet_that_leaves_late_is_counted(batch, new_endpoint, counts):
    batch.add(new_endpoint())
    batch.talk(0, time.monotonic() + 60)
    assert counts.late_5ms == 0
    batch.talk(0, time.monotonic() - 0.006)
    assert counts.late_5ms == 1


@pytest.mark.parametrize("missed", [3, 16, 150])
def test_after_missed_frames_one_packet_is_sent_and_all_clocks_agree(
    batch, new_endpoint, counts, missed, tmp_path
):
    endpoint = new_endpoint()
    recording = Recording(tmp_path / "a.wav", Codec.PCMA, lambda done: None, SimpleQueue())
    endpoint.recording = recording
    batch.add(endpoint)
    batch.miss(missed)
    batch.talk(0, time.monotonic() + 60)
    batch.listen()
    assert (counts.sent, counts.left_out, counts.late_5ms) == (1, missed, missed)
    assert endpoint.talker.frames == endpoint.collector.frames == missed + 1
    assert len(recording._left) == len(recording._right) == 160 * (missed + 1)
    batch.talk(0, time.monotonic() + 60)
    batch.listen()
    assert (counts.sent, endpoint.talker.frames) == (2, missed + 2)


def test_what_came_in_while_the_process_was_held_up_is_heard(batch, new_endpoint, tmp_path):
    endpoint = new_endpoint()
    endpoint.recording = Recording(Path("a.wav"), Codec.PCMA, lambda done: None, SimpleQueue())
    batch.add(endpoint)
    for number in range(10):
        packet = RtpPacket(8, False, number, 160 * number, 7, bytes([number + 1]) * 160)
        endpoint.receive(serialise_packet(packet), FAR_END, 1.0)
    batch.miss(10)
    batch.talk(0, time.monotonic())
    batch.listen()
    heard = bytes(endpoint.recording._left)
    assert heard == b"\xd5" * 320 + b"".join(bytes([number + 1]) * 160 for number in range(9))


TONE = (4634 * np.sin(2 * np.pi * 400 * np.arange(160) / 8000)).astype(np.int16)  # -20 dBFS


def say(endpoint: Endpoint, number: int, codes: bytes) -> None:
    packet = RtpPacket(endpoint.codec, False, number, 160 * number, 7, codes)
    endpoint.receive(serialise_packet(packet), FAR_END, 0.02 * number)


def test_each_session_is_decoded_by_its_own_codec_even_after_a_change(batch, new_endpoint, monkeypatch):
    """What is heard, what has arrived and what is sent."""
    seen = []
    step = batch._voice.step

    def noted(heard, arrivals, sent):
        seen[:] = [list(heard.round()), list(arrivals.level.round()), list(sent.round())]
        return step(heard, arrivals, sent)

    monkeypatch.setattr(batch._voice, "step", noted)
    first, second = new_endpoint(), new_endpoint()
    second.connect(FAR_END, Codec.PCMU, 101)
    batch.add(first)
    batch.add(second)
    for codecs in ((Codec.PCMA, Codec.PCMU), (Codec.PCMU, Codec.PCMU)):
        for endpoint, codec in zip((first, second), codecs, strict=True):
            if endpoint.codec != codec:
                endpoint.connect(FAR_END, codec, 101)
                batch.note_wishes()
            endpoint.talker.play(encode(TONE, Codec.PCMA).tobytes() * 5, None)
            for number in range(3):
                say(endpoint, number, encode(TONE, codec).tobytes())
        for phase in range(4):
            batch.talk(phase, time.monotonic())
        for _ in range(3):
            batch.listen()
        assert seen == [[-20, -20]] * 3
