from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.breaker import (
    LONGEST_PAUSE,
    SHORTEST_PAUSE,
    Breaker,
    Ended,
    judge,
    pause,
    room,
)

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def calls(failed: int, good: int, seconds: float = 10) -> list[Ended]:
    began = ago(seconds + 5)
    return [Ended(began, ago(seconds), n < failed) for n in range(failed + good)]


@pytest.mark.parametrize(
    ("failed", "good", "opens"),
    [
        (6, 0, True),
        (3, 3, True),
        (3, 4, False),
        (5, 0, False),
        (0, 50, False),
        (25, 25, True),
        (24, 25, False),
    ],
)
def test_it_opens_at_half_but_not_by_a_few_calls(failed, good, opens):
    assert judge(Breaker(), calls(failed, good), NOW).is_open is opens


def test_what_is_older_than_two_minutes_does_not_count():
    assert not judge(Breaker(), calls(20, 0, seconds=120), NOW).is_open


def test_an_open_one_lets_nothing_through_then_one_at_a_time():
    opened = judge(Breaker(), calls(10, 0), NOW)
    assert room(opened, NOW + SHORTEST_PAUSE - timedelta(seconds=1), 0) == 0
    assert room(opened, NOW + SHORTEST_PAUSE, 0) == 1
    assert room(opened, NOW + SHORTEST_PAUSE, 1) == 0
    assert room(Breaker(), NOW, 0) is None


def test_a_good_trial_closes_it_and_the_bad_calls_before_do_not_open_it_again():
    opened = judge(Breaker(), calls(10, 0), NOW)
    tried = opened.until + timedelta(seconds=3)
    late = [Ended(ago(3), NOW + timedelta(seconds=20), True)] * 9  # began before, ended while it was open
    trial = Ended(opened.until, tried, False)
    closed = judge(opened, [*late, trial], tried)
    assert (closed.is_open, closed.openings, closed.since) == (False, 0, tried)
    assert judge(closed, [*calls(10, 0), *late, trial], tried + timedelta(seconds=1)) == closed


def test_each_failed_trial_makes_the_pause_longer_up_to_a_limit():
    breaker, now, pauses = judge(Breaker(), calls(10, 0), NOW), NOW, []
    for _ in range(7):
        now = breaker.until + timedelta(seconds=1)
        breaker = judge(breaker, [Ended(breaker.until, now, True)], now)
        pauses.append(breaker.until - now)
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (2 * SHORTEST_PAUSE, LONGEST_PAUSE)


def test_a_trunk_that_says_when_it_is_back_is_taken_at_its_word():
    told = Ended(ago(4), ago(2), True, retry_after_s=90)
    opened = judge(Breaker(), [told], NOW)
    assert opened.until == ago(2) + timedelta(seconds=90)
    again = Ended(ago(4), NOW + timedelta(seconds=5), True, retry_after_s=300)
    assert judge(opened, [told, again], NOW + timedelta(seconds=5)).until == again.at + timedelta(seconds=300)
    assert judge(Breaker(), [Ended(ago(4), ago(2), True, retry_after_s=10**9)], NOW).until <= NOW + timedelta(
        hours=1
    )


@given(
    st.lists(
        st.tuples(st.floats(0, 300), st.floats(0, 60), st.booleans(), st.sampled_from([None, None, 5, 400])),
        max_size=30,
    ),
    st.lists(st.floats(0, 100), min_size=1, max_size=20),
)
def test_it_is_never_open_for_ever_and_asking_twice_changes_nothing(rows, pauses):
    ended = [
        Ended(NOW + timedelta(seconds=a), NOW + timedelta(seconds=a + b), failed, retry)
        for a, b, failed, retry in rows
    ]
    breaker, now = Breaker(), NOW
    for seconds in pauses:
        now += timedelta(seconds=seconds)
        known = [call for call in ended if call.at <= now]
        breaker = judge(breaker, known, now)
        assert judge(breaker, known, now) == breaker
        assert breaker.until is None or breaker.until <= now + timedelta(hours=1)


def test_pauses_grow():
    assert [pause(n).total_seconds() for n in (1, 2, 3, 4, 5, 6, 60)] == [30, 60, 120, 240, 480, 600, 600]
