"""The node of benches and rehearsals hears with what they give it, whatever this shell exports."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from huifang.commands import rehearsing
from huifang.voice.rig import LeanCentre, node, serving, wait_for


def test_a_node_without_a_model_goes_by_keys_whatever_ears_are_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIFANG_EARS", "sherpa")
    monkeypatch.setenv("HUIFANG_ASR_MODEL", str(tmp_path))
    centre = LeanCentre(9, 1.0, 0, {}, lambda _: {})
    log = tmp_path / "node.log"
    with log.open("ab") as output, serving(centre) as url, node(tmp_path, url, calls=1, output=output):
        wait_for(lambda: centre.claims > 0 or "HUIFANG_EARS" in log.read_text("utf-8"), 60)
    assert centre.claims > 0, log.read_text("utf-8")
    assert centre.stats["late_share"] == 0


@pytest.mark.parametrize(("ears", "given"), [("sherpa", "/models/one"), ("none", "")])
def test_a_rehearsal_aloud_hears_as_the_settings_say(
    monkeypatch: pytest.MonkeyPatch, ears: str, given: str
) -> None:
    monkeypatch.setenv("HUIFANG_EARS", ears)
    monkeypatch.setenv("HUIFANG_ASR_MODEL", "/models/one")
    asked: list[str] = []
    monkeypatch.setattr(rehearsing, "rehearse_audio", lambda *given: asked.append(given[3]))
    rehearsing.run_rehearsal(
        "first_order_3d", callers=1, seed=7, by="option", audio=1, console=Console(quiet=True)
    )
    assert asked == [given]
