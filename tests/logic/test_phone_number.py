"""Telephone numbers as people say them, and what transcripts keep of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.phone_number import (
    concealed,
    digits_said,
    is_done,
    is_only_digits,
    masked_number,
    may_go_on,
    means_same,
    national,
)

MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
SAID = str.maketrans("0123456789", "零幺二三四五六七八九")


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("幺三八零零幺三八零零零", "13800138000"),
        ("嗯，一三八，零零一三，八零零零", "13800138000"),
        ("我的电话是幺八六，三个零，五二六六六", "18600052666"),
        ("138-0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("1 3 8 0 0 1 3 8 0 0 0", "13800138000"),
        ("零二幺，六六六六八八八八", "02166668888"),
        ("零七五五八二三四五六七八", "075582345678"),
        ("010-62345678", "01062345678"),
        ("86 10 62345678", "01062345678"),
        ("四零零八八八幺二三四", "4008881234"),
    ],
)
def test_a_number_is_read_however_it_is_said(words: str, number: str) -> None:
    assert national(digits_said(words)) == number


@pytest.mark.parametrize(
    "digits", ["", "1380013800", "12345678901", "138001380001", "66668888", "0211234", "110"]
)
def test_what_nobody_can_call_is_no_number(digits: str) -> None:
    assert national(digits) is None


def test_sounds_alone_are_read_too() -> None:
    heard = ("yao", "san", "ba", "san", "ge", "ling", "yao", "er", "san", "si", "wu")
    assert national(digits_said("", heard)) == "13800012345"
    assert is_only_digits("", heard)


@given(MOBILE, st.lists(st.integers(1, 10), max_size=3))
def test_pieces_of_a_number_can_go_on_until_it_is_whole(number: str, cuts: list[int]) -> None:
    for end in sorted(cuts):
        assert may_go_on(number[:end])
        assert not is_done(number[:end])
    assert is_done(number)
    assert national(digits_said(number.translate(SAID))) == number


@pytest.mark.parametrize(
    ("words", "is_same"),
    [
        ("就这个号", True), ("就打这个号就行", True), ("嗯，就是现在这个号码", True), ("打我现在这个手机吧", True), ("本机", True),
        ("我不知道", False), ("这个产品", False), ("不是这个号", False), ("这个号码打不通", False),
    ],
)  # fmt: skip
def test_the_number_we_talk_on_may_be_named(words: str, is_same: bool) -> None:
    assert means_same(words) is is_same


@given(MOBILE)
def test_nothing_that_is_kept_tells_the_number(number: str) -> None:
    assert (
        number[3:7] not in masked_number(number).replace("*", "x") or number[3:7] in number[:3] + number[7:]
    )
    for said in (number, number.translate(SAID), "，".join(number.translate(SAID))):
        assert digits_said(concealed(f"我的电话是{said}")) == ""
    assert concealed("yao san ba ling hao de").split()[-2:] == ["hao", "de"]
    assert not any(sound in concealed("yao san ba ling hao de") for sound in ("yao", "san", "ling"))
