"""A stranger's telephone: baresip registers nowhere, calls our number, presses a key, hears the ending."""

from __future__ import annotations

from collections.abc import Callable
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


def calls_presses_two_and_hears_the_ending(
    home: Path, *, dial: Callable[[str], None], press_two: Callable[[], None], over: Callable[[], object]
) -> None:
    """A stranger's phone dials us, answers with a key, and is rung off by us.

    :param dial: calls this URI, and returns when the call stands
    :param over: returns when the phone has seen the end
    """
    centre, one = FakeCentre(), for_caller()
    centre.for_callers.append(one)
    with serving(centre) as url:
        env = environment(home, url)
        with running(env):
            dial(f"sip:4008001234@127.0.0.1:{env.sip_port}")
            assert wait_until(lambda: len(centre.of(one.attempt_id, EventKind.SAID)) >= 2)
            press_two()
            assert wait_until(lambda: bool(centre.of(one.attempt_id, EventKind.ANSWER)))
            over()
            assert wait_until(lambda: centre.is_settled(one.attempt_id))
    [answer] = centre.of(one.attempt_id, EventKind.ANSWER)
    assert (answer.data["key"], answer.data["score"]) == ("2", 4)
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert (end.data["cause"], end.data["tune"]) == (EndCause.COMPLETED, "warm_piano")


def assert_heard_to_the_last_note(samples: np.ndarray) -> None:
    loud = loudness(samples) > 300
    assert loud.mean() > 0.3
    assert loud[-15:].any()  # the tune is the last thing that is heard


def test_baresip_calls_presses_a_key_and_hears_its_ending(baresip: Baresip, tmp_path: Path) -> None:
    def dial(uri: str) -> None:
        baresip.command("dial", uri)
        baresip.wait_for("CALL_ESTABLISHED")

    calls_presses_two_and_hears_the_ending(
        tmp_path,
        dial=dial,
        press_two=lambda: baresip.press("2"),
        over=lambda: baresip.wait_for("CALL_CLOSED"),
    )
    assert_heard_to_the_last_note(baresip.heard())


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
