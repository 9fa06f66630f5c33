from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.call_story import Logged, Story, read
from huifang.logic.voice_line import EndCause, EventKind

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)


def log(*kinds, **data_by_kind):
    return [
        Logged(seq, EventKind(kind), NOW + timedelta(seconds=seq), data_by_kind.get(kind, {}))
        for seq, kind in enumerate(kinds, 1)
    ]


DATA = st.dictionaries(
    st.sampled_from(
        ["item", "code", "score", "undone", "cause", "outcome", "due_at", "kind", "text", "agent"]
    ),
    st.one_of(
        st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.sampled_from(["rating", "busy", "x"])
    ),
)
LOGS = st.lists(st.tuples(st.sampled_from(EventKind), DATA), max_size=12).map(
    lambda rows: [Logged(n, kind, NOW + timedelta(seconds=n), data) for n, (kind, data) in enumerate(rows, 1)]
)


@given(LOGS, st.randoms())
def test_neither_order_nor_repetition_matters(events, chance):
    shuffled = events + events[: len(events) // 2]
    chance.shuffle(shuffled)
    assert repr(read(shuffled)) == repr(read(events))


@given(LOGS)
def test_an_end_is_final_whatever_else_is_in_the_log(events):
    ended = any(event.kind is EventKind.ENDED for event in events)
    assert (read(events).state == "ended") == ended


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ((), "claimed"),
        (("dialling",), "dialling"),
        (("dialling", "ringing"), "ringing"),
        (("dialling", "answered", "ringing"), "talking"),
        (("dialling", "in_doubt"), "in_doubt"),
        (("dialling", "in_doubt", "answered"), "talking"),
        (("dialling", "in_doubt", "ended"), "ended"),
        (("dialling", "in_doubt", "answer", "said"), "in_doubt"),
    ],
)
def test_the_state_follows_from_what_is_known(kinds, state):
    assert read(log(*kinds)).state == state


def test_the_last_answer_to_an_item_counts_and_one_taken_back_does_not():
    def answer(seq, score, undone=False):
        data = {"item": "rating", "code": f"s{score}", "score": score, "undone": undone}
        return Logged(seq, EventKind.ANSWER, NOW, data)

    assert read([answer(1, 1), answer(2, 4)]).score == 4
    assert read([answer(1, 1), answer(2, 1, undone=True)]).score is None
    assert read([answer(1, 1), answer(2, 1, undone=True), answer(3, 5)]).score == 5


def test_an_end_that_cannot_be_named_is_the_line_s_fault():
    assert read(log("ended", ended={"cause": "gremlins"})).cause is EndCause.NETWORK


def test_a_promise_without_a_usable_time_is_still_a_promise():
    for due_at in (None, "soon", "2026-09-15T10:00:00"):
        (promise,) = read(log("promise", promise={"kind": "callback", "due_at": due_at})).promises
        assert (promise.kind, promise.due_at) == ("callback", None)


def test_an_empty_log_is_an_order_that_nobody_has_touched():
    assert read([]) == Story()


def test_a_customer_whom_the_trunk_put_through_was_handed_over_like_any_other():
    story = read(log("dialling", "answered", "transfer", "referred", "ended", referred={"agent": "amy"}))
    assert (story.agent, story.bridged_at) == ("amy", NOW + timedelta(seconds=4))
    assert story.agent_wanted_at == NOW + timedelta(seconds=3)
