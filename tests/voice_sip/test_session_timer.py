"""Who refreshes a session, and when (RFC 4028)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.sip.session_timer import (
    SHORTEST_S,
    IntervalTooShort,
    SessionTimer,
    asked_of_us,
    header_of_answer,
    header_of_refresh,
    told_to_us,
)

intervals = st.integers(SHORTEST_S, 86_400)


@pytest.mark.parametrize(
    ("value", "knows", "agreed"),
    [
        (None, True, None),
        ("1800", True, SessionTimer(1800, we_refresh=False)),
        ("1800", False, SessionTimer(1800, we_refresh=True)),
        (" 1800 ; refresher = UAS ; x=y", True, SessionTimer(1800, we_refresh=True)),
        ("1800;refresher=uac", True, SessionTimer(1800, we_refresh=False)),
        ("soon", True, None),
        ("99999999999", True, None),
    ],
)
def test_what_a_request_asks_for(value: str | None, knows: bool, agreed: SessionTimer | None) -> None:
    assert asked_of_us(value, knows) == agreed


@given(st.integers(0, SHORTEST_S - 1))
def test_too_short_is_refused(interval: int) -> None:
    with pytest.raises(IntervalTooShort):
        asked_of_us(str(interval), True)


@given(intervals, st.booleans())
def test_both_ends_read_the_same_in_our_answer(interval: int, we_refresh: bool) -> None:
    """The caller, who reads our answer, refreshes exactly when we do not."""
    ours = SessionTimer(interval, we_refresh)
    theirs = told_to_us(header_of_answer(ours))
    assert theirs == SessionTimer(interval, not we_refresh)


@given(intervals, st.booleans())
def test_a_refresh_keeps_the_roles(interval: int, we_refresh: bool) -> None:
    ours = SessionTimer(interval, we_refresh)
    theirs = asked_of_us(header_of_refresh(ours), True)
    assert theirs == SessionTimer(interval, not we_refresh)


@given(intervals)
def test_the_refresh_comes_before_anybody_gives_up(interval: int) -> None:
    timer = SessionTimer(interval, True)
    assert 0 < timer.refresh_after_s < timer.end_after_s < interval


@given(st.text())
def test_any_text_is_read_or_passed_over(text: str) -> None:
    told_to_us(text)
