"""What is heard of a customer goes on to the conversation weighed by the models, not only in ``huifang nlu``."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, understand
from huifang.nlu.model import shipped
from huifang.voice.customer_voice import CustomerVoice
from huifang.voice.ears.port import Heard, Take
from huifang.voice.ears.recognition import Recognition
from huifang.voice.rtp import port as media
from huifang.voice.stage import Stage

from .whole_utterance import WholeUtterance

SAYS = "等了老半天也没人招呼我"
ASKED = Asked("rating")


def listen(take: Take) -> Recognition:
    """Always hears the same."""
    way = WholeUtterance(lambda pcm: way.recognition.final(Heard(SAYS, (), 0.95)))
    way.recognition = Recognition(take, way)
    return way.recognition


def told_to_the_conversation() -> Utterance:
    """What a conversation is told of a turn of speech in which SAYS is recognised."""
    told: list[Utterance] = []

    def nothing(*_: Any, **__: Any) -> None: ...

    def hear(said: Utterance, turn: dict[str, Any], *, early: bool) -> None:
        told.append(said)

    playing = SimpleNamespace(must_be_heard=False, is_paused=False)
    talk = SimpleNamespace(hear=hear, hush=nothing, playing=playing, is_asking=False, asked=ASKED)
    line = SimpleNamespace(since_answer=lambda at_ms: at_ms, session=None)
    exchange = SimpleNamespace(can_hear=True, listen=listen, measure=lambda pcm, then: then(None))

    def safely(work: Callable[..., None]) -> Callable[..., None]:
        return work

    voice = CustomerVoice(
        exchange,  # type: ignore[arg-type]
        SimpleNamespace(heard=nothing),  # type: ignore[arg-type]
        line,  # type: ignore[arg-type]
        talk,  # type: ignore[arg-type]
        after=nothing,  # type: ignore[arg-type]
        safely=safely,
        stage=lambda: Stage.TALKING,
        is_bridged=lambda: False,
        is_handed_over=lambda: False,
        may_overhear=lambda: False,
        finish=nothing,
        hang_up=nothing,
        quiet=nothing,
    )
    pcm = np.zeros(8_000, np.int16)
    voice.take(media.SpeechStarted(None, 5_000))  # type: ignore[arg-type]
    voice.take(media.SpeechHeard(None, pcm))  # type: ignore[arg-type]
    voice.take(media.SpeechEnded(None, pcm, 5_000, 6_000))  # type: ignore[arg-type]
    [said] = told
    return said


def test_an_answer_that_no_phrase_explains_reaches_the_conversation_weighed_by_the_models() -> None:
    alone = understand(Utterance(SAYS), ASKED)
    assert (alone.intent, alone.polarity) == (Intent.UNCLEAR, None)  # the grammar is at a loss
    read = understand(told_to_the_conversation(), ASKED)
    assert read.polarity is not None  # only the models weigh it
    assert read == understand(shipped().heard(SAYS, (), 0.95), ASKED)
