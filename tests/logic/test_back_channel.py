"""嗯 and 对 say that somebody listens; they are no answer, unless a yes or no is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.understanding import is_back_channel


@pytest.mark.parametrize(
    "text", ["嗯", "嗯嗯", "对", "对对对", "哦", "噢，好", "啊", "好的", "是", "是的", "行", "诶"]
)
def test_listening_is_no_interruption(text: str) -> None:
    assert is_back_channel(text, (), may_answer=False)


@pytest.mark.parametrize(
    "text", ["不满意", "五分", "你好", "别打了", "对不起我在开会", "好吃", "等一下", "", "二"]
)
def test_words_are_an_interruption(text: str) -> None:
    assert not is_back_channel(text, (), may_answer=False)


@pytest.mark.parametrize("text", ["对", "好的", "是", "行"])
def test_agreeing_is_an_answer_where_one_is_asked_for(text: str) -> None:
    assert not is_back_channel(text, (), may_answer=True)
    assert is_back_channel("嗯", (), may_answer=True)


def test_sounds_alone_suffice() -> None:
    assert is_back_channel("", ("en4", "en4"), may_answer=False)
    assert not is_back_channel("", ("bu4", "man3", "yi4"), may_answer=False)


@given(st.text(max_size=20))
def test_what_is_no_answer_to_yes_or_no_is_none_elsewhere(text: str) -> None:
    if is_back_channel(text, (), may_answer=True):
        assert is_back_channel(text, (), may_answer=False)
