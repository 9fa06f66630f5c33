"""Far ends that talk to each other through us, and the recordings of calls."""

from __future__ import annotations

import threading
import time
import wave

import numpy as np
import pytest

from huifang.voice.rtp.g711 import Codec, decode, encode, transcode
from huifang.voice.rtp.port import KeyPressed, Recorded

SILENT = b"\xd5" * 160


@pytest.fixture
def bridged(call):
    """(customer's session, its far end, agent's session, its far end); the agent speaks µ-law."""
    customer, customer_phone = call()
    agent, agent_phone = call("PCMU")
    customer.hear(agent)
    agent.hear(customer)
    return customer, customer_phone, agent, agent_phone


def talk_both(bridged, for_customer: bytes, for_agent: bytes) -> None:
    customer, customer_phone, agent, agent_phone = bridged
    agent_talks = threading.Thread(target=agent_phone.talk, args=(agent.local_port, for_customer, 0))
    agent_talks.start()
    customer_phone.talk(customer.local_port, for_agent)
    agent_talks.join()


def test_each_hears_the_other_in_its_own_codec(bridged):
    _, customer_phone, _, agent_phone = bridged
    talk_both(bridged, b"\x2a" * 160 * 30, b"\x3b" * 160 * 30)
    in_alaw = transcode(b"\x2a", Codec.PCMU, Codec.PCMA)
    in_mulaw = transcode(b"\x3b", Codec.PCMA, Codec.PCMU)
    customer_phone.receive_until(in_alaw * 160)
    agent_phone.receive_until(in_mulaw * 160)
    heard = [packet.payload[:1] for packet in customer_phone.receive(20)]
    assert heard.count(in_alaw) >= 15


def test_packets_in_disorder_are_put_in_order_on_the_way(bridged):
    customer, customer_phone, _, agent_phone = bridged
    codes = [bytes([value]) * 160 for value in range(0x81, 0x91)]
    customer_phone.talk(customer.local_port, SILENT * 3)
    start = customer_phone.timestamp
    for pair in range(0, len(codes), 2):
        for number in (pair + 1, pair):
            customer_phone.timestamp = (start + 160 * number) % 2**32
            customer_phone.talk(customer.local_port, codes[number])
    customer_phone.timestamp = (start + 160 * len(codes)) % 2**32
    customer_phone.talk(customer.local_port, b"\x2a" * 160 * 10)
    wanted = [transcode(code, Codec.PCMA, Codec.PCMU)[40:] for code in codes]
    until = agent_phone.receive_until(transcode(b"\x2a", Codec.PCMA, Codec.PCMU) * 160)
    tails = [packet.payload[40:] for packet in until]  # behind a gap the beginning of a frame is faded in
    heard = [wanted.index(tail) for tail in tails if tail in wanted]
    assert heard == sorted(set(heard))
    assert len(heard) >= 4  # all sixteen, unless the machine holds this test up


def test_keys_are_told_and_left_to_the_call(bridged, events):
    customer, customer_phone, _, agent_phone = bridged
    customer_phone.press(customer.local_port, 7)
    (key,) = events.wait(KeyPressed)
    assert (key.session, key.key) == (customer, "7")
    assert {packet.payload_type for packet in agent_phone.receive(20)} == {0}


def test_a_clip_is_heard_in_place_of_the_other_side(bridged):
    customer, customer_phone, _, _ = bridged
    customer.play(b"\x44" * 320, "announcement")
    assert len(customer_phone.receive_until(b"\x44")) < 50


def test_after_the_bridge_both_hear_silence(bridged):
    customer, customer_phone, agent, agent_phone = bridged
    talk_both(bridged, b"\x2a" * 160 * 10, b"\x3b" * 160 * 10)
    agent.close()
    customer_phone.forget()
    customer_phone.receive(3)
    customer_phone.talk(customer.local_port, b"\x3b" * 160 * 10)
    assert {packet.payload for packet in customer_phone.receive(5)} == {SILENT}
    agent_phone.forget()


def test_who_speaks_need_not_be_heard(bridged):
    customer, customer_phone, _, agent_phone = bridged
    customer.hear()
    talk_both(bridged, b"\x2a" * 160 * 15, b"\x3b" * 160 * 15)
    agent_phone.receive_until(transcode(b"\x3b", Codec.PCMA, Codec.PCMU) * 160)
    assert customer_phone.receive(20)[-1].payload == SILENT


