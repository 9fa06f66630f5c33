"""A conversation reads in the order in which it happened, whatever order it was reported in."""

from __future__ import annotations

from huifang.followups.browsing import turns_in_order
from huifang.followups.models import Attempt, Conversation, Turn

from .conftest import NOW


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
