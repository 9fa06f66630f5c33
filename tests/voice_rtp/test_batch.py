"""A share of the sessions: phases, and what happens after the process was held up."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from huifang.voice.rtp.batch import Batch
from huifang.voice.rtp.endpoint import Endpoint, PacketCounts
from huifang.voice.rtp.g711 import Codec
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


def test_each_session_is_decoded_by_its_own_codec_even_after_a_change(batch, new_endpoint, monkeypatch):
    seen = []
    step = batch._voice.step
    monkeypatch.setattr(batch._voice, "step", lambda pcm: seen.append(pcm[:, 0].tolist()) or step(pcm))
    first, second = new_endpoint(), new_endpoint()
    second.connect(FAR_END, Codec.PCMU, 101)
    batch.add(first)
    batch.add(second)
    batch.listen()
    first.connect(FAR_END, Codec.PCMU, 101)
    batch.note_codecs()
    batch.listen()
    assert seen == [[8, 0], [0, 0]]  # what silence is in A-law and in µ-law
