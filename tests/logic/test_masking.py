"""What does not leave the machine."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.masking import masked


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("我电话是13812345678你记一下", "我电话是[号码]你记一下"),
        ("打138 1234 5678找我", "打[号码]找我"),
        ("打138-1234-5678找我", "打[号码]找我"),
        ("我手机是一三八一二三四五六七八", "我手机是[号码]"),
        ("幺三八，零零零零，幺幺幺幺", "[号码]"),
        ("身份证11010519491231002X", "身份证[号码]"),
        ("订单20261126000123一直没到", "订单[号码]一直没到"),
        ("发到li.hong+a@example.com吧", "发到[邮箱]吧"),
        ("我叫李小红，你们那个盖子坏了", "我叫[姓名]，你们那个盖子坏了"),
        ("李红女士就是我", "[姓名]女士就是我"),
        ("是王经理卖给我的", "是[姓名]经理卖给我的"),
        ("你们经理说没有", "你们经理说没有"),
        ("等了四十分钟，买了两件", "等了四十分钟，买了两件"),
        ("一百二十块太贵", "一百二十块太贵"),
    ],
)
def test_numbers_names_and_addresses_are_masked_and_the_rest_stays(words: str, left: str) -> None:
    assert masked(words) == left


def test_the_customers_own_name_is_masked_wherever_it_stands() -> None:
    assert masked("欧阳娜说好用，娜姐也说好用", ["欧阳娜"]) == "[姓名]说好用，娜姐也说好用"
    assert masked("没有名字", ["", " "]) == "没有名字"


@given(st.text(max_size=20), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=20))
def test_no_telephone_number_gets_through(before: str, number: str, after: str) -> None:
    out = masked(f"{before}{number}{after}")
    assert number not in out
    assert not re.search(r"1[3-9][0-9]{9}", out)