def test_three_hear_each_other_and_not_themselves(call):
    sides = [call(), call("PCMU"), call()]
    codes = [b"\x3b", b"\x2a", b"\x6f"]
    loudness = [
        int(decode(code, codec)[0])
        for code, codec in zip(codes, (Codec.PCMA, Codec.PCMU, Codec.PCMA), strict=True)
    ]
    for session, _ in sides:
        session.hear(*(other for other, _ in sides if other is not session))
    talkers = [
        threading.Thread(target=phone.talk, args=(session.local_port, code * 160 * 40, kind))
        for (session, phone), code, kind in zip(sides, codes, (8, 0, 8), strict=True)
    ]
    for talker in talkers:
        talker.start()
    for (_, phone), codec, own in zip(sides, (Codec.PCMA, Codec.PCMU, Codec.PCMA), loudness, strict=True):
        both = encode(np.array([sum(loudness) - own], np.int16), codec).tobytes()
        phone.receive_until(both * 160)
    for talker in talkers:
        talker.join()


def test_a_bridge_taken_apart_keeps_both_calls(bridged):
    customer, customer_phone, agent, agent_phone = bridged
    customer.hear()
    agent.hear()
    talk_both(bridged, b"\x2a" * 160 * 15, b"\x3b" * 160 * 15)
    assert agent_phone.receive(20)[-1].payload == b"\xff" * 160
    assert customer_phone.receive(20)[-1].payload == SILENT


def read_wav(path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def test_the_recording_holds_the_far_end_left_and_us_right(call, events, tmp_path):
    session, peer = call()
    session.record_to(tmp_path / "call.wav")
    session.play(b"\x11" * 160 * 20, "prompt")
    peer.talk(session.local_port, b"\x22" * 160 * 40)
    assert not (tmp_path / "call.wav").exists()
    session.close()
    (recorded,) = events.wait(Recorded)
    samples = read_wav(tmp_path / "call.wav")
    assert (recorded.session, recorded.path, recorded.error) == (session, tmp_path / "call.wav", "")
    assert recorded.seconds == len(samples) / 8000
    prompt, voice = decode(b"\x11\x22", Codec.PCMA)
    assert (samples[:, 1] == prompt).sum() == 160 * 20
    assert (samples[:, 0] == voice).sum() >= 160 * 20  # what still waited in the buffer is not in it
    assert prompt not in samples[:, 0]
    assert voice not in samples[:, 1]
    first_prompt, first_voice = (int((samples[:, c] == v).argmax()) for c, v in ((1, prompt), (0, voice)))
    assert abs(first_voice - first_prompt) < 8000 * 0.3  # both sides share one clock


def test_a_recording_that_is_not_wanted_is_gone_at_once_and_the_call_goes_on(call, events, tmp_path):
    session, peer = call()
    session.record_to(tmp_path / "call.wav")
    peer.talk(session.local_port, b"\x22" * 160 * 250)
    part = tmp_path / "call.wav.part"
    deadline = time.monotonic() + 20
    while not part.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert part.exists()
    session.discard_recording()
    assert not part.exists()
    peer.talk(session.local_port, b"\x22" * 160 * 20)
    session.record_to(tmp_path / "later.wav")  # what is told of first would have been the first recording
    peer.talk(session.local_port, b"\x22" * 160 * 20)
    session.close()
    (recorded,) = events.wait(Recorded)
    assert recorded.path == tmp_path / "later.wav"
    assert [path.name for path in tmp_path.iterdir()] == ["later.wav"]


def test_the_recording_goes_on_through_a_bridge(bridged, events, tmp_path):
    customer, customer_phone, agent, _ = bridged
    customer.record_to(tmp_path / "call.wav")
    talk_both(bridged, b"\x2a" * 160 * 30, b"\x3b" * 160 * 30)
    agent.close()
    customer_phone.talk(customer.local_port, b"\x3c" * 160 * 10)
    customer.close()
    events.wait(Recorded)
    samples = read_wav(tmp_path / "call.wav")
    agent_voice = decode(transcode(b"\x2a", Codec.PCMU, Codec.PCMA), Codec.PCMA)[0]
    assert (samples[:, 1] == agent_voice).sum() >= 160 * 20
    assert (samples[:, 0] == decode(b"\x3b", Codec.PCMA)[0]).sum() >= 160 * 20
    assert (samples[:, 0] == decode(b"\x3c", Codec.PCMA)[0]).sum() >= 160 * 3


def test_a_far_end_that_sends_the_other_codec_is_understood(call, events, tmp_path):
    session, peer = call()
    session.record_to(tmp_path / "call.wav")
    peer.talk(session.local_port, b"\x2a" * 160 * 20, payload_type=0)
    session.close()
    events.wait(Recorded)
    voice = decode(transcode(b"\x2a", Codec.PCMU, Codec.PCMA), Codec.PCMA)[0]
    assert (read_wav(tmp_path / "call.wav")[:, 0] == voice).sum() >= 160 * 12


def test_a_failing_disk_does_not_end_the_call(call, events, tmp_path, loop):
    (tmp_path / "file").write_text("in the way")
    session, peer = call()
    session.record_to(tmp_path / "file" / "call.wav")
    peer.receive(80)
    session.close()
    (recorded,) = events.wait(Recorded)
    assert recorded.error
    assert loop.stats()["recordings_failed"] == 1
