"""A second stranger's telephone: linphone registers nowhere, calls our number, presses a key, hears the ending."""

from __future__ import annotations

from pathlib import Path

from servers.linphone import Linphone

from .test_baresip import assert_heard_to_the_last_note, calls_presses_two_and_hears_the_ending


def test_linphone_calls_presses_a_key_and_hears_its_ending(linphone: Linphone, tmp_path: Path) -> None:
    def dial(uri: str) -> None:
        linphone.type(f"call {uri}")
        linphone.wait_for("connected")

    calls_presses_two_and_hears_the_ending(
        tmp_path,
        dial=dial,
        press_two=lambda: linphone.type("2"),
        over=lambda: linphone.wait_for("ended"),
    )
    assert_heard_to_the_last_note(linphone.heard())
