from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from huifang.logic.pacing import handout, may_begin, span_of

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
RATES = st.floats(0.1, 80)


@example(1.5, [(0.0, 1), (0.4375, 0), (0.5, 1)])
@given(RATES, st.lists(st.tuples(st.floats(0, 3), st.integers(0, 50)), max_size=60))
def test_no_second_sees_more_orders_than_the_trunk_bears(rate, asks):
    now, next_at, given_at = NOW, None, []
    for pause, wanted in asks:
        now += timedelta(seconds=pause)
        out = handout(rate, next_at, now)
        taken = min(wanted, out.most)
        if taken:
            next_at = out.after(taken)
            given_at += [now] * taken
    span, most = span_of(rate), max(1, int(rate))
    for at in given_at:
        assert sum(at - span < other <= at for other in given_at) <= most


@given(RATES)
def test_who_asks_often_gets_three_quarters_of_what_the_trunk_bears(rate):
    now, next_at, taken = NOW, None, 0
    bears = max(1, int(rate)) / span_of(rate).total_seconds()
    seconds = 40 / bears
    for _ in range(400):
        now += timedelta(seconds=seconds / 400)
        out = handout(rate, next_at, now)
        if out.most:
            next_at, taken = out.after(out.most), taken + out.most
    assert taken >= 0.7 * bears * seconds


def test_a_long_pause_saves_nothing_up():
    out = handout(10, NOW - timedelta(hours=1), NOW)
    assert out.most == 2
    assert handout(10, out.after(2), NOW).most == 0


@given(RATES, st.lists(st.floats(0, 1), max_size=300))
def test_invites_that_ask_first_never_exceed_the_rate(rate, pauses):
    now, begun = NOW, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        if may_begin(rate, begun, now):
            begun.append(now)
    span, most = span_of(rate), max(1, int(rate))
    for at in begun:
        assert sum(at - span < other <= at for other in begun) <= most
