"""A call whose recogniser is gone goes on by keys."""

from __future__ import annotations

from pathlib import Path

from huifang.logic.voice_line import EventKind
from huifang.voice.pstn.persona import Line, Persona, Press, Sound, Speak, Turn

from .centre import FakeCentre
from .orders import order
from .stage import Street, environment, free_sip_port, network, running, serving, wait_until

NUMBER = "+8613700000099"


def test_who_speaks_to_a_recogniser_that_is_gone_is_asked_for_keys_at_once(tmp_path: Path) -> None:
    turns = (Turn(Speak("满意")), Turn(Press("2")))
    person = Persona("test", Line.ANSWERS, 0.3, Sound(1.0, 0.8), "", turns, stays_s=30.0)
    centre = FakeCentre()
    nobody = f"ws://127.0.0.1:{free_sip_port()}"
    with network(Street({NUMBER: person}), tmp_path / "log") as phones, serving(centre) as url:
        call = order(NUMBER, phones.port)
        centre.orders.append(call)
        with running(environment(tmp_path, url, HUIFANG_EARS="funasr", HUIFANG_EARS_URL=nobody)):
            assert wait_until(lambda: centre.is_settled(call.attempt_id), 90)
    said = [
        event.data for event in centre.of(call.attempt_id, EventKind.SAID) if event.data["step"] == "rating"
    ]
    assert len(said) >= 2
    assert "按" in said[1]["text"]
    [answer] = [event.data for event in centre.of(call.attempt_id, EventKind.ANSWER)][:1]
    assert (answer["channel"], answer["key"]) == ("key", "2")
