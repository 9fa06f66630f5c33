"""SIPp takes our node's call: what arrives at a peer that no one here wrote."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from voice_sip.sipp import LOCAL, SCENARIOS, Sipp

from huifang.logic.voice_line import EndCause, EventKind, TrunkAddress
from huifang.voice.rtp.g711 import SILENCE, Codec, decode
from huifang.voice.rtp.packet import RtpPacket, parse_packet, serialise_packet

from .centre import FakeCentre
from .orders import order
from .stage import environment, running, serving, wait_until

pytestmark = pytest.mark.sipp
OURS = Path(__file__).parent / "scenarios"


class Earpiece:
    """A plain socket that SIPp's description names: keeps every packet with its arrival, and sends silence.

    :param codec: in which it sends
    """

    def __init__(self, codec: Codec = Codec.PCMA) -> None:
        self.says = b""
        """Is sent in place of silence, a packet for each that comes."""
        self._codec = codec
        self.packets: list[tuple[float, RtpPacket]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOCAL, 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                datagram, source = self._socket.recvfrom(2048)
                self.packets.append((time.monotonic(), parse_packet(datagram)))
                self._far_end = source
                n = len(self.packets)
                frame, self.says = self.says[:160], self.says[160:]
                frame = frame.ljust(160, bytes([SILENCE[self._codec]]))
                packet = RtpPacket(self._codec, False, n & 0xFFFF, n * 160, 4711, frame)
                self._socket.sendto(serialise_packet(packet), source)
            except OSError:
                return

    def send(self, datagram: bytes) -> None:
        """To wherever the last packet came from."""
        self._socket.sendto(datagram, self._far_end)

    def close(self) -> None:
        self._socket.close()


def test_sipp_hears_the_prompt_as_pcma_every_20_ms(sipp: Sipp, tmp_path: Path) -> None:
    earpiece = Earpiece()
    run = sipp.listen(OURS / "uas_listens_elsewhere.xml", "-key", "ear", str(earpiece.port))
    centre = FakeCentre()
    with serving(centre) as url:
        one = order("+8613800000000", 0, trunk=TrunkAddress("sipp", LOCAL, run.port))
        centre.orders.append(one)
        with running(environment(tmp_path, url)):
            assert wait_until(lambda: centre.is_settled(one.attempt_id), 60)
    run.check()
    earpiece.close()

    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert end.data["outcome"] == "no_input"  # nobody pressed anything
    assert f"Call-ID: {one.attempt_id}" in run.messages
    packets = [p for _, p in earpiece.packets]
    assert {p.payload_type for p in packets} == {8}
    assert {len(p.payload) for p in packets} == {160}
    assert len({p.ssrc for p in packets}) == 1
    sequences = np.unwrap([p.sequence for p in packets], period=1 << 16)
    stamps = np.unwrap([p.timestamp for p in packets], period=1 << 32)
    assert set(np.diff(sequences)) == {1}
    assert np.median(np.diff(stamps)) == 160
    assert not (np.diff(stamps) % 160).any()  # a busy machine may leave frames out, never shift them
    gaps = np.diff([at for at, _ in earpiece.packets])
    assert abs(np.median(gaps) - 0.020) < 0.002
    opening = centre.of(one.attempt_id, EventKind.SAID)[0].data
    first, last = opening["start_ms"] // 20, opening["end_ms"] // 20
    said = decode(b"".join(p.payload for p in packets[first:last]), Codec.PCMA).astype(np.float64)
    assert 1000 < np.sqrt((said**2).mean()) < 12000
    before_the_end = decode(b"".join(p.payload for p in packets[-10:]), Codec.PCMA)
    assert np.abs(before_the_end).max() < 20000


def test_what_a_full_trunk_asks_for_reaches_the_centre(sipp: Sipp, tmp_path: Path) -> None:
    scenario = tmp_path / "full.xml"
    scenario.write_text((SCENARIOS / "uas_fails.xml").read_text().replace("486 Busy Here", "503 Full"))
    run = sipp.listen(scenario)
    centre = FakeCentre()
    with serving(centre) as url:
        one = order("+8613800000000", 0, trunk=TrunkAddress("sipp", LOCAL, run.port, codecs=["PCMU"]))
        centre.orders.append(one)
        with running(environment(tmp_path, url)):
            assert wait_until(lambda: centre.is_settled(one.attempt_id), 60)
    assert "RTP/AVP 0 101" in run.messages  # the only codec that this trunk may be offered
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert (end.data["cause"], end.data["sip_status"]) == (EndCause.TRUNK_REFUSED, 503)
    assert end.data["retry_after_s"] == 20


def test_a_trunk_that_is_not_there_is_the_line_s_fault_and_not_the_customer_s(tmp_path: Path) -> None:
    centre = FakeCentre()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute, serving(centre) as url:
        mute.bind((LOCAL, 0))
        trunk = TrunkAddress("mute", LOCAL, mute.getsockname()[1])
        one = order("+8613800000000", 0, trunk=trunk, ring_timeout_s=1.0)
        centre.orders.append(one)
        with running(environment(tmp_path, url)):
            assert wait_until(lambda: centre.is_settled(one.attempt_id), 60)
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert (end.data["cause"], end.data["sip_status"]) == (EndCause.NETWORK, 408)


@pytest.mark.skipif(os.geteuid() != 0, reason="SIPp sends keys through a raw socket, which needs root")
def test_a_key_from_sipp_becomes_a_rating(sipp: Sipp, tmp_path: Path) -> None:
    run = sipp.listen(OURS / "uas_presses_1.xml")
    centre = FakeCentre()
    with serving(centre) as url:
        one = order("+8613800000000", 0, trunk=TrunkAddress("sipp", LOCAL, run.port))
        centre.orders.append(one)
        with running(environment(tmp_path, url)):
            assert wait_until(lambda: centre.is_settled(one.attempt_id), 60)
    run.check()
    [answer] = centre.of(one.attempt_id, EventKind.ANSWER)
    assert (answer.data["key"], answer.data["score"]) == ("1", 5)
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert end.data["cause"] == EndCause.COMPLETED
