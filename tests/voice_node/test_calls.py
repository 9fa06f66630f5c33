"""Real calls on loopback: the node rings the virtual telephone network, a centre listens."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from huifang.logic.sealed_number import unseal
from huifang.logic.voice_line import EndCause, Event, EventKind, Order
from huifang.voice.bench_script import bench_script, question
from huifang.voice.pstn.log import FarSide, read_far_side
from huifang.voice.pstn.persona import HangUp, Line, Persona, Press, StaySilent, Turn

from .centre import TOKEN, FakeCentre
from .orders import order
from .stage import Street, environment, network, running, serving, wait_until


def picks_up(*turns: Turn, fillers: tuple[str, ...] = (), greeting: str = "") -> Persona:
    return Persona("test", Line.ANSWERS, 0.3, turns=turns, fillers=fillers, greeting=greeting)


PEOPLE = {
    "presses_1": picks_up(Turn(Press("1"))),
    "presses_5_for_agent1": picks_up(
        Turn(Press("5")), Turn(Press("2")), fillers=("我的面霜坏了。", "好的。", "好的。")
    ),
    "presses_4_for_agent3": picks_up(Turn(Press("4")), Turn(Press("1"))),
    "presses_4_for_two_agents": picks_up(Turn(Press("4")), Turn(Press("3")), fillers=("好的。",) * 4),
    "presses_4_for_a_voicemail": picks_up(Turn(Press("4")), Turn(Press("3")), fillers=("好的。",) * 4),
    "corrects": picks_up(Turn(Press("5")), Turn(Press("#")), Turn(Press("2"))),
    "types_a_number": picks_up(Turn(Press("13912345678")), Turn(Press("1"))),
    "interrupts": picks_up(Turn(Press("3"), into_s=0.5)),
    "silent": picks_up(*[Turn(StaySilent())] * 5),
    "silent_with_messages": picks_up(*[Turn(StaySilent())] * 5),
    "greets": picks_up(Turn(Press("1")), greeting="喂，你好。"),
    "hangs_up": picks_up(Turn(HangUp(), into_s=0.5)),
    "wants_person": picks_up(Turn(Press("0"), into_s=1.0), fillers=("你好。",) * 4),
    "busy": Persona("test", Line.BUSY, 0.2),
    "declines": Persona("test", Line.DECLINES, 0.2),
    "empty": Persona("test", Line.EMPTY, 0.2),
    "empty_announced": Persona("test", Line.EMPTY_ANNOUNCED, 0.2, announcement="您拨打的号码是空号。"),
    "no_answer": Persona("test", Line.NO_ANSWER, 0.2),
    "voicemail": Persona(
        "test",
        Line.VOICEMAIL,
        0.2,
        announcement="您好您拨打的用户暂时无法接听您的电话请在滴一声之后留下您的姓名和电话号码我们会尽快给您回复。",
    ),
}
AGENT = Persona(
    "agent", Line.ANSWERS, 3.0, greeting="您好，我是客服小王。", turns=(Turn(HangUp(), think_s=0.5),)
)
ASKS_A_NUMBER = question(
    "tel", "请输入号码。", "请按键。", {"id": "tel", "type": "phone"}, [{"go": "finish"}]
)
NUMBERS = {name: f"+86138{n:08d}" for n, name in enumerate(PEOPLE)}

AGENTS: dict[str, dict[str, Any]] = {  # agent3 never answers
    "presses_5_for_agent1": {"targets": ("agent1",)},
    "wants_person": {"targets": ("agent1",)},
    "presses_4_for_agent3": {"targets": ("agent3",), "transfer_timeout_s": 3.0},
    "presses_4_for_two_agents": {"targets": ("agent3", "agent1"), "transfer_timeout_s": 10.0},
    "presses_4_for_a_voicemail": {"targets": ("agent_away", "agent1"), "transfer_timeout_s": 20.0},
    "types_a_number": {
        "script": bench_script("tel", "您好，智能语音助手。", [ASKS_A_NUMBER], tune_s=1) | {"schema": 2}
    },
    "silent_with_messages": {"facts": {"order.product": "面霜", "call.messages": True}},
}


@dataclass
class Evening:
    """What one run of all these calls left behind."""

    centre: FakeCentre
    orders: dict[str, Order]
    far_side: FarSide
    log: str

    def events(self, name: str, kind: EventKind | None = None) -> list[Event]:
        return self.centre.of(self.orders[name].attempt_id, kind)

    def end(self, name: str) -> dict[str, object]:
        event = self.centre.end_of(self.orders[name].attempt_id)
        assert event is not None, f"{name} has no end: {self.events(name)}"
        return event.data

    def recording(self, name: str) -> NDArray[np.int16]:
        """Samples of shape (n, 2): customer, us."""
        with wave.open(io.BytesIO(self.centre.recordings[self.orders[name].attempt_id])) as wav:
            assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (2, 2, 8000)
            return np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, 2)


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    home = tmp_path_factory.mktemp("calls")
    log = home / "network.jsonl"
    staff = {"agent1": AGENT, "agent_away": replace(PEOPLE["voicemail"], behaviour="agent")}
    street = Street({**staff, **{NUMBERS[name]: person for name, person in PEOPLE.items()}})
    centre = FakeCentre()
    with network(street, log) as phones, serving(centre) as url:
        orders = {
            name: order(number, phones.port, **AGENTS.get(name, {})) for name, number in NUMBERS.items()
        }
        centre.orders.extend(orders.values())
        with running(environment(home, url)):
            assert wait_until(lambda: all(centre.is_settled(o.attempt_id) for o in orders.values()), 90)
            answered = [
                o.attempt_id for o in orders.values() if EventKind.ANSWERED in centre.kinds(o.attempt_id)
            ]
            assert wait_until(lambda: all(EventKind.RECORDING in centre.kinds(a) for a in answered), 20)
    return Evening(centre, orders, read_far_side(log), log.read_text("utf-8"))


def test_a_key_becomes_a_score_an_ending_and_a_tune(evening: Evening) -> None:
    [answer] = evening.events("presses_1", EventKind.ANSWER)
    assert (answer.data["key"], answer.data["code"], answer.data["score"]) == ("1", "very_satisfied", 5)
    end = evening.end("presses_1")
    assert (end["cause"], end["outcome"], end["ending"]) == (
        EndCause.COMPLETED,
        "completed",
        "very_satisfied",
    )
    assert end["tune"] == "bright_piano"


def test_a_number_that_is_typed_is_read_back_and_travels_sealed(evening: Evening) -> None:
    [answer] = evening.events("types_a_number", EventKind.ANSWER)
    assert answer.data["code"] == "139****5678"
    assert unseal(answer.data["sealed"], answer.attempt_id, TOKEN) == "13912345678"
    assert evening.end("types_a_number")["cause"] == EndCause.COMPLETED
    assert "13912345678" not in str(evening.events("types_a_number"))


def test_events_are_numbered_without_a_gap(evening: Evening) -> None:
    for name in PEOPLE:
        seqs = [e.seq for e in evening.events(name)]
        assert seqs == list(range(1, len(seqs) + 1)), name
        assert evening.events(name)[0].kind is EventKind.DIALLING
    assert evening.centre.conflicts == []


def test_nobody_is_rung_twice(evening: Evening) -> None:
    assert evening.far_side.doubled == 0
    assert set(evening.far_side.call_ids) == {o.attempt_id for o in evening.orders.values()}


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("busy", EndCause.BUSY),
        ("declines", EndCause.DECLINED),
        ("empty", EndCause.EMPTY_NUMBER),
        ("empty_announced", EndCause.EMPTY_NUMBER),
        ("no_answer", EndCause.NO_ANSWER),
        ("hangs_up", EndCause.HUNG_UP),
        ("voicemail", EndCause.MACHINE),
    ],
)
def test_each_reason_for_no_conversation_is_kept_apart(evening: Evening, name: str, cause: EndCause) -> None:
    assert evening.end(name)["cause"] == cause


def test_what_found_no_answer_is_told_as_a_link_where_messages_are_possible(evening: Evening) -> None:
    [link] = evening.events("silent_with_messages", EventKind.LINK)
    assert link.data == {"item": "rating"}
    said = [event.data["text"] for event in evening.events("silent_with_messages", EventKind.SAID)]
    assert any("短信" in text for text in said)
    assert evening.end("silent_with_messages")["outcome"] == evening.end("silent")["outcome"] == "no_input"
    assert evening.events("silent", EventKind.LINK) == []


def test_an_unanswered_call_is_cancelled_at_the_far_end(evening: Evening) -> None:
    attempt_id = evening.orders["no_answer"].attempt_id
    assert f'"call_id": "{attempt_id}", "result": "cancelled"' in evening.log


def test_a_low_score_brings_a_person_and_the_recording_holds_both_voices(evening: Evening) -> None:
    name = "presses_5_for_agent1"
    [bridged] = evening.events(name, EventKind.BRIDGED)
    assert bridged.data == {"agent": "agent1"}
    assert evening.end(name)["outcome"] == "transferred"

    answered = evening.events(name, EventKind.ANSWERED)[0]
    seconds = _seconds_between(answered, bridged)
    after = evening.recording(name)[round(seconds * 8000) :]
    loud = np.abs(after.astype(np.int32)).max(axis=0)
    assert loud[0] > 2000, "the customer speaks to the agent"
    assert loud[1] > 2000, "the agent speaks to the customer"


def test_the_tune_plays_until_the_person_takes_over(evening: Evening) -> None:
    name = "presses_5_for_agent1"
    [transfer] = evening.events(name, EventKind.TRANSFER)
    [bridged] = evening.events(name, EventKind.BRIDGED)
    answered = evening.events(name, EventKind.ANSWERED)[0]
    said = [e for e in evening.events(name, EventKind.SAID) if e.seq < bridged.seq]
    last_words = said[-1].data["end_ms"] / 1000
    start, end = last_words + 0.2, _seconds_between(answered, bridged) - 0.2
    assert end > start, "the agent's phone rang for a while"
    music = evening.recording(name)[round(start * 8000) : round(end * 8000), 1].astype(np.float64)
    assert np.sqrt((music**2).mean()) > 100
    assert transfer.data == {"agent": "agent1"}


def test_nobody_there_becomes_a_promise(evening: Evening) -> None:
    name = "presses_4_for_agent3"
    kinds = [e.kind for e in evening.events(name)]
    assert EventKind.BRIDGED not in kinds
    [failed] = evening.events(name, EventKind.TRANSFER_FAILED)
    assert failed.data == {"agent": "agent3", "cause": "no_answer"}
    [promise] = evening.events(name, EventKind.PROMISE)
    assert promise.data["kind"] == "callback"
    assert promise.data["due_at"]
    assert kinds.index(EventKind.TRANSFER_FAILED) < kinds.index(EventKind.PROMISE)


def test_an_agent_who_does_not_answer_leaves_time_for_the_next(evening: Evening) -> None:
    name = "presses_4_for_two_agents"
    assert [e.data["agent"] for e in evening.events(name, EventKind.TRANSFER)] == ["agent3", "agent1"]
    assert [e.data for e in evening.events(name, EventKind.BRIDGED)] == [{"agent": "agent1"}]
    assert not evening.events(name, EventKind.TRANSFER_FAILED)


def test_the_voicemail_of_an_agent_is_no_agent(evening: Evening) -> None:
    name = "presses_4_for_a_voicemail"
    assert [e.data["agent"] for e in evening.events(name, EventKind.TRANSFER)] == ["agent_away", "agent1"]
    assert [e.data for e in evening.events(name, EventKind.BRIDGED)] == [{"agent": "agent1"}]


def test_after_the_agent_the_robot_comes_back_for_the_rating(evening: Evening) -> None:
    name = "presses_5_for_agent1"
    [left] = evening.events(name, EventKind.AGENT_LEFT)
    asked = [e.data["step"] for e in evening.events(name, EventKind.SAID) if e.seq > left.seq]
    assert asked == ["handover", "after_transfer"]


def test_zero_fetches_a_person(evening: Evening) -> None:
    assert evening.events("wants_person", EventKind.BRIDGED)
    assert evening.end("wants_person")["outcome"] == "transferred"


def test_a_wrong_key_can_be_taken_back(evening: Evening) -> None:
    answers = [(e.data["score"], e.data["undone"]) for e in evening.events("corrects", EventKind.ANSWER)]
    assert answers == [(1, False), (1, True), (4, False)]
    assert evening.end("corrects")["ending"] == "satisfied"


def test_a_key_cuts_a_question_short_but_never_the_disclosure(evening: Evening) -> None:
    said = evening.events("interrupts", EventKind.SAID)
    assert said[0].data["step"] == "opening"
    assert said[0].data["interrupted"] is False
    assert evening.end("interrupts")["ending"] == "neutral"
    whole = next(e.data for e in evening.events("presses_1", EventKind.SAID) if e.data["step"] == "opening")
    # a busy machine leaves frames out, which makes either a little longer, but nothing cuts it short
    assert said[0].data["end_ms"] - said[0].data["start_ms"] > 0.8 * (whole["end_ms"] - whole["start_ms"])


def test_silence_is_asked_again_and_then_let_go(evening: Evening) -> None:
    assert evening.end("silent")["outcome"] == "no_input"
    said = [e.data["text"] for e in evening.events("silent", EventKind.SAID)]
    assert said.count("请按键。") == 1


def test_turns_lie_within_the_recording_and_in_order(evening: Evening) -> None:
    for name in ("presses_1", "corrects", "presses_4_for_agent3"):
        length_ms = len(evening.recording(name)) / 8
        turns = [e.data for e in evening.events(name) if e.kind in (EventKind.SAID, EventKind.HEARD)]
        assert turns
        for turn in turns:
            assert 0 <= turn["start_ms"] <= turn["end_ms"] <= length_ms + 200, (name, turn)
        said = [t["start_ms"] for t in turns if "interrupted" in t]
        assert said == sorted(said)


def test_what_we_said_is_on_the_right_and_the_customer_on_the_left(evening: Evening) -> None:
    samples = evening.recording("greets").astype(np.int32)
    opening = evening.events("greets", EventKind.SAID)[0].data
    ours = samples[opening["start_ms"] * 8 : opening["end_ms"] * 8]
    assert np.abs(ours[:, 1]).max() > 5000
    assert np.abs(samples[:, 0]).max() > 2000, "「喂，你好」"
    silent = evening.recording("presses_1").astype(np.int32)
    assert np.abs(silent[:, 0]).max() < 500, "this one only pressed a key"


def test_no_number_is_in_the_networks_log(evening: Evening) -> None:
    for number in NUMBERS.values():
        assert number not in evening.log


def _seconds_between(first: Event, second: Event) -> float:
    return (datetime.fromisoformat(second.at) - datetime.fromisoformat(first.at)).total_seconds()
