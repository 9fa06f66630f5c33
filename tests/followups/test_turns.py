"""A conversation reads in the order in which it happened, whatever order it was reported in."""

from __future__ import annotations

from huifang.followups.browsing import turns_in_order
from huifang.followups.models import Attempt, Conversation, Turn

from .conftest import NOW
from .test_reporting import call  # noqa: F401


def test_a_key_stands_before_the_reply_that_began_with_it(followup, trunk):
    one = followup()
    attempt = Attempt.objects.create(
        followup=one, customer=one.customer, trunk=trunk, node="n1", claimed_at=NOW, lease_until=NOW
    )
    talk = Conversation.objects.create(attempt=attempt, started_at=NOW)
    # What we say is reported when it ends, so the key that broke in comes first in the log.
    reported = [
        ("customer", "1", 9_431, 9_431),
        ("us", "opening", 0, 9_460),
        ("us", "thanks", 9_428, 20_000),
        ("customer", "bye", 21_000, 21_500),
    ]
    for seq, (speaker, text, start, end) in enumerate(reported):
        Turn.objects.create(
            conversation=talk, seq=seq, speaker=speaker, text=text, start_ms=start, end_ms=end
        )
    assert [turn.text for turn in turns_in_order(talk)] == ["opening", "1", "thanks", "bye"]


def test_how_something_was_felt_and_spoken_stands_at_its_turn(call):  # noqa: F811
    call.answered()
    spoken = {
        "text": "太慢了",
        "key": "",
        "intent": "complaint",
        "confidence": 0.8,
        "start_ms": 1,
        "end_ms": 2,
    }
    voice = {"level_db": -18.0, "rate": 5.2, "pitch_hz": 247.5}
    call.send(
        "heard", 10, **spoken, emotion="angry", emotion_confidence=0.7,
        voice_emotion="agitated", voice_confidence=0.4, voice=voice, by="agent_part",
    )  # fmt: skip
    call.send("heard", 12, **spoken, emotion="", voice_emotion="", voice=None)
    call.send("heard", 14, **spoken, voice_emotion=["x"], voice="loud", emotion_confidence="very", by="x")
    felt, calm, broken = Turn.objects.order_by("seq")
    assert (felt.emotion, felt.emotion_confidence, felt.with_agent) == ("angry", 0.7, True)
    assert felt.voice == {"mood": "agitated", "confidence": 0.4, **voice}
    for turn in (calm, broken):
        assert (turn.emotion, turn.voice, turn.with_agent) == ("", {}, False)
