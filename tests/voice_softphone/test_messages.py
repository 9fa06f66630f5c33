"""The data channel's messages: what is read, and that nothing else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.voice.rtp.dtmf import KEYS
from huifang.voice.softphone.messages import ABOUT_A_CALL, FromPage, MessageMalformed, Wish, read, write

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(wish=st.sampled_from(Wish), call=st.integers(1, 2**31), keys=st.text(KEYS, min_size=1, max_size=32))
def test_every_wish_of_the_page_is_read(wish: Wish, call: int, keys: str) -> None:
    about = wish in ABOUT_A_CALL
    expected = FromPage(wish, call if about else 0, keys if wish is Wish.KEYS else "")
    assert read(json.dumps({"do": wish, "call": call, "keys": keys})) == expected


@given(st.text() | st.binary() | st.builds(json.dumps, st.fixed_dictionaries({"do": st.sampled_from([*Wish])
       | values}, optional={"call": values, "keys": values})))  # fmt: skip
def test_anything_else_is_malformed_and_nothing_worse(text: str | bytes) -> None:
    try:
        message = read(text)
    except MessageMalformed:
        return
    assert (message.call > 0) == (message.wish in ABOUT_A_CALL)
    assert set(message.keys) <= set(KEYS)


@pytest.mark.parametrize(
    "text",
    [
        '{"do": "answer"}',
        '{"do": "answer", "call": true}',
        '{"do": "answer", "call": "1"}',
        '{"do": "keys", "call": 1, "keys": "12x"}',
        '{"do": "keys", "call": 1, "keys": ""}',
        '{"do": "transfer", "call": 1}',
        '{"do": ["answer"], "call": 1}',
        "[" * 400,
        '{"do": "alive", "x": "' + "x" * 500 + '"}',
    ],
)
def test_wishes_that_are_no_wishes_are_refused(text: str) -> None:
    with pytest.raises(MessageMalformed):
        read(text)


def test_a_message_to_the_page_is_json() -> None:
    assert json.loads(write("ring", call=3, attempt="ab")) == {"say": "ring", "call": 3, "attempt": "ab"}
