"""The far side's own record and what it adds up to."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.pstn.log import NetworkLog, add_up, read_far_side


def invite(number: str, call_id: str, behaviour: str = "presses_key") -> dict[str, object]:
    return {"kind": "invite", "number": number, "call_id": call_id, "behaviour": behaviour}


def test_a_number_that_is_rung_twice_is_counted_once_too_often() -> None:
    far = add_up([invite("n1", "a"), invite("n2", "b"), invite("n1", "c"), invite("n1", "d")])
    assert far.doubled == 2
    assert far.invites == {"n1": 3, "n2": 1}


def test_agents_phones_may_ring_as_often_as_they_like() -> None:
    far = add_up([invite("x", "a-agent1", "agent"), invite("x", "b-agent1", "agent"), invite("n", "a")])
    assert far.doubled == 0
    assert set(far.call_ids) == {"a"}


def test_calls_without_an_end_are_named() -> None:
    lines = [
        invite("n1", "a"),
        invite("n2", "b"),
        {"kind": "answered", "call_id": "a"},
        {"kind": "keys", "call_id": "a", "keys": "5"},
        {"kind": "keys", "call_id": "a", "keys": "#1"},
        {"kind": "ended", "call_id": "a", "heard_s": 3.5},
    ]
    far = add_up(lines)
    assert far.open_calls == ("b",)
    assert (far.answered, far.ended, far.keys, far.heard_s) == (1, 1, {"a": "5#1"}, 3.5)


def test_a_line_cut_off_by_a_crash_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = NetworkLog(path)
    log.write("invite", "a", number="n1", behaviour="busy")
    log.close()
    with path.open("a") as file:
        file.write('{"kind": "invite", "num')
    assert read_far_side(path).call_ids == {"a": 1}


@given(st.lists(st.sampled_from(["n1", "n2", "n3"])))
def test_doubled_is_the_number_of_calls_beyond_one_each(rung: list[str]) -> None:
    far = add_up(invite(number, str(i)) for i, number in enumerate(rung))
    assert far.doubled == len(rung) - len(set(rung))
