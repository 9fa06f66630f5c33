"""Speaking into a question: noise and 嗯 let it go on from where it paused, an answer ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from huifang.logic.voice_line import Event, EventKind, Order
from huifang.voice.ears.port import Heard, Take
from huifang.voice.ears.recognition import Recognition
from huifang.voice.pstn.persona import Line, Persona, Press, Sound, Speak, Turn

from .centre import FakeCentre
from .orders import order, short_script
from .stage import Street, environment, network, running, serving, wait_until
from .whole_utterance import WholeUtterance

QUESTION = "您对这次购物满意吗？满意请按一，一般请按二，不满意请按三，想再听一遍请按星号键。"
NOISE, EN, ANSWER = (
    Heard("", (), 0.0),
    Heard("嗯", ("en",), 0.95),
    Heard("非常满意", ("fei", "chang", "man", "yi"), 0.95),
)
LOUDNESS = {"quiet": 0.0, "makes_noise": 0.08, "says_en": 0.25, "answers": 0.9}
NUMBERS = {name: f"+86139{n:08d}" for n, name in enumerate([*LOUDNESS, "assistant"])}


ASSISTANT = "您好，机主现在不方便接听电话，我是他的智能助理，请问您有什么事？"
ASSISTANT_HEARD = Heard(ASSISTANT, (), 0.9)


class Ears:
    """Tells people apart by their loudness, and the assistant by how long it talks: this test is about the call,
    not about the recogniser's model."""

    def __init__(self) -> None:
        self.peaks: list[int] = []

    is_available = True

    def start(self, take: Take) -> Recognition:
        way = WholeUtterance(lambda pcm: self.hear(pcm, lambda heard: way.recognition.final(heard)))
        way.recognition = Recognition(take, way)
        return way.recognition

    def close(self) -> None:
        pass

    def hear(self, pcm: NDArray[np.int16], then: Callable[[Heard], None]) -> None:
        peak = int(np.abs(pcm.astype(np.int32)).max())
        self.peaks.append(peak)
        if len(pcm) > 5 * 8000:
            then(ASSISTANT_HEARD)
            return
        then(NOISE if peak < 3500 else EN if peak < 11000 else ANSWER)

    def stop(self) -> None:
        pass


@dataclass
class Evening:
    centre: FakeCentre
    orders: dict[str, Order]

    def events(self, name: str, kind: EventKind) -> list[Event]:
        return self.centre.of(self.orders[name].attempt_id, kind)

    def question(self, name: str) -> dict[str, Any]:
        return next(e.data for e in self.events(name, EventKind.SAID) if e.data["step"] == "rating")

    def seconds(self, name: str) -> float:
        said = self.question(name)
        return float(said["end_ms"] - said["start_ms"]) / 1000


def _person(loudness: float) -> Persona:
    words = (Turn(Speak("嗯嗯，好的好的。"), into_s=5.5),) if loudness else ()
    return Persona("test", Line.ANSWERS, 0.2, Sound(1.0, loudness), turns=(*words, Turn(Press("1"))))


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    home = tmp_path_factory.mktemp("barge-in")
    script = short_script()
    steps = {step["id"]: step for step in script["steps"]}
    steps["rating"]["text"] = [{"zh-CN": QUESTION}]
    centre, ears = FakeCentre(), Ears()
    people = {NUMBERS[name]: _person(loudness) for name, loudness in LOUDNESS.items()}
    assistant = Persona("test", Line.ANSWERS, 0.2, greeting=ASSISTANT, fillers=("好的，我会转告机主。",))
    street = Street({**people, NUMBERS["assistant"]: assistant})
    with network(street, home / "log") as phones, serving(centre) as url:
        orders = {n: order(NUMBERS[n], phones.port, script=script, record=False) for n in NUMBERS}
        with running(environment(home, url)) as node:
            node._ears = ears  # type: ignore[assignment]
            centre.orders.extend(orders.values())
            assert wait_until(lambda: all(centre.is_settled(o.attempt_id) for o in orders.values()))
    return Evening(centre, orders)


def test_without_anybody_speaking_the_question_is_asked_to_its_end(evening: Evening) -> None:
    assert evening.question("quiet")["interrupted"] is False
    assert evening.events("quiet", EventKind.HEARD)[0].data["key"] == "1"


@pytest.mark.parametrize("name", ["makes_noise", "says_en"])
def test_noise_and_back_channels_only_pause_the_question(evening: Evening, name: str) -> None:
    assert evening.question(name)["interrupted"] is False
    assert evening.seconds(name) > evening.seconds("quiet") + 0.5
    assert evening.events(name, EventKind.ANSWER)[0].data["channel"] == "key"


def test_a_back_channel_is_told_as_one(evening: Evening) -> None:
    heard = [(e.data["intent"], e.data["key"]) for e in evening.events("says_en", EventKind.HEARD)]
    assert ("back_channel", "") in heard
    assert [what for what in heard if what[0] != "back_channel"] == [("choice", "1")]  # it answered nothing
    assert not [e for e in evening.events("makes_noise", EventKind.HEARD) if e.data["text"]]


def test_an_answer_ends_the_question_and_is_kept(evening: Evening) -> None:
    assert evening.question("answers")["interrupted"] is True
    answer = evening.events("answers", EventKind.ANSWER)[0].data
    assert (answer["channel"], answer["score"]) == ("speech", 5)


def test_a_phone_assistant_is_told_who_calls_and_where_to_call_back(evening: Evening) -> None:
    said = evening.events("assistant", EventKind.SAID)[-1].data
    assert said["step"] == "phone_assistant"
    assert "零二幺六，六六六八，八八八" in said["text"]  # the trunk's number
    assert said["interrupted"] is False
    assert evening.events("assistant", EventKind.HEARD)[0].data["intent"] == "phone_assistant"
    end = evening.centre.end_of(evening.orders["assistant"].attempt_id)
    assert end is not None
    assert (end.data["cause"], end.data["outcome"]) == ("machine", "phone_assistant")
    assert not evening.events("assistant", EventKind.ANSWER)
