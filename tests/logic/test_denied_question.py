"""Questions that hope for a no, and what is said to them."""

from __future__ import annotations

import pytest

from huifang.logic.understanding import Asked, Intent, understand
from huifang.logic.understanding.denied_question import taken_as_said, without_denial
from huifang.logic.understanding.sounds import syllables
from huifang.nlu.model import shipped


@pytest.mark.parametrize(
    ("question", "positive"),
    [
        ("包装没有磕坏吧", "包装有没有磕坏"),
        ("您的地址没变吧", "您的地址有没有变"),
        ("您没收到短信是吗", "您有没有收到短信"),
        ("您不打算再来了对吗", "您打算再来吗"),
        ("信号是不是不太好", "信号好吗"),
        ("您是不是还没评价", "您有没有评价"),
    ],
)
def test_a_question_is_read_without_its_negation(question: str, positive: str) -> None:
    assert without_denial(question) == positive


@pytest.mark.parametrize(
    "question",
    [
        "有没有漏水",
        "价格贵不贵",
        "包裹收到了没有",
        "师傅修得不错吧",
        "我记的地址没错吧",
        "您备注的不要香菜店家照做了吗",
        "您是因为价格才不来的吧",
        "您是不是遇到什么不愉快的事了",
        "",
    ],
)
def test_what_offers_both_or_denies_a_part_is_read_as_it_is(question: str) -> None:
    assert without_denial(question) == ""


@pytest.mark.parametrize(
    ("question", "reply", "said"),
    [
        ("没有磕坏吧", "对", "yes"),
        ("没有磕坏吧", "是的，好好的", "yes"),
        ("没有磕坏吧", "不是，边上有个坑", "no"),
        ("没有磕坏吧", "嗯没有", ""),
        ("没有磕坏吧", "没磕着", ""),
        ("您是不是不想来了", "是不想来了", "yes"),
        ("您是不是不想来了", "没有，就是忙", "no"),
        ("您是不是不想来了", "不想来", ""),
        ("您是不是不太满意", "师傅挺好的", ""),
        ("您是不是不太满意", "时间太久了", ""),
        ("没有磕坏吧", "对不起我没拆呢", ""),
        ("没有磕坏吧", "对面邻居收的", ""),
    ],
)
def test_who_begins_with_yes_or_no_takes_the_sentence_as_it_was_said(
    question: str, reply: str, said: str
) -> None:
    assert taken_as_said(question, reply) == said
    assert taken_as_said(question, "", syllables(reply)) in (said, "")


@pytest.mark.parametrize(
    ("question", "reply", "intent"),
    [
        ("衣服没有破的地方吧", "没有", Intent.YES),
        ("衣服没有破的地方吧", "袖口破了个洞", Intent.NO),
        ("衣服没有破的地方吧", "好好的", Intent.YES),
        ("衣服有没有破的地方", "没有", Intent.NO),
        ("您是不是不想来了", "不想来了", Intent.YES),
        ("您是不是不想来了", "哪里的话，周末就去", Intent.NO),
    ],
)
def test_what_agrees_with_a_question_says_yes_to_it(question: str, reply: str, intent: Intent) -> None:
    for heard in (
        shipped().heard(reply, question=question),
        shipped().heard("", syllables(reply), question=question),
    ):
        assert understand(heard, Asked("yes_no", words=question)).intent is intent
