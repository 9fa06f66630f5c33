"""Codes in a stream of keys: what is a code is never handed on, and what is none always is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.feature_codes import CodeReader, FeatureCode

KEYS = "0123456789*#ABCD"
TIMEOUT = "timeout"


def read(presses: list[str]) -> tuple[list[str], CodeReader]:
    """Everything that came out, a code as one string of two keys."""
    reader = CodeReader()
    out: list[str] = []
    for press in presses:
        keys, code = (reader.give_up(), None) if press == TIMEOUT else reader.press(press)
        out += [*keys, *([code.value] if code else [])]
    return out, reader


@pytest.mark.parametrize("code", FeatureCode)
def test_a_star_and_its_digit_are_a_code(code: FeatureCode) -> None:
    assert read(list(code.value))[0] == [code.value]


@pytest.mark.parametrize(
    ("presses", "out"),
    [
        (["1", "2"], ["1", "2"]),
        (["*", "9"], ["*", "9"]),
        (["*", "#"], ["*", "#"]),
        (["*", TIMEOUT, "1"], ["*", "1"]),
        (["*", "*", "2"], ["*", "*2"]),
        (["*", "1", "1"], ["*1", "1"]),
        ([TIMEOUT, "5"], ["5"]),
    ],
)
def test_other_keys_are_handed_on_complete_and_in_order(presses: list[str], out: list[str]) -> None:
    assert read(presses)[0] == out


@given(st.lists(st.sampled_from([*KEYS, TIMEOUT])))
def test_keys_are_neither_lost_nor_invented(presses: list[str]) -> None:
    out, reader = read(presses)
    pressed = "".join(press for press in presses if press != TIMEOUT)
    assert "".join(out) + ("*" if reader.is_waiting else "") == pressed


@given(st.lists(st.sampled_from(KEYS.replace("*", ""))))
def test_without_a_star_every_key_goes_on_at_once(presses: list[str]) -> None:
    assert read(presses)[0] == presses


@given(st.lists(st.sampled_from([*KEYS, TIMEOUT])))
def test_nothing_waits_after_patience_is_over(presses: list[str]) -> None:
    _, reader = read([*presses, TIMEOUT])
    assert not reader.is_waiting
