"""SIPp calls our node: it is picked up, asked for a rating, hears its ending, and is never left ringing."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from voice_sip.sipp import SCENARIOS, Sipp

from huifang.logic.voice_line import EndCause, EventKind, Order, TrunkAddress
from huifang.voice.rtp.g711 import Codec, decode
from huifang.voice.rtp.packet import RtpPacket, serialise_packet

from .centre import FakeCentre
from .orders import order
from .stage import environment, running, serving, wait_until
from .test_sipp_callee import Earpiece

pytestmark = pytest.mark.sipp
OURS = Path(__file__).parent / "scenarios"
KEYS_PAYLOAD = 101


def for_caller() -> Order:
    trunk = TrunkAddress("inbound", "", 0, caller_id="02166668888")
    return order("+8613900139000", 0, trunk=trunk, inbound=True)


def press(ear: Earpiece, key: int) -> None:
    """One key as RFC 4733 has it: the event growing, then its end three times."""
    for n, (end, duration) in enumerate([(0, 160), (0, 320), (0, 480), (1, 640), (1, 640), (1, 640)]):
        payload = struct.pack("!BBH", key, 10 | end << 7, duration)
        packet = RtpPacket(KEYS_PAYLOAD, n == 0, 60_000 + n, 9_000_000, 4711, payload)
        ear.send(serialise_packet(packet))


def test_sipp_is_picked_up_presses_a_key_and_hears_its_ending(sipp: Sipp, tmp_path: Path) -> None:
    ear, centre, one = Earpiece(), FakeCentre(), for_caller()
    centre.for_callers.append(one)
    with serving(centre) as url:
        env = environment(tmp_path, url)
        with running(env):
            run = sipp.call(
                env.sip_port,
                OURS / "uac_listens_elsewhere.xml",
                "-key",
                "ear",
                str(ear.port),
                "-s",
                "4008001234",
            )
            assert wait_until(lambda: len(centre.of(one.attempt_id, EventKind.SAID)) >= 2)
            press(ear, 2)
            assert wait_until(lambda: centre.is_settled(one.attempt_id))
            run.check()
    ear.close()

    assert [caller["caller"] for caller in centre.callers] == ["13900139000"]
    assert [caller["called"] for caller in centre.callers] == ["4008001234"]
    assert centre.kinds(one.attempt_id)[:2] == [EventKind.DIALLING, EventKind.ANSWERED]
    [answer] = centre.of(one.attempt_id, EventKind.ANSWER)
    assert (answer.data["key"], answer.data["score"]) == ("2", 4)
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert (end.data["cause"], end.data["tune"]) == (EndCause.COMPLETED, "warm_piano")
    packets = [packet for _, packet in ear.packets if packet.payload_type != KEYS_PAYLOAD]
    assert {packet.payload_type for packet in packets} == {0}  # PCMU, which is all that this caller has
    heard = decode(b"".join(packet.payload for packet in packets), Codec.PCMU).astype(np.float64)
    loud = np.sqrt((heard[: len(heard) // 1600 * 1600].reshape(-1, 1600) ** 2).mean(axis=1)) > 500
    assert loud.mean() > 0.3  # words and music, not silence


def test_a_caller_who_hangs_up_is_reported(sipp: Sipp, tmp_path: Path) -> None:
    centre, one = FakeCentre(), for_caller()
    centre.for_callers.append(one)
    with serving(centre) as url:
        env = environment(tmp_path, url)
        with running(env):
            sipp.call(env.sip_port, SCENARIOS / "uac_hangs_up.xml").check()
            assert wait_until(lambda: centre.is_settled(one.attempt_id))
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert end.data["cause"] == EndCause.HUNG_UP


def test_a_caller_without_an_order_is_turned_away(sipp: Sipp, tmp_path: Path) -> None:
    centre = FakeCentre()
    with serving(centre) as url:
        env = environment(tmp_path, url)
        with running(env):
            run = sipp.call(env.sip_port, SCENARIOS / "uac_hangs_up.xml")
            assert run.wait() != 0
    assert "SIP/2.0 480" in run.messages
    assert len(centre.callers) == 1


def test_a_caller_hears_busy_when_every_seat_is_taken(sipp: Sipp, tmp_path: Path) -> None:
    ear, centre, one = Earpiece(), FakeCentre(), for_caller()
    centre.for_callers += [one, for_caller()]
    with serving(centre) as url:
        env = environment(tmp_path, url, HUIFANG_NODE_SEATS="1")
        with running(env):
            first = sipp.call(env.sip_port, OURS / "uac_listens_elsewhere.xml", "-key", "ear", str(ear.port))
            assert wait_until(lambda: bool(centre.of(one.attempt_id, EventKind.ANSWERED)))
            second = sipp.call(env.sip_port, SCENARIOS / "uac_hangs_up.xml")
            assert second.wait() != 0
            assert "SIP/2.0 486" in second.messages
            first.check()
    ear.close()
    assert len(centre.callers) == 1
