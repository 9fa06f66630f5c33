"""The verdict on a crash run is drawn from the far end's log, and must see every fault that it is there for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from huifang.crash.blows import Kind, draw_blows
from huifang.crash.verdict import Kill, Owed, Try, judge

START = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)


def line(kind: str, call_id: str, at_s: float, number: str = "n1") -> dict[str, Any]:
    at = (START + timedelta(seconds=at_s)).isoformat()
    return {"kind": kind, "call_id": call_id, "at": at} | ({"number": number} if kind == "invite" else {})


def call(
    call_id: str, at_s: float = 0.0, number: str = "n1", *, answered: bool = True
) -> list[dict[str, Any]]:
    middle = [line("answered", call_id, at_s + 1)] if answered else []
    return [line("invite", call_id, at_s, number), *middle, line("ended", call_id, at_s + 2)]


def owed(state: str, *tries: Try, number: str = "n1") -> Owed:
    return Owed(number, state, tries)


A = Try("a", "node-1", dialled=True)
B = Try("b", "node-2", dialled=True)


def test_a_call_that_was_made_and_is_done_is_clean() -> None:
    verdict = judge(call("a"), [owed("done", A)])
    assert verdict.is_clean
    assert (verdict.rung, verdict.answered, verdict.doubled, verdict.lost) == (1, 1, 0, 0)


def test_ringing_somebody_who_has_answered_is_a_doubled_call() -> None:
    verdict = judge([*call("a"), *call("b", 60)], [owed("done", A, B)])
    assert verdict.doubled == 1
    assert not verdict.is_clean


def test_ringing_a_telephone_that_still_rings_is_a_doubled_call() -> None:
    lines = [line("invite", "a", 0), line("invite", "b", 1), line("ended", "a", 2), line("ended", "b", 3)]
    assert judge(lines, [owed("done", A, B)]).doubled == 1


def test_the_same_attempt_twice_is_a_doubled_call_even_where_nobody_answered() -> None:
    lines = [*call("a", answered=False), *call("a", 60, answered=False)]
    assert judge(lines, [owed("due", A)]).doubled == 1


def test_the_next_try_after_ringing_in_vain_is_none() -> None:
    verdict = judge([*call("a", answered=False), *call("b", 60)], [owed("done", A, B)])
    assert verdict.doubled == 0
    assert verdict.is_clean


def test_done_without_a_ring_is_lost() -> None:
    for state in ("done", "failed", "skipped", "due", "claimed"):
        verdict = judge([], [owed(state, A)])
        assert verdict.lost == 1, state
        assert not verdict.is_clean


def test_what_hangs_is_lost_even_where_it_rang() -> None:
    assert judge(call("a"), [owed("claimed", A)]).lost == 1


def test_what_waits_for_its_next_try_is_put_off_and_not_lost() -> None:
    verdict = judge(call("a", answered=False), [owed("due", A)])
    assert (verdict.lost, verdict.put_off) == (0, 1)


def test_a_ring_that_we_do_not_know_of_is_unrecorded() -> None:
    assert judge(call("x"), [owed("done", A)]).unrecorded == 1
    assert judge(call("a"), [owed("done", Try("a", "node-1", dialled=False))]).unrecorded == 1


def test_a_doubt_needs_a_call_that_was_going_on_when_its_node_was_killed() -> None:
    during, long_after = START + timedelta(seconds=1), START + timedelta(seconds=90)
    in_doubt = [owed("in_doubt", A)]
    assert judge(call("a"), in_doubt, [Kill("node-1", during)]).is_clean
    for kills in ([], [Kill("node-2", during)], [Kill("node-1", long_after)]):
        verdict = judge(call("a"), in_doubt, kills)
        assert (verdict.unknown, verdict.in_flight, verdict.is_clean) == (1, 0, False)


def test_a_node_killed_between_permission_and_invite_leaves_a_doubt() -> None:
    verdict = judge([], [owed("in_doubt", A)], [Kill("node-1", START)])
    assert (verdict.unknown, verdict.in_flight, verdict.lost) == (1, 1, 0)
    assert verdict.is_clean


@given(st.integers(), st.integers(10, 3000), st.integers(0, 80), st.integers(0, 3), st.integers(0, 3))
def test_blows_are_as_many_as_wanted_in_order_and_repeatable(
    seed: int, calls: int, kills: int, freezes: int, stops: int
) -> None:
    def draw() -> list[Any]:
        return draw_blows(
            seed, calls=calls, kills=kills, freezes=freezes, stops=stops, nodes=["n1", "n2"], workers=["w1"]
        )

    blows = draw()
    assert blows == draw()
    for kind, count in ((Kind.KILL, kills), (Kind.FREEZE, freezes), (Kind.DATABASE, stops)):
        assert sum(blow.kind is kind for blow in blows) == count
    assert [blow.after_calls for blow in blows] == sorted(blow.after_calls for blow in blows)
    assert all(0 <= blow.after_calls <= calls for blow in blows)
    if kills >= 3:
        assert {"n1", "n2", "w1"} <= {blow.victim for blow in blows}
