from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.routing import Line, allows, caller_for, pick

MOBILE = "+8613800000000"
LINES = st.lists(
    st.builds(
        Line,
        id=st.integers(1, 1000),
        prefixes=st.sampled_from([("+86",), ("+8613",), ("+852",), ()]),
        priority=st.integers(1, 3),
        weight=st.integers(1, 5),
        in_use=st.integers(0, 5),
        room=st.integers(-1, 5),
    ),
    max_size=6,
)


def test_a_trunk_without_prefixes_allows_nothing():
    assert not allows((), MOBILE)
    assert allows(("+8621", "+8613"), MOBILE)
    assert not allows(("+8621",), MOBILE)


@given(LINES)
def test_only_a_line_with_room_that_allows_the_number_is_picked_and_none_before_a_better_one(lines):
    picked = pick(lines, MOBILE)
    fitting = [line for line in lines if line.room > 0 and allows(line.prefixes, MOBILE)]
    if picked is None:
        assert fitting == []
    else:
        assert picked in fitting
        assert picked.priority == min(line.priority for line in fitting)


@given(st.integers(1, 5), st.integers(1, 5))
def test_equals_share_by_weight(one, two):
    lines = [Line(1, ("+86",), weight=one, room=10_000), Line(2, ("+86",), weight=two, room=10_000)]
    rounds = 20
    for _ in range((one + two) * rounds):
        pick(lines, MOBILE).take()
    assert [line.in_use for line in lines] == [one * rounds, two * rounds]


@given(st.lists(st.sampled_from("abcde"), min_size=1, max_size=5, unique=True), st.integers(1, 20))
def test_every_number_is_shown_equally_often(numbers, rounds):
    shown = Counter(caller_for(numbers, turn) for turn in range(len(numbers) * rounds))
    assert set(shown.values()) == {rounds}


def test_the_store_s_own_number_comes_first():
    assert {caller_for(["a", "b", "c"], turn, {"b", "x"}) for turn in range(9)} == {"b"}
    assert caller_for(["a", "b"], 1, {"x"}) == "b"
    assert caller_for([], 3) == ""
