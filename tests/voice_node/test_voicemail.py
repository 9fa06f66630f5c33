"""Who answers: voicemails, announcements, people with a long first sentence, and what is left after the beep."""

from __future__ import annotations

import io
import json
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from huifang.logic.understanding.sounds import syllables
from huifang.logic.voice_line import EndCause, Event, EventKind, Order
from huifang.voice.ears.port import Heard, Take
from huifang.voice.ears.recognition import Recognition
from huifang.voice.pstn.persona import Line, Persona, Press, Sound, Turn

from .centre import FakeCentre
from .orders import order, short_script
from .stage import Street, environment, network, running, serving, wait_until
from .whole_utterance import WholeUtterance

pytestmark = pytest.mark.xdist_group("voicemail")
GREETING = "您好，我是王芳，我现在不方便接听电话，请在嘀声后留言。"
ANNOUNCEMENT = "您好，您拨打的电话已停机，请核对后再拨，谢谢您的使用，祝您生活愉快，欢迎您下次再来，再见。"
LONG_SENTENCE = "喂，您好，我是王芳，我刚才一直在开会没有看到您的电话，您有什么事情请慢慢地跟我说吧。"
SHORTEST_SYLLABLE_S = 0.2


class Ears:
    """Knows who speaks by the loudness, and gives as much of their words as was heard: this test is about the call,
    not about the recogniser's model."""

    is_available = True

    def start(self, take: Take) -> Recognition:
        way = WholeUtterance(lambda pcm: way.recognition.final(self.hear(pcm)))
        way.recognition = Recognition(take, way)
        return way.recognition

    def hear(self, pcm: NDArray[np.int16]) -> Heard:
        words = ANNOUNCEMENT if np.abs(pcm.astype(np.int32)).max() > 6000 else LONG_SENTENCE
        return Heard("", syllables(words)[: round(len(pcm) / 8000 / SHORTEST_SYLLABLE_S)], 0.9)

    def close(self) -> None:
        pass


def voicemail() -> Persona:
    return Persona("test", Line.VOICEMAIL, 0.2, Sound(1.0, 0.8), announcement=GREETING, stays_s=60.0)


def person(words: str, gain: float = 0.8) -> Persona:
    return Persona(
        "test", Line.ANSWERS, 0.2, Sound(1.0, gain), words, (Turn(Press("1"), think_s=0.1),), stays_s=60.0
    )


@dataclass
class Evening:
    centre: FakeCentre
    orders: dict[str, Order]
    log: list[dict[str, Any]]

    def events(self, name: str, kind: EventKind) -> list[Event]:
        return self.centre.of(self.orders[name].attempt_id, kind)

    def end(self, name: str) -> dict[str, Any]:
        event = self.centre.end_of(self.orders[name].attempt_id)
        assert event is not None
        return event.data

    def noted(self, name: str, kind: str) -> list[dict[str, Any]]:
        """What the far side says."""
        call_id = self.orders[name].attempt_id
        return [line for line in self.log if line["kind"] == kind and line.get("call_id") == call_id]


def evening_with(
    home: Path, people: dict[str, Persona], changes: dict[str, dict[str, Any]], ears: Ears | None = None
) -> Evening:
    numbers = {name: f"+86136{n:08d}" for n, name in enumerate(people)}
    street = Street({numbers[name]: persona for name, persona in people.items()})
    centre, log = FakeCentre(), home / "network.jsonl"
    with network(street, log) as phones, serving(centre) as url:
        orders = {name: order(numbers[name], phones.port, **changes.get(name, {})) for name in people}
        with running(environment(home, url)) as node:
            if ears is not None:
                node._ears = ears  # type: ignore[assignment]
            centre.orders.extend(orders.values())
            assert wait_until(lambda: all(centre.is_settled(o.attempt_id) for o in orders.values()), 90)
            recorded = [o for o in orders.values() if o.record]
            assert wait_until(lambda: all(o.attempt_id in centre.recordings for o in recorded), 20)
        ended = {o.attempt_id for o in orders.values()}
        assert wait_until(
            lambda: ended <= {e.get("call_id") for e in _lines(log) if e["kind"] == "ended"}, 20
        )
    return Evening(centre, orders, _lines(log))


