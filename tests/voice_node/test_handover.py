"""Handing over with real legs: who hears whom is told by tones, customer 500 Hz, agent 700 Hz, expert 900 Hz."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from voice_sip.play import agree, ask, called, refuse, say, take, wait
from voice_sip.sipp import Sipp

from huifang.logic.voice_line import EndCause, EventKind, Order, TransferTarget, TrunkAddress
from huifang.voice.mouths.voices import Voices

from .centre import FakeCentre
from .orders import order, short_script
from .phones import Exchange, Phone, hear_only
from .stage import environment, running, serving, wait_until

SILENT = b"\xd5" * 160


class Call:
    """One call on the stage: its telephones, its order, and what the centre was told."""

    def __init__(self, home: Path, **changes: Any) -> None:
        self.customer = Phone("+8613800000001", 500)
        self.agent = Phone("chen", 700)
        self.expert = Phone("zhou", 900)
        self.exchange = Exchange(self.customer, self.agent, self.expert)
        self.centre = FakeCentre()
        self._home = home
        self._changes = changes
        self.order: Order

    def told(self, kind: EventKind) -> list[dict[str, Any]]:
        return [event.data for event in self.centre.of(self.order.attempt_id, kind)]

    def was_told(self, kind: EventKind, count: int = 1) -> bool:
        return wait_until(lambda: len(self.told(kind)) >= count, 30)

    def end(self) -> dict[str, Any]:
        assert self.was_told(EventKind.ENDED)
        return self.told(EventKind.ENDED)[0]

    def recording(self) -> NDArray[np.int16]:
        assert self.was_told(EventKind.RECORDING)
        with wave.open(io.BytesIO(self.centre.recordings[self.order.attempt_id])) as wav:
            return np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, 2)

    @contextmanager
    def until_somebody_is_wanted(self) -> Iterator[None]:
        """The customer has pressed 0 and an agent is about to be rung."""
        script = {**short_script(), "waiting_tune": "rain"}  # it has no tones
        with self.exchange, serving(self.centre) as url:
            uri = f"@127.0.0.1:{self.exchange.port}"
            targets = [
                TransferTarget("chen", "小陈", f"sip:chen{uri}"),
                TransferTarget("zhou", "周主管", f"sip:zhou{uri}", expert=True),
            ]
            values = {"script": script, "transfer_targets": targets, **self._changes}
            self.order = order(self.customer.name, self.exchange.port, **values)
            self.centre.orders.append(self.order)
            with running(environment(self._home, url)):
                assert self.was_told(EventKind.SAID)
                self.customer.press("0")
                assert self.was_told(EventKind.TRANSFER)
                yield

    @contextmanager
    def bridged(self) -> Iterator[None]:
        """The agent has taken the customer at once, with a key; both hum."""
        with self.until_somebody_is_wanted():
            assert wait_until(lambda: bool(self.agent.frames), 30)
            self.agent.press("1")
            assert self.was_told(EventKind.BRIDGED)
            self.customer.is_humming = self.agent.is_humming = True
            assert hear_only(self.customer, 700)
            assert hear_only(self.agent, 500)
            yield


def test_only_the_agent_hears_the_whisper_and_only_the_customer_the_tune(tmp_path: Path) -> None:
    call = Call(tmp_path)
    call.agent.ring_s = 3.0  # the robot's own words are over by then
    with call.until_somebody_is_wanted():
        assert wait_until(lambda: call.agent.loudness() > 500, 30), "the agent is spoken to"
        before = len(call.customer.frames)
        assert call.was_told(EventKind.BRIDGED), "without a key, after the whisper"
        whisper = [frame for frame in call.agent.frames if frame != SILENT]
        tune = call.customer.frames[before:]
        assert len(whisper) > 50
        assert all(frame != SILENT for frame in tune[: len(whisper) // 2])
        assert not set(whisper) & set(tune)
        call.customer.hang_up()
        assert wait_until(lambda: call.agent.is_off, 15), "all legs end with the customer's"
        assert (call.end()["outcome"], call.end()["cause"]) == ("transferred", EndCause.COMPLETED)
        assert not call.told(EventKind.TRANSFER_FAILED)


def test_an_agent_who_picks_up_before_the_whisper_is_rendered_hears_it_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Call(tmp_path)
    render = Voices.clip

    def late(self: Voices, text: str, language: str, **how: Any) -> bytes:
        if "想找人工客服" in text:
            assert wait_until(lambda: len(call.agent.frames) > 25, 30), (
                "the agent has been there for half a second"
            )
        return render(self, text, language, **how)

    monkeypatch.setattr(Voices, "clip", late)
    with call.until_somebody_is_wanted():
        assert call.was_told(EventKind.BRIDGED)
        assert len([frame for frame in call.agent.frames if frame != SILENT]) > 50
        call.customer.hang_up()


def test_hold_mute_an_expert_and_back_to_the_robot(tmp_path: Path) -> None:
    call = Call(tmp_path)
    customer, agent, expert = call.customer, call.agent, call.expert
    with call.bridged():
        agent.press("*2")
        assert call.was_told(EventKind.HELD)
        assert hear_only(customer)
        assert hear_only(agent)
        assert wait_until(lambda: customer.loudness() > 50, 15), "the tune"
        agent.press("*2")
        assert hear_only(customer, 700)
        assert hear_only(agent, 500)

        agent.press("*4")
        assert wait_until(lambda: customer.loudness() < 10, 15), "the agent is muted"
        assert agent.tones() == {500}
        agent.press("*4")
        assert hear_only(customer, 700)

        agent.press("5*9")
        customer.press("7")
        assert wait_until(lambda: (customer.keys, agent.keys) == ("5*9", "7"), 15), (
            customer.keys,
            agent.keys,
        )

        agent.press("*3")
        assert wait_until(lambda: expert.loudness() > 500, 30), "the expert hears the whisper"
        assert customer.tones() == {700}, "meanwhile they talk on"
        assert call.was_told(EventKind.EXPERT_JOINED)
        expert.is_humming = True
        assert hear_only(customer, 700, 900)
        assert hear_only(agent, 500, 900)
        assert hear_only(expert, 500, 700)

        agent.hang_up()
        assert call.was_told(EventKind.AGENT_LEFT)
        assert hear_only(customer, 900)
        assert hear_only(expert, 500)

        customer.is_humming = False
        expert.press("*1")
        assert wait_until(lambda: expert.is_off, 15)
        said = len(call.told(EventKind.SAID))
        assert call.was_told(EventKind.SAID, said + 1), "the robot asks"
        customer.press("1")
        assert call.end()["outcome"] == "transferred"
    assert call.told(EventKind.BRIDGED) == [{"agent": "chen"}]
    assert call.told(EventKind.HELD) == call.told(EventKind.RESUMED) == [{"agent": "chen"}]
    assert call.told(EventKind.MUTED) == call.told(EventKind.UNMUTED) == [{"agent": "chen"}]
    assert call.told(EventKind.EXPERT_JOINED) == call.told(EventKind.BACK_TO_ROBOT) == [{"agent": "zhou"}]
    assert [(a["item"], a["code"]) for a in call.told(EventKind.ANSWER)] == [("handover", "good")]
    assert call.centre.conflicts == []


def test_the_recording_holds_the_customer_left_and_everybody_they_heard_right(tmp_path: Path) -> None:
    call = Call(tmp_path)
    with call.bridged():
        for phone in (call.customer, call.agent):
            heard = phone.frames
            assert wait_until(lambda heard=heard: heard.count(heard[-1]) > 60, 30), "a second of humming"
        call.agent.press("*0")
        assert wait_until(lambda: call.customer.is_off and call.agent.is_off, 15), "everybody is let go"
        assert call.end()["outcome"] == "transferred"
        assert not call.told(EventKind.BACK_TO_ROBOT)
        sound = call.recording().astype(np.float64)
    assert [loudest_hz(sound[:, side]) for side in (0, 1)] == [500, 700]


def loudest_hz(sound: NDArray[np.float64]) -> int:
    """Of the last second before silence, to 1 Hz.  It must be full of the tone: of a few frames of it the
    line is some 20 Hz wide, and the rain before them moves its top by 1 or 2 Hz."""
    end = int(np.flatnonzero(np.abs(sound) > 1000)[-1]) + 1
    return int(np.abs(np.fft.rfft(sound[end - 8000 : end])).argmax())


def test_who_does_not_wait_for_an_agent_is_told_apart_from_whom_nobody_answered(tmp_path: Path) -> None:
    call = Call(tmp_path)
    call.agent.ring_s = 30.0
    with call.until_somebody_is_wanted():
        assert wait_until(lambda: "chen" in call.exchange.ringing, 15)
        call.customer.hang_up()
        assert call.end()["cause"] == EndCause.HUNG_UP
    assert call.told(EventKind.TRANSFER_FAILED) == [{"agent": "chen", "cause": "abandoned"}]
    assert not call.told(EventKind.PROMISE)


def test_an_expert_who_does_not_answer_is_missed_and_the_two_talk_on(tmp_path: Path) -> None:
    call = Call(tmp_path, transfer_timeout_s=2.0)
    call.agent.ring_s = 0.1
    call.expert.ring_s = 60.0
    with call.bridged():
        call.agent.press("*3")
        assert call.was_told(EventKind.EXPERT_MISSED)
        assert hear_only(call.customer, 700), "the agent's news are not for the customer"
        assert hear_only(call.agent, 500)
        call.agent.hang_up()
        assert call.was_told(EventKind.AGENT_LEFT)
        call.customer.is_humming = False
        assert call.end()["outcome"] == "transferred"
    assert call.told(EventKind.EXPERT_MISSED) == [{"agent": "zhou", "cause": "no_answer"}]


# ---- REFER: the trunk is SIPp, its audio is the customer's


class Referred(Call):
    """A call over a trunk that may be asked to refer; ``steps`` are what SIPp does when it is."""

    def __init__(self, home: Path, sipp: Sipp, *steps: str) -> None:
        super().__init__(home)
        audio = say("200 OK", audio=True).replace("[media_port]", str(self.customer.port))
        self.run = sipp.listen(called(home, take("INVITE"), audio, take("ACK"), take("REFER"), *steps))
        self._changes["trunk"] = TrunkAddress("sipp", "127.0.0.1", self.run.port, refer=True)
        self.customer.listen()


def notify(cseq: int, status: str, state: str) -> str:
    return ask(
        "NOTIFY", cseq,
        body=f"Event: refer\nSubscription-State: {state}\nContent-Type: message/sipfrag;version=2.0\n"
        f"Content-Length: [len]\n\nSIP/2.0 {status}",
    )  # fmt: skip


@pytest.mark.sipp
def test_a_trunk_that_refers_takes_the_customer_over_and_our_part_ends(tmp_path: Path, sipp: Sipp) -> None:
    accepted = agree().replace("200 OK", "202 Accepted")
    ringing = [notify(2, "180 Ringing", "active;expires=60"), take("200")]
    reached = [notify(3, "200 OK", "terminated;reason=noresource"), take("200")]
    call = Referred(tmp_path, sipp, accepted, *ringing, *reached, take("BYE"), agree())
    with call.until_somebody_is_wanted():
        end = call.end()
        assert (end["cause"], end["outcome"]) == (EndCause.COMPLETED, "transferred")
        assert len(call.recording()) > 8000
    call.run.check()
    assert call.told(EventKind.TRANSFER) == call.told(EventKind.REFERRED) == [{"agent": "chen"}]
    assert not call.told(EventKind.BRIDGED)
    assert not call.exchange.ringing, "the trunk rings the agent, not we"


@pytest.mark.sipp
@pytest.mark.parametrize("answer", ["603 Decline", "486 Busy Here", "never"])
def test_where_the_trunk_does_not_refer_we_bridge_and_the_tune_plays_on(
    tmp_path: Path, sipp: Sipp, answer: str
) -> None:
    steps = {
        "603 Decline": [refuse("603 Decline")],
        "486 Busy Here": [agree(), notify(2, "486 Busy Here", "terminated;reason=noresource"), take("200")],
        "never": [agree()],
    }
    call = Referred(tmp_path, sipp, *steps[answer], take("BYE"), agree())
    call._changes["transfer_timeout_s"] = 5.0
    call.agent.ring_s = 3.0  # the robot has said its words by then
    with call.until_somebody_is_wanted():
        before = len(call.customer.frames)
        assert wait_until(lambda: "chen" in call.exchange.ringing, 15)
        assert wait_until(lambda: bool(call.agent.frames), 15)
        tune = call.customer.frames[before:]
        assert tune[-50:].count(SILENT) == 0, "no gap in what the customer hears"
        call.agent.press("1")
        assert call.was_told(EventKind.BRIDGED)
        call.agent.is_humming = True
        assert hear_only(call.customer, 700)
        call.agent.press("*0")
        assert call.end()["outcome"] == "transferred"
    call.run.check()
    assert not call.told(EventKind.REFERRED)


@pytest.mark.sipp
def test_the_hold_button_of_the_agents_telephone_holds_as_the_code_does(tmp_path: Path, sipp: Sipp) -> None:
    call = Call(tmp_path)
    port = str(call.agent.port)
    run = sipp.listen(
        called(
            tmp_path,
            take("INVITE"), say("200 OK", audio=True).replace("[media_port]", port), take("ACK"), wait(3000),
            ask("INVITE", 2, audio=True, direction="sendonly").replace("[media_port]", port),
            take("200"), ask("ACK", 2), wait(3000),
            ask("INVITE", 3, audio=True, version=3).replace("[media_port]", port),
            take("200"), ask("ACK", 3), take("BYE"), agree(),
        )
    )  # fmt: skip
    call.agent.listen()
    call._changes["transfer_targets"] = [TransferTarget("chen", "小陈", f"sip:chen@127.0.0.1:{run.port}")]
    with call.bridged():
        assert call.was_told(EventKind.HELD)
        assert hear_only(call.customer)
        assert wait_until(lambda: call.customer.loudness() > 50, 15), "the tune"
        assert call.was_told(EventKind.RESUMED)
        assert hear_only(call.customer, 700)
        call.agent.press("*0")
        assert call.end()["outcome"] == "transferred"
    run.check()
