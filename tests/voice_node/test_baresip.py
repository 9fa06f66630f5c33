"""A stranger's telephone: baresip registers nowhere, calls our number, presses a key, hears the ending."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from servers.baresip import Baresip

from huifang.logic.voice_line import EndCause, EventKind

from .centre import FakeCentre
from .orders import order
from .stage import environment, running, serving, wait_until
from .test_sipp_caller import for_caller


def loudness(samples: np.ndarray) -> np.ndarray:
    """Root mean square of every 200 ms."""
    whole = samples[: len(samples) // 1600 * 1600].astype(np.float64).reshape(-1, 1600)
    return np.sqrt((whole**2).mean(axis=1))


def test_baresip_calls_presses_a_key_and_hears_its_ending(baresip: Baresip, tmp_path: Path) -> None:
    centre, one = FakeCentre(), for_caller()
    centre.for_callers.append(one)
    with serving(centre) as url:
        env = environment(tmp_path, url)
        with running(env):
            baresip.command("dial", f"sip:4008001234@127.0.0.1:{env.sip_port}")
            baresip.wait_for("CALL_ESTABLISHED")
            assert wait_until(lambda: len(centre.of(one.attempt_id, EventKind.SAID)) >= 2)
            baresip.press("2")
            assert wait_until(lambda: bool(centre.of(one.attempt_id, EventKind.ANSWER)))
            baresip.wait_for("CALL_CLOSED")
            assert wait_until(lambda: centre.is_settled(one.attempt_id))
    [answer] = centre.of(one.attempt_id, EventKind.ANSWER)
    assert (answer.data["key"], answer.data["score"]) == ("2", 4)
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert (end.data["cause"], end.data["tune"]) == (EndCause.COMPLETED, "warm_piano")
    loud = loudness(baresip.heard()) > 300
    assert loud.mean() > 0.3
    assert loud[-15:].any()  # the tune is the last thing that is heard


def test_we_call_baresip_and_it_hangs_up(baresip: Baresip, tmp_path: Path) -> None:
    centre, one = FakeCentre(), order("+8613900139000", baresip.sip_port)
    centre.orders.append(one)
    with serving(centre) as url, running(environment(tmp_path, url)):
        baresip.wait_for("CALL_INCOMING")
        baresip.command("accept")
        baresip.wait_for("CALL_ESTABLISHED")
        assert wait_until(lambda: bool(centre.of(one.attempt_id, EventKind.SAID)))
        baresip.command("hangup")
        assert wait_until(lambda: centre.is_settled(one.attempt_id))
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert end.data["cause"] == EndCause.HUNG_UP
    assert (loudness(baresip.heard()) > 300).any()
