"""A second stranger's telephone: linphone registers nowhere, calls our number, presses a key, hears the ending."""

from __future__ import annotations

from pathlib import Path

from servers.linphone import Linphone

from huifang.logic.voice_line import EndCause, EventKind

from .centre import FakeCentre
from .stage import environment, running, serving, wait_until
from .test_baresip import loudness
from .test_sipp_caller import for_caller


def test_linphone_calls_presses_a_key_and_hears_its_ending(linphone: Linphone, tmp_path: Path) -> None:
    centre, one = FakeCentre(), for_caller()
    centre.for_callers.append(one)
    with serving(centre) as url:
        env = environment(tmp_path, url)
        with running(env):
            linphone.type(f"call sip:4008001234@127.0.0.1:{env.sip_port}")
            linphone.wait_for("connected")
            assert wait_until(lambda: len(centre.of(one.attempt_id, EventKind.SAID)) >= 2)
            linphone.type("2")
            assert wait_until(lambda: bool(centre.of(one.attempt_id, EventKind.ANSWER)))
            linphone.wait_for("ended")
            assert wait_until(lambda: centre.is_settled(one.attempt_id))
    [answer] = centre.of(one.attempt_id, EventKind.ANSWER)
    assert (answer.data["key"], answer.data["score"]) == ("2", 4)
    end = centre.end_of(one.attempt_id)
    assert end is not None
    assert (end.data["cause"], end.data["tune"]) == (EndCause.COMPLETED, "warm_piano")
    loud = loudness(linphone.heard()) > 300
    assert loud.mean() > 0.3
    assert loud[-15:].any()  # the tune is the last thing that is heard
