from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.message_text import WAY_OUT, composed, filled, is_way_out, length, names_a_sender, parts


@pytest.mark.parametrize(
    ("text", "is_marketing", "goes_out"),
    [
        ("谢谢您！", False, "【花颜】谢谢您！"),
        ("【动力健身】谢谢您！", False, "【动力健身】谢谢您！"),
        ("新品到店", True, "【花颜】新品到店。拒收请回复R"),
        ("新品到店！", True, "【花颜】新品到店！拒收请回复R"),
        ("新品到店，拒收请回复R", True, "【花颜】新品到店，拒收请回复R"),
        (" 谢谢\x00您\x07 ", False, "【花颜】谢谢您"),
    ],
)
def test_the_sender_stands_first_and_the_way_out_last(text, is_marketing, goes_out):
    assert composed(text, "花颜", is_marketing=is_marketing) == goes_out


@given(st.text(max_size=80), st.booleans())
def test_every_message_names_one_sender_and_composing_again_changes_nothing(text, is_marketing):
    once = composed(text, "花颜", is_marketing=is_marketing)
    assert names_a_sender(once)
    assert composed(once, "别家", is_marketing=is_marketing) == once
    assert (WAY_OUT in once) or not is_marketing


@pytest.mark.parametrize(("size", "charged"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (500, 8)])
def test_a_long_message_is_charged_in_parts_of_67(size, charged):
    assert parts("字" * size) == charged


def test_a_sign_outside_the_basic_plane_counts_twice():
    assert length("好😀") == 3


def test_slots_are_filled_and_an_unknown_one_leaves_no_comma():
    text = "{customer.salutation}，感谢您光临{store.name}。"
    assert (
        filled(text, {"customer.salutation": "李女士", "store.name": "静安店"})
        == "李女士，感谢您光临静安店。"
    )
    assert filled(text, {"store.name": "静安店"}) == "感谢您光临静安店。"


@pytest.mark.parametrize(
    "reply",
    ["R", "r", "Ｒ", " t ", "TD", "td。", "退订", "退订！", "TD退订", "“退订”", "拒收", "t d", "Stop"],
)
def test_a_reply_that_wants_no_more(reply):
    assert is_way_out(reply)


@pytest.mark.parametrize("reply", ["", "好的", "谢谢", "RR", "退货", "退订不了吗", "ok", "1", "TV"])
def test_any_other_reply_is_no_refusal(reply):
    assert not is_way_out(reply)


def test_a_name_does_not_pass_for_the_sender():
    text = filled("{customer.name}，谢谢您。", {"customer.name": "【某银行】张三"})
    assert composed(text, "花颜", is_marketing=False) == "【花颜】某银行张三，谢谢您。"
