from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.retry import LINE_CAUSES, MAX_TRIES, Again, Over, after
from huifang.logic.voice_line import EndCause

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def then(cause, answered=False, tries=1):
    return after(cause, answered=answered, tries=tries, at=NOW, zone=SHANGHAI)


@pytest.mark.parametrize("cause", ["completed", "hung_up", "network", "stopped"])
def test_whoever_has_talked_to_us_is_not_called_again(cause):
    assert then(EndCause(cause), answered=True) == Over(reached=True)


@pytest.mark.parametrize("cause", ["machine", "powered_off", "suspended"])
def test_a_machine_that_answers_is_nobody(cause):
    assert isinstance(then(EndCause(cause), answered=True), Again)


def test_an_empty_number_is_over_even_if_an_announcement_answered():
    assert then(EndCause.EMPTY_NUMBER, answered=True) == Over(reached=False)


def test_busy_is_tried_sooner_than_no_answer_and_a_phone_that_is_off_the_next_day():
    assert then(EndCause.BUSY) == Again(NOW + timedelta(minutes=30))
    assert then(EndCause.NO_ANSWER) == Again(NOW + timedelta(hours=2))
    assert then(EndCause.POWERED_OFF) == Again(datetime(2026, 9, 16, tzinfo=SHANGHAI))


def test_a_line_that_fails_again_and_again_is_tried_less_and_less_often():
    waits = [
        after(EndCause.NETWORK, answered=False, tries=1, at=NOW, zone=SHANGHAI, line_faults=n).not_before
        - NOW
        for n in range(1, 30)
    ]
    assert waits == sorted(waits)
    assert (waits[0], waits[1], waits[-1]) == (
        timedelta(minutes=10),
        timedelta(minutes=20),
        timedelta(hours=4),
    )


@pytest.mark.parametrize(("told", "minutes"), [(None, 10), (5, 10), (1800, 30), (10**9, 24 * 60)])
def test_what_the_trunk_asks_for_is_honoured_within_a_day(told, minutes):
    result = after(EndCause.TRUNK_REFUSED, answered=False, tries=1, at=NOW, zone=SHANGHAI, retry_after_s=told)
    assert result == Again(NOW + timedelta(minutes=minutes))


@given(st.sampled_from(EndCause), st.booleans(), st.integers(1, 9))
def test_tries_come_to_an_end_except_where_our_own_line_failed(cause, answered, tries):
    result = then(cause, answered, tries)
    if isinstance(result, Again):
        assert result.not_before > NOW
        assert tries < MAX_TRIES or cause in LINE_CAUSES
