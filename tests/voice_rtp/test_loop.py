"""The media loop on loopback, against a far end of plain sockets."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from huifang.errors import SettingInvalid
from huifang.voice.rtp.endpoint import Endpoint, PacketCounts
from huifang.voice.rtp.g711 import Codec, decode, encode, transcode
from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.rtp.port import KeyPressed, MediaLost, Played, SpeechEnded, SpeechHeard, SpeechStarted

from .test_voice_activity import quiet, speech

SILENT = b"\xd5" * 160
CLIP = bytes(range(1, 161)) + bytes(range(60, 220)) + b"\x33" * 160


def alaw(sound: np.ndarray) -> bytes:
    return encode(sound.astype(np.int16), Codec.PCMA).tobytes()


def level_db(codes: bytes, codec: Codec = Codec.PCMA) -> float:
    samples = decode(codes, codec).astype(float)
    return float(10 * np.log10(np.mean(samples**2) / 2**30 + 1e-12))


def test_ports_are_even_and_bound(loop):
    first, second = loop.open(), loop.open()
    assert first.local_port % 2 == second.local_port % 2 == 0
    assert first.local_port != second.local_port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(OSError, match="in use"):
        sock.bind(("127.0.0.1", first.local_port))


def test_a_loop_that_is_started_again_does_not_begin_with_the_ports_of_its_last_life(events):
    first_ports = set()
    for _ in range(10):
        session = BatchedMediaLoop(events, ports=range(40000, 42000)).open()
        first_ports.add(session.local_port)
        session.endpoint.close()
    assert len(first_ports) > 1  # of a thousand ports ten times the same would be no chance


def test_a_full_port_range_names_the_setting(events):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        loop = BatchedMediaLoop(events, ports=[port + port % 2] if port % 2 == 0 else [port + 1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as also_taken:
            if port % 2:
                also_taken.bind(("127.0.0.1", port + 1))
            with pytest.raises(SettingInvalid, match="HUIFANG_RTP_FIRST_PORT"):
                loop.open()


def test_a_closed_session_gives_its_port_back(events):
    loop = BatchedMediaLoop(events, ports=range(42000, 42100))
    loop.start()
    for _ in range(60):  # more than there are even ports
        loop.open().close()
        time.sleep(0.005)
    loop.stop()
    assert loop.stats()["sessions"] == 0


def test_silence_flows_with_steady_numbers(call):
    _, peer = call()
    heard = peer.receive(50)
    assert {packet.payload for packet in heard} == {SILENT}
    assert {packet.payload_type for packet in heard} == {8}
    assert len({packet.ssrc for packet in heard}) == 1
    for before, after in itertools.pairwise(heard):
        assert (after.sequence - before.sequence) % 65536 == 1
        assert (after.timestamp - before.timestamp) % 2**32 % 160 == 0
    assert (heard[-1].timestamp - heard[0].timestamp) % 2**32 >= 49 * 160
    assert heard[-1].at - heard[0].at > 0.8  # paced, not poured out


def test_a_clip_reaches_the_far_end_unchanged_and_is_reported(call, events):
    session, peer = call()
    peer.receive(5)
    session.play(CLIP, "greeting")
    heard = peer.receive_until(CLIP[:160])
    assert heard[-1].marker
    assert b"".join(packet.payload for packet in [heard[-1], *peer.receive(3)]) == CLIP + SILENT
    (played,) = events.wait(Played)
    assert (played.session, played.token, played.finished) == (session, "greeting", True)
    assert played.end_ms - played.start_ms >= 60
    assert played.start_ms >= 80


def test_a_mulaw_far_end_hears_the_clip_in_its_codec(call):
    session, peer = call("PCMU")
    assert peer.receive(1)[0].payload == b"\xff" * 160
    sound = alaw(speech(-20, 0.2))
    session.play(sound, "greeting")
    first = peer.receive_until(transcode(sound[:160], Codec.PCMA, Codec.PCMU))[-1]
    heard = first.payload + b"".join(packet.payload for packet in peer.receive(9))
    assert first.payload_type == 0
    assert level_db(heard, Codec.PCMU) == pytest.approx(level_db(sound), abs=0.2)


def test_clips_may_wait_for_the_connection(loop, new_peer, events):
    peer, session = new_peer(), loop.open()
    session.play(CLIP, 1)
    session.connect("127.0.0.1", peer.port, codec="PCMA", dtmf_payload=None)
    assert peer.receive(1)[0].payload == CLIP[:160]
    assert events.wait(Played)[0].start_ms == 0


def test_stop_playing_is_heard_at_once_and_reported(call, events):
    session, peer = call()
    session.play(b"\x11" * 160, "tune", loop=True)
    session.play(CLIP, "never")
    peer.receive_until(b"\x11")
    peer.receive(10)
    session.stop_playing()
    stopped = events.wait(Played, 2)
    assert [(event.token, event.finished) for event in stopped] == [("tune", False), ("never", False)]
    assert stopped[0].end_ms - stopped[0].start_ms >= 200
    peer.receive_until(SILENT)


def test_each_key_of_the_far_end_is_told_once(call, events):
    session, peer = call()
    for event in (1, 1, 11, 0):
        peer.press(session.local_port, event)
    keys = events.wait(KeyPressed, 4)
    assert [key.key for key in keys] == ["1", "1", "#", "0"]
    assert {key.session for key in keys} == {session}
    peer.press(session.local_port, 15)
    assert [key.key for key in events.wait(KeyPressed, 5)][-1] == "D"


def test_keys_reach_the_far_end(call):
    session, peer = call(dtmf_payload=96)
    session.send_keys("4*")
    heard = [packet for packet in peer.receive(40) if packet.payload_type == 96]
    assert [packet.payload[0] for packet in heard] == [4] * 7 + [10] * 7
    assert [packet.payload[1] >> 7 for packet in heard] == [0, 0, 0, 0, 1, 1, 1] * 2
    assert len({packet.timestamp for packet in heard}) == 2


def test_a_wrong_key_is_refused_where_it_was_asked_for(call):
    session, _ = call()
    with pytest.raises(ValueError, match="telephone"):
        session.send_keys("12x")


def test_speech_is_told_with_its_audio(call, events):
    session, peer = call()
    said = alaw(speech(-18, 1.2))
    peer.talk(session.local_port, alaw(quiet(0.6)) + said + alaw(quiet(1.0)))
    (started,) = events.wait(SpeechStarted)
    (ended,) = events.wait(SpeechEnded)
    assert started.session is ended.session is session
    assert started.at_ms == ended.start_ms
    assert 400 <= ended.start_ms <= 1200
    assert 1000 <= ended.end_ms - ended.start_ms <= 1300
    assert ended.pcm.dtype == np.int16
    assert 300 <= len(ended.pcm) / 8 - (ended.end_ms - ended.start_ms) <= 300 + 200
    expected = decode(said, Codec.PCMA).astype(float)
    heard = ended.pcm.astype(float)
    likeness = np.correlate(heard, expected, "full").max() / np.sqrt((heard**2).sum() * (expected**2).sum())
    assert likeness > 0.7


def test_speech_is_passed_on_while_it_is_said_and_whole(call, events):
    session, peer = call()
    peer.talk(session.local_port, alaw(quiet(0.6)) + alaw(speech(-18, 1.2)) + alaw(quiet(1.0)))
    (ended,) = events.wait(SpeechEnded)
    pieces = events.of(SpeechHeard)
    assert len(pieces) >= 10
    along = np.concatenate([piece.pcm for piece in pieces])
    assert (along[: len(ended.pcm)] == ended.pcm).all()
    assert len(along) > len(ended.pcm)  # more of the closing silence
    assert ended.silence_ms == 600


def test_a_shorter_silence_ends_what_is_being_said_where_it_is_asked_for(call, events):
    session, peer = call()
    session.end_turn_after(300)
    peer.talk(session.local_port, alaw(speech(-18, 1.0)) + alaw(quiet(1.0)))
    (ended,) = events.wait(SpeechEnded)
    assert ended.silence_ms == 300


def test_speech_in_mulaw_is_told_too(call, events):
    session, peer = call("PCMU")
    said = encode(np.concatenate([speech(-18, 1.0), quiet(0.8)]).astype(np.int16), Codec.PCMU).tobytes()
    peer.talk(session.local_port, said, payload_type=0)
    (ended,) = events.wait(SpeechEnded)
    assert level_db(encode(ended.pcm, Codec.PCMA).tobytes()) == pytest.approx(-19, abs=3)


def test_what_was_being_said_at_the_end_of_the_call_is_not_lost(call, events):
    session, peer = call()
    peer.talk(session.local_port, alaw(speech(-18, 0.8)))
    session.close()
    (ended,) = events.wait(SpeechEnded)
    assert len(ended.pcm) >= 8000 * 0.5


def test_keys_do_not_sound_like_speech(call, events):
    session, peer = call()
    for event in range(5):
        peer.talk(session.local_port, SILENT * 5)
        peer.press(session.local_port, event)
    events.wait(KeyPressed, 5)
    peer.talk(session.local_port, SILENT * 10)
    assert events.of(SpeechStarted) == []


def test_garbage_is_counted_and_dropped(call, loop):
    session, peer = call()
    peer.talk(session.local_port, SILENT * 3)
    address = ("127.0.0.1", session.local_port)
    for garbage in (b"", b"x", os.urandom(8), b"INVITE sip:a@b SIP/2.0\r\n\r\n", b"\x8f\x08" + bytes(12)):
        peer.sock.sendto(garbage, address)
    peer.send(session.local_port, b"\x01", 101)  # a key cut off
    peer.sock.sendto(b"\x80\xc8" + bytes(26), address)  # an RTCP sender report cut off
    peer.sock.sendto(b"\x80\x08" + bytes(10) + bytes(1900), address)  # longer than any audio
    peer.talk(session.local_port, SILENT * 5)
    peer.forget()
    peer.receive(10)
    stats = loop.stats()
    assert (stats["malformed"], stats["unknown"]) == (7, 0)
    assert stats["packets_received"] >= 9


def test_comfort_noise_is_heard_where_the_far_end_is_silent(call, loop):
    session, peer = call()
    other, listener = call()
    other.hear(session)
    peer.talk(session.local_port, CLIP * 5)
    peer.send(session.local_port, b"\x2d", 13)
    listener.forget()
    heard = b"".join(packet.payload for packet in listener.receive(40)[-10:])
    assert level_db(heard) == pytest.approx(-45, abs=3)
    assert loop.stats()["unknown"] == 0


def test_we_answer_to_where_packets_come_from(call, new_peer):
    session, signalled = call()
    behind_nat = new_peer()
    signalled.receive(2)
    behind_nat.talk(session.local_port, SILENT * 5)
    assert behind_nat.receive(3)[-1].payload == SILENT


def test_an_intruder_gets_nothing_and_is_not_heard(call, new_peer, loop, events):
    session, peer = call()
    peer.talk(session.local_port, SILENT * 3)
    intruder = new_peer(ssrc=0xBAD)
    for _ in range(10):
        intruder.press(session.local_port, 1)
        peer.talk(session.local_port, SILENT)
    peer.forget()
    peer.receive(3)
    assert events.of(KeyPressed) == []
    assert loop.stats()["foreign"] == 50
    intruder.sock.setblocking(False)
    with pytest.raises(BlockingIOError):
        intruder.sock.recv(100)


def test_a_call_can_move_in_the_middle(call, new_peer):
    session, peer = call()
    before = peer.receive(3)
    elsewhere = new_peer()
    session.connect("127.0.0.1", elsewhere.port, codec="PCMU", dtmf_payload=None)
    after = elsewhere.receive(3)
    assert {packet.payload_type for packet in after} == {0}
    assert after[0].ssrc == before[0].ssrc
    assert 0 < (after[0].sequence - before[-1].sequence) % 65536 < 100


def test_the_same_description_again_does_not_let_an_intruder_in(call, new_peer, loop):
    session, peer = call()
    behind_nat, intruder = new_peer(), new_peer(ssrc=0xBAD)
    behind_nat.talk(session.local_port, SILENT * 5)
    session.connect("127.0.0.1", peer.port, codec="PCMA", dtmf_payload=101)
    for _ in range(10):
        intruder.talk(session.local_port, SILENT)
        behind_nat.send(session.local_port, SILENT)
    behind_nat.forget()
    assert behind_nat.receive(3)[-1].payload == SILENT
    assert loop.stats()["foreign"] == 10


def test_a_far_end_that_falls_silent_is_reported_once(call, events, monkeypatch):
    monkeypatch.setattr("huifang.voice.rtp.endpoint._LOST_AFTER_FRAMES", 20)
    session, peer = call()
    (lost,) = events.wait(MediaLost)
    assert (lost.session, lost.silent_s) == (session, 8.0)
    peer.talk(session.local_port, SILENT * 30)
    assert len(events.of(MediaLost)) == 1
    events.wait(MediaLost, 2)


def test_a_hundred_calls_at_once_all_hear_their_own_clip(call, events):
    calls = [call() for _ in range(100)]
    clips = [bytes([number + 1]) * 160 * 100 for number in range(100)]
    for (session, peer), clip in zip(calls, clips, strict=True):
        peer.forget()  # the silence so far: what is left unread for long crowds out what follows
        session.play(clip, clip[0])
    played = events.wait(Played, 100)
    assert sorted(event.token for event in played) == list(range(1, 101))
    for (_, peer), clip in zip(calls, clips, strict=True):
        first = peer.receive_until(clip[:160])[-1]
        assert first.payload + b"".join(packet.payload for packet in peer.receive(99)) == clip


def test_a_receiver_that_fails_ends_nobody_s_audio(new_peer):
    def fail(event: object) -> None:
        raise RuntimeError("receiver")

    loop = BatchedMediaLoop(fail, ports=range(42200, 42300))
    loop.start()
    peer, session = new_peer(), loop.open()
    session.connect("127.0.0.1", peer.port, codec="PCMA", dtmf_payload=101)
    session.play(CLIP, "a")
    peer.press(session.local_port, 5)
    assert len(peer.receive(20)) == 20
    loop.stop()


def test_stopping_ends_every_thread_and_frees_every_port(events, new_peer):
    before = threading.active_count()
    loop = BatchedMediaLoop(events, ports=range(42300, 42400))
    loop.start()
    session = loop.open()
    loop.open()  # never connected
    session.connect("127.0.0.1", new_peer().port, codec="PCMA", dtmf_payload=None)
    session.play(CLIP * 50, "cut short")
    loop.stop()
    assert threading.active_count() == before
    assert [(event.token, event.finished) for event in events.of(Played)] == [("cut short", False)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", session.local_port))


FROZEN = """
import sys
from huifang.voice.rtp.loop import BatchedMediaLoop
loop = BatchedMediaLoop(print, ports=range(42400, 42500))
loop.start()
session = loop.open()
session.connect("127.0.0.1", int(sys.argv[1]), codec="PCMA", dtmf_payload=None)
session.play(bytes(range(1, 201)) * 4 * 160, "clip")
print(session.local_port, flush=True)
sys.stdin.read()
loop.stop()
"""


def test_a_process_that_was_frozen_goes_on_without_a_burst(new_peer):
    peer = new_peer()
    process = subprocess.Popen(
        [sys.executable, "-c", FROZEN, str(peer.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        heard = peer.receive(20)
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        heard += peer.receive_until_quiet(0.6)
        process.send_signal(signal.SIGCONT)
        thawed_at = time.monotonic()
        after = peer.receive(40)
    finally:
        process.kill()
        process.communicate()
    everything = heard + after
    audio = b"".join(packet.payload for packet in everything)
    assert audio == (bytes(range(1, 201)) * 4 * 160)[: len(audio)]  # nothing was swallowed
    assert after[0].sequence == (heard[-1].sequence + 1) % 65536
    gap = (after[0].timestamp - heard[-1].timestamp) % 2**32 / 8000
    assert gap == pytest.approx(after[0].at - heard[-1].at, abs=0.2)
    assert after[-1].at - thawed_at > 0.6  # 40 packets at their pace, the missed ones left out


def test_on_hold_nothing_is_sent_and_the_clip_goes_on_afterwards(call, events) -> None:
    session, peer = call()
    peer.receive(3)
    session.direct(sends=False, hears=True)
    session.play(b"\x2a" * 1600, "held")
    peer.sock.settimeout(0.3)
    with contextlib.suppress(TimeoutError):
        while True:
            assert peer.sock.recv(2048)[12:13] != b"\x2a"  # what was on its way
    session.direct(sends=True, hears=True)
    heard = peer.receive_until(b"\x2a" * 160)
    assert heard[-1].payload == b"\x2a" * 160
    rest = peer.receive(9)
    assert all(packet.payload == b"\x2a" * 160 for packet in rest)  # from its beginning to its end


def test_a_far_end_that_holds_is_not_lost() -> None:
    lost = []
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint = Endpoint(None, sock, PacketCounts(), lost.append)
    try:
        endpoint.connect(("127.0.0.1", 9), Codec.PCMA, None)
        endpoint.direct(sends=True, hears=False)
        for _ in range(1000):
            endpoint.hear()
        assert lost == []
        endpoint.direct(sends=True, hears=True)
        for _ in range(1000):
            endpoint.hear()
        assert [type(event).__name__ for event in lost] == ["MediaLost"]
    finally:
        sock.close()