def _lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def deaf(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    """Without a recogniser."""
    silent = short_script()
    del silent["voicemail"]
    silent["id"] = "leaves_no_message"
    people = {
        "voicemail": voicemail(),
        "voicemail_told": voicemail(),
        "voicemail_without": voicemail(),
        "long_sentence": person(LONG_SENTENCE),
    }
    changes: dict[str, dict[str, Any]] = {
        "voicemail": {"facts": {"store.name": "南京路店", "customer.name": "王芳"}},
        "voicemail_told": {"facts": {"call.message_left": True}, "record": False},
        "voicemail_without": {"script": silent, "record": False},
        "long_sentence": {"record": False},
    }
    return evening_with(tmp_path_factory.mktemp("deaf"), people, changes)


@pytest.fixture(scope="module")
def hearing(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    people = {"announcement": person(ANNOUNCEMENT), "long_sentence": person(LONG_SENTENCE, 0.15)}
    changes = {name: {"record": False} for name in people}
    return evening_with(tmp_path_factory.mktemp("hearing"), people, changes, Ears())


def test_a_voicemail_gets_its_message_after_the_beep_and_nothing_of_the_customer(deaf: Evening) -> None:
    said = deaf.events("voicemail", EventKind.SAID)[-1].data
    assert (said["step"], said["interrupted"]) == ("voicemail", False)
    assert "南京路店" in said["text"]
    assert "智能语音助手" in said["text"]
    assert "零二幺六，六六六八，八八八" in said["text"]  # the trunk's number
    assert "王芳" not in said["text"]
    [recorded] = deaf.noted("voicemail", "recorded")
    assert recorded["seconds"] > 0.8 * (said["end_ms"] - said["start_ms"]) / 1000  # the far side has it
    end = deaf.end("voicemail")
    assert (end["cause"], end["outcome"]) == (EndCause.MACHINE, "message_left")


def test_the_message_begins_behind_the_beep(deaf: Evening) -> None:
    said = deaf.events("voicemail", EventKind.SAID)[-1].data
    with wave.open(io.BytesIO(deaf.centre.recordings[deaf.orders["voicemail"].attempt_id])) as wav:
        left = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, 2)[:, 0].astype(float)
    blocks = left[: len(left) // 160 * 160].reshape(-1, 160)
    spectrum = np.abs(np.fft.rfft(blocks, axis=1))
    beep = spectrum[:, 20] > 0.8 * np.linalg.norm(spectrum, axis=1)  # 1 kHz
    last_ms = 20 * int(np.flatnonzero(beep & (np.abs(blocks).max(axis=1) > 1000))[-1])
    assert last_ms < said["start_ms"] < last_ms + 2000


@pytest.mark.parametrize("name", ["voicemail_told", "voicemail_without"])
def test_without_a_message_or_with_one_left_before_we_hang_up_on_a_voicemail(
    deaf: Evening, name: str
) -> None:
    end = deaf.end(name)
    assert (end["cause"], end["outcome"]) == (EndCause.MACHINE, "")
    assert not [e for e in deaf.events(name, EventKind.SAID) if e.data["step"] == "voicemail"]
    [recorded] = deaf.noted(name, "recorded")
    assert recorded["seconds"] < 1.0


def test_the_end_tells_who_answered_and_why_we_think_so(deaf: Evening, hearing: Evening) -> None:
    told = deaf.end("voicemail")["answering"]
    assert (told["class"], told["evidence"]) == ("machine", "beep")
    assert told["ms"] > 2000
    assert deaf.end("long_sentence")["answering"]["class"] == "human"
    told = hearing.end("announcement")["answering"]
    assert (told["class"], told["evidence"], told["speaker"]) == ("machine", "words", "carrier")


def test_an_announcement_behind_the_answer_is_known_before_it_ends(hearing: Evening) -> None:
    end = hearing.end("announcement")
    assert end["cause"] == EndCause.SUSPENDED
    heard = hearing.events("announcement", EventKind.HEARD)[0].data
    assert heard["intent"] == "announcement"
    assert heard["end_ms"] - heard["start_ms"] < 5000  # it goes on for longer
    assert not hearing.events("announcement", EventKind.ANSWER)


@pytest.mark.parametrize("ears", ["deaf", "hearing"])
def test_who_says_a_long_first_sentence_stays_a_person(ears: str, request: pytest.FixtureRequest) -> None:
    evening: Evening = request.getfixturevalue(ears)
    [answer] = evening.events("long_sentence", EventKind.ANSWER)
    assert answer.data["score"] == 5
    end = evening.end("long_sentence")
    assert (end["cause"], end["outcome"]) == (EndCause.COMPLETED, "completed")
    assert end["answering"]["class"] == "human"
