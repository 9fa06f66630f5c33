"""A customer who does not want to be recorded is not, and what was recorded is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from huifang.logic.voice_line import EventKind
from huifang.voice.node import Node

from .centre import FakeCentre
from .orders import order, short_script
from .stage import Street, environment, network, running, serving, wait_until
from .test_knowledge import GREETS, Ears, asks

NUMBER = "+8613800000001"


def test_who_refuses_to_be_recorded_is_obeyed_at_once_and_the_call_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    centre = FakeCentre()
    script = short_script()
    next(step for step in script["steps"] if step["id"] == "rating")["silence_s"] = 8.0
    monkeypatch.setattr(Node, "recognise", lambda node, pcm, then: None)
    left: list[list[str]] = []
    with (
        network(Street({NUMBER: asks("不要录音")}), tmp_path / "log") as phones,
        serving(centre) as url,
    ):
        one = order(NUMBER, phones.port, script=script)
        centre.orders.append(one)
        env = environment(tmp_path, url)
        monkeypatch.setattr("huifang.voice.node.ears_of", lambda env: Ears(GREETS, "不要录音"))
        with running(env) as node:
            assert wait_until(lambda: bool(centre.of(one.attempt_id, EventKind.RECORDING)))
            left.append(sorted(path.name for path in tmp_path.rglob(f"{one.attempt_id}*")))
            assert wait_until(lambda: centre.is_settled(one.attempt_id))
            assert wait_until(lambda: not node.stats()["active"])
    [told] = centre.of(one.attempt_id, EventKind.RECORDING)
    assert told.data == {"bytes": 0, "seconds": 0.0, "cut": "refused"}
    assert left == [[]], "nothing of it is on the disk"
    assert not centre.recordings
    assert not list(tmp_path.rglob(f"{one.attempt_id}*"))
    said = [e.data["text"] for e in centre.of(one.attempt_id, EventKind.SAID)]
    assert any("不录音" in text for text in said), said
    answers = centre.of(one.attempt_id, EventKind.ANSWER)
    assert [a.data["key"] for a in answers] == ["1"], "the question was put again, and answered"
