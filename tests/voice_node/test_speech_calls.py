"""Calls that are answered by voice: people speak into one phone, sherpa-onnx listens at the other end."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from huifang.logic.voice_line import Event, EventKind, Order
from huifang.voice.pstn.persona import Line, Persona, Sound, Speak, Turn
from huifang.voice.rtp.g711 import Codec, encode

from .centre import FakeCentre
from .orders import order
from .stage import Street, environment, network, running, serving, wait_until

pytestmark = pytest.mark.speech


def says(*texts: str, greeting: str = "") -> Persona:
    turns = tuple(Turn(Speak(text)) for text in texts)
    return Persona("test", Line.ANSWERS, 0.3, Sound(1.0, 0.8), greeting, turns, stays_s=30.0)


PEOPLE = {
    "satisfied": says("满意", "满意"),  # whoever is asked again says it again
    "neutral": says("一般", "一般"),
    "dissatisfied": says("不满意", "质量太差"),
    "busy": says("我没空"),
    "refuses": says("别再打电话", "别再打电话"),
    "wants_manager": says("找经理"),
    "greets": says("一般", "一般", greeting="喂，你好。"),
}
NUMBERS = {name: f"+86137{n:08d}" for n, name in enumerate(PEOPLE)}


@dataclass
class Evening:
    centre: FakeCentre
    orders: dict[str, Order]

    def events(self, name: str, kind: EventKind) -> list[Event]:
        return self.centre.of(self.orders[name].attempt_id, kind)

    def end(self, name: str) -> dict[str, object]:
        event = self.centre.end_of(self.orders[name].attempt_id)
        assert event is not None
        return event.data

    def intents(self, name: str) -> list[str]:
        return [e.data["intent"] for e in self.events(name, EventKind.HEARD)]


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    speech = Path(__file__).resolve().parents[2].parent / "shared" / "speech"
    if not speech.is_dir():
        pytest.skip("the folder ../shared/speech with a model and spoken phrases is not here")
    pytest.importorskip("sherpa_onnx")
    home = tmp_path_factory.mktemp("speech")
    street = Street({NUMBERS[name]: person for name, person in PEOPLE.items()})
    centre = FakeCentre()
    with network(street, home / "log") as phones, serving(centre) as url:
        phones._words.update(spoken(speech / "phrases"))  # voices that are not ours, instead of espeak's
        orders = {name: order(number, phones.port) for name, number in NUMBERS.items()}
        centre.orders.extend(orders.values())
        with running(environment(home, url, HUIFANG_ASR_MODEL=str(speech / "model"))):
            assert wait_until(lambda: all(centre.is_settled(o.attempt_id) for o in orders.values()), 90)
    return Evening(centre, orders)


def spoken(folder: Path) -> dict[str, bytes]:
    """Text → A-law of every phrase in the folder."""
    clips = {}
    for line in (folder / "phrases.tsv").read_text("utf-8").splitlines()[1:]:
        file, text = line.split("\t")
        with wave.open(str(folder / file)) as wav:
            clips[text] = encode(np.frombuffer(wav.readframes(wav.getnframes()), "<i2"), Codec.PCMA).tobytes()
    return clips


@pytest.mark.parametrize(("name", "score"), [("satisfied", 4), ("neutral", 3), ("dissatisfied", 2)])
def test_a_spoken_answer_becomes_a_score(evening: Evening, name: str, score: int) -> None:
    answer = evening.events(name, EventKind.ANSWER)[0].data
    assert (answer["score"], answer["channel"], answer["key"]) == (score, "speech", None)
    heard = evening.events(name, EventKind.HEARD)[0].data
    assert heard["intent"] == "rating"
    assert heard["text"]
    assert heard["end_ms"] > heard["start_ms"]


def test_a_refusal_is_reported_at_once_and_ends_the_call(evening: Evening) -> None:
    heard = [event.data for event in evening.events("refuses", EventKind.HEARD)]
    assert evening.events("refuses", EventKind.REFUSED), heard
    assert evening.end("refuses")["outcome"] == "refused"


def test_a_bad_moment_becomes_a_dated_promise(evening: Evening) -> None:
    [promise] = evening.events("busy", EventKind.PROMISE)
    assert promise.data["kind"] == "callback"
    assert evening.end("busy")["outcome"] == "callback"


def test_who_asks_for_the_manager_is_put_through(evening: Evening) -> None:
    assert evening.intents("wants_manager") == ["human"]
    # nobody is named in this order, so the wish becomes a promise
    [failed] = evening.events("wants_manager", EventKind.TRANSFER_FAILED)
    assert failed.data["agent"] == ""
    assert evening.events("wants_manager", EventKind.PROMISE)


def test_a_complaint_in_free_words_is_kept(evening: Evening) -> None:
    answers = [e.data for e in evening.events("dissatisfied", EventKind.ANSWER)]
    assert [a["item"] for a in answers] == ["rating", "reason"]
    assert answers[1]["channel"] == "speech"


def test_a_greeting_during_the_disclosure_is_no_answer(evening: Evening) -> None:
    said = evening.events("greets", EventKind.SAID)
    assert said[0].data["interrupted"] is False
    assert [e.data["step"] for e in said][:3] == ["opening", "purpose", "rating"]
    assert evening.events("greets", EventKind.ANSWER)[0].data["score"] == 3
