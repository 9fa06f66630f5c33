"""While an agent talks with the customer the recogniser goes on listening to the customer, and to nobody else."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from huifang.logic.voice_line import EventKind, TransferTarget
from huifang.voice.resampling import resample
from huifang.voice.rtp.g711 import Codec, encode

from .centre import FakeCentre
from .orders import order, short_script
from .phones import Exchange, Phone
from .stage import environment, running, serving, wait_until

pytestmark = pytest.mark.speech

SPEECH = Path(__file__).resolve().parents[2].parent / "shared" / "speech"


def phrase(text: str, *, louder_db: float = 0.0, higher: float = 1.0) -> bytes:
    """One of the spoken phrases as A-law, half as loud as it is; ``higher`` is also that much faster."""
    files = dict(
        line.split("\t")[::-1] for line in (SPEECH / "phrases" / "phrases.tsv").read_text().splitlines()
    )
    with wave.open(str(SPEECH / "phrases" / files[text])) as wav:
        pcm = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").astype(np.float32)
    sound = resample(pcm / 2 * 10 ** (louder_db / 20), round(8_000 * higher), 8_000)
    return encode(np.clip(sound, -32_768, 32_767).astype(np.int16), Codec.PCMA).tobytes()


def test_the_customers_mood_is_told_while_an_agent_talks_with_them(tmp_path: Path) -> None:
    if not SPEECH.is_dir():
        pytest.skip("the folder ../shared/speech with a model and spoken phrases is not here")
    pytest.importorskip("sherpa_onnx")
    customer, agent, centre = Phone("+8613800000001", 500), Phone("chen", 700), FakeCentre()
    other, colleague = Phone("+8613800000002", 500), Phone("wang", 700)
    with Exchange(customer, agent, other, colleague) as exchange, serving(centre) as url:
        calls = {}
        for phone, our in ((customer, agent), (other, colleague)):
            target = TransferTarget(our.name, our.name, f"sip:{our.name}@127.0.0.1:{exchange.port}")
            values: dict[str, Any] = {"script": short_script(), "transfer_targets": [target]}
            calls[phone.name] = order(phone.name, exchange.port, **values, record=phone is customer)
        centre.orders.extend(calls.values())

        def heard(phone: Phone = customer) -> list[dict[str, Any]]:
            events = centre.of(calls[phone.name].attempt_id, EventKind.HEARD)
            return [event.data for event in events if event.data.get("by") == "agent_part"]

        def told(phone: Phone, kind: EventKind) -> bool:
            return wait_until(lambda: bool(centre.of(calls[phone.name].attempt_id, kind)), 30)

        with running(environment(tmp_path, url, HUIFANG_ASR_MODEL=str(SPEECH / "model"))):
            for phone in (customer, other):
                assert told(phone, EventKind.SAID)
                phone.press("0")
            for our in (agent, colleague):
                assert wait_until(lambda our=our: bool(our.frames), 30)
                our.press("1")
            assert told(customer, EventKind.BRIDGED)
            assert told(other, EventKind.BRIDGED)
            other.say(phrase("服务态度不好"))  # nobody told this one that the call is recorded
            agent.say(phrase("非常满意"))  # the agent's words are not the customer's
            customer.say(phrase("服务态度不好"))
            assert wait_until(lambda: len(heard()) == 1, 30)
            agent.press("*2")
            assert told(customer, EventKind.HELD)
            customer.say(phrase("一般"))  # on hold: to somebody in their own room
            assert wait_until(lambda: not customer.is_talking, 30)
            customer.say(b"\xd5" * 6_000)  # 750 ms of silence end what was said
            assert wait_until(lambda: not customer.is_talking, 30)
            agent.press("*2")
            assert told(customer, EventKind.RESUMED)
            customer.say(phrase("服务态度不好", louder_db=9, higher=1.25))
            assert wait_until(lambda: len(heard()) == 2, 30)
            customer.hang_up()
            other.hang_up()
            assert told(customer, EventKind.ENDED)
            assert told(other, EventKind.ENDED)
    first, raised = heard()
    assert first["text"], "whatever the model made of it"
    assert first["intent"] == "complaint"
    assert {"emotion", "emotion_confidence", "polarity", "category"} <= set(first)
    assert (first["voice_emotion"], first["voice"]["rate"] > 1) == ("", True)
    assert raised["voice"]["pitch_hz"] == pytest.approx(1.25 * first["voice"]["pitch_hz"], rel=0.08)
    assert raised["voice_emotion"] == "agitated"
    assert 0 < raised["voice_confidence"] <= 0.6
    assert heard(other) == []
    answers = centre.of(calls[customer.name].attempt_id, EventKind.ANSWER)
    assert answers == [], "what is said to an agent is no answer to the robot"
