"""What the shipped scripts tell machines that answer for a customer."""

from __future__ import annotations

import pytest
from shipped import SCRIPTS

from huifang.logic.script_length import seconds
from huifang.logic.script_text import Text

CALLING = sorted(name for name in SCRIPTS if not name.startswith("inbound"))
"""Who calls us has no voicemail."""
NUMBER = "零二幺六，六六六八，八八八"
PRIVATE = {"customer.name": "王芳", "customer.salutation": "王女士", "order.product": "玫瑰保湿面膜"}
TELLING = (
    "投诉",
    "贷款",
    "理财",
    "续卡",
    "会员",
    "课程",
    "招生",
    "优惠",
    "限量",
    "退换",
    "沉睡",
    "购买",
    "买的",
)
"""What somebody else might learn of the customer, or what would be an advertisement."""


def told(name: str, kind: str, number: str) -> str:
    script = SCRIPTS[name]
    text: Text | None = getattr(script, kind)
    assert text is not None
    facts = {"store.name": "花颜美妆人民路店", **PRIVATE, **({"callback.number": number} if number else {})}
    return "".join(part.text for part in text.render("zh-CN", facts, script.defaults["zh-CN"]))


@pytest.mark.parametrize("name", CALLING)
@pytest.mark.parametrize("kind", ["voicemail", "assistant"])
def test_a_machine_is_told_who_calls_and_where_to_call_back_and_nothing_of_the_customer(
    name: str, kind: str
) -> None:
    said = told(name, kind, NUMBER)
    assert "花颜美妆人民路店的智能语音助手" in said
    assert f"回拨{NUMBER}" in said
    assert "回拨" not in told(name, kind, "")
    assert not [word for word in (*PRIVATE.values(), *TELLING) if word in said]
    assert said.endswith("再见。")
    assert 5 < seconds(said) < 20


@pytest.mark.parametrize("name", CALLING)
def test_an_assistant_is_asked_to_pass_it_on(name: str) -> None:
    said = told(name, "assistant", NUMBER)
    assert "转告机主" in said
    assert "您" not in said.removeprefix("您好"), "the assistant is not the customer"
