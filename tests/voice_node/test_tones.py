"""SIPp at the other end of tones: keys as sound, the busy tone before and after the answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from voice_rtp.sounds import key, keys_in, pause, tone
from voice_sip.sipp import LOCAL, Sipp

from huifang.logic.voice_line import EndCause, EventKind, TrunkAddress
from huifang.voice.rtp.g711 import Codec, decode, encode

from .centre import FakeCentre
from .orders import order
from .stage import environment, running, serving, wait_until
from .test_sipp_callee import OURS, Earpiece

pytestmark = pytest.mark.sipp
BUSY = np.concatenate([tone(450, 350), pause(350)] * 8)


def codes(sound: np.ndarray, codec: Codec) -> bytes:
    return encode(sound.astype(np.int16), codec).tobytes()


def test_a_key_as_sound_is_a_rating_where_the_far_end_knows_no_events(sipp: Sipp, tmp_path: Path) -> None:
    ear = Earpiece(Codec.PCMU)
    run = sipp.listen(OURS / "uas_knows_no_events.xml", "-key", "ear", str(ear.port))
    centre = FakeCentre()
    with serving(centre) as url:
        one = order("+8613800000000", 0, trunk=TrunkAddress("sipp", LOCAL, run.port))
        centre.orders.append(one)
        with running(environment(tmp_path, url)):
            assert wait_until(lambda: len(centre.of(one.attempt_id, EventKind.SAID)) >= 2)
            ear.says = codes(np.concatenate([key("2", 80, -20), pause(100)]), Codec.PCMU)
            assert wait_until(lambda: centre.is_settled(one.attempt_id))
    run.check()
    ear.close()
    [heard] = [e.data for e in centre.of(one.attempt_id, EventKind.HEARD)]
    assert heard["key"] == "2"
    [answer] = [e.data for e in centre.of(one.attempt_id, EventKind.ANSWER)]
    assert (answer["score"], answer["channel"]) == (4, "key")
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert end.data["cause"] == EndCause.COMPLETED
    ours = decode(b"".join(packet.payload for _, packet in ear.packets), Codec.PCMU)
    assert keys_in(ours) == ""  # nothing that we say or play is a key


def test_a_busy_tone_in_early_media_is_busy_though_signalling_never_says_so(
    sipp: Sipp, tmp_path: Path
) -> None:
    ear = Earpiece()
    ear.says = codes(BUSY, Codec.PCMA)
    run = sipp.listen(OURS / "uas_early_busy.xml", "-key", "ear", str(ear.port))
    centre = FakeCentre()
    with serving(centre) as url:
        trunk = TrunkAddress("sipp", LOCAL, run.port)
        one = order("+8613800000000", 0, trunk=trunk, ring_timeout_s=60.0)
        centre.orders.append(one)
        with running(environment(tmp_path, url)):
            assert wait_until(lambda: centre.is_settled(one.attempt_id))
    run.check()
    ear.close()
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert end.data["cause"] == EndCause.BUSY
    assert end.data["ring_ms"] < 30_000  # it was not rung until nobody answered
    assert not centre.of(one.attempt_id, EventKind.ANSWERED)


@pytest.mark.parametrize(("presses", "cause"), [("", EndCause.BUSY), ("5", EndCause.HUNG_UP)])
def test_a_busy_tone_after_the_answer_means_that_nobody_is_there_any_more(
    sipp: Sipp, tmp_path: Path, presses: str, cause: EndCause
) -> None:
    """Or never was, where nothing had been heard before."""
    ear = Earpiece(Codec.PCMU)
    run = sipp.listen(OURS / "uas_knows_no_events.xml", "-key", "ear", str(ear.port))
    centre = FakeCentre()
    with serving(centre) as url:
        one = order("+8613800000000", 0, trunk=TrunkAddress("sipp", LOCAL, run.port))
        centre.orders.append(one)
        with running(environment(tmp_path, url)):
            assert wait_until(lambda: len(centre.of(one.attempt_id, EventKind.SAID)) >= 1)
            keys = [part for one_key in presses for part in (key(one_key, 100), pause(300))]
            ear.says = codes(np.concatenate([*keys, BUSY]), Codec.PCMU)
            assert wait_until(lambda: centre.is_settled(one.attempt_id))
    run.check()
    ear.close()
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert end.data["cause"] == cause
    assert end.data["talk_ms"] < 12_000
