"""Somebody else answers: in every shipped script, as people talk."""

from __future__ import annotations

import pytest
from scripted import FACTS, NOW, Conversation
from shipped import SCRIPTS

from huifang.logic.dialogue import (
    End,
    Lookup,
    Promise,
    RecordAnswer,
    Refusal,
    Say,
    Silence,
    Started,
    Stranger,
    Transfer,
    TransferResult,
)
from huifang.logic.script_document import Ask
from huifang.logic.script_state import Phase

EVERY = pytest.mark.parametrize("name", sorted(SCRIPTS))
CALLING = sorted(name for name in SCRIPTS if not name.startswith("inbound"))
PRIVATE = ("李女士", "玫瑰保湿面膜")


def talk(name: str, *turns: str) -> Conversation:
    with_ = Conversation(SCRIPTS[name], FACTS).give(Started())
    for turn in turns:
        with_.speak(turn)
    return with_


@pytest.mark.parametrize("name", CALLING)
@pytest.mark.parametrize(
    ("words", "why", "told"),
    [
        ("她已经去世了", "deceased", ("抱歉", "节哀", "不会再打")),
        ("我妈上个月走了", "deceased", ("抱歉", "节哀", "不会再打")),
        ("这个号码现在是我在用", "moved", ("抱歉", "换人", "不会再打")),
        ("你打错了", "wrong", ("不好意思", "不会再打")),
        ("我不认识你说的这个人", "wrong", ("不好意思", "不会再打")),
    ],
)
def test_whoever_is_not_the_customer_is_asked_for_pardon_and_the_number_is_blocked(
    name: str, words: str, why: str, told: tuple[str, ...]
) -> None:
    with_ = talk(name, words)
    assert [o.why for o in with_.last if isinstance(o, Stranger)] == [why]
    assert all(part in with_.said for part in told), with_.said
    assert not any(one in with_.said for one in (*PRIVATE, "生活愉快", "祝您"))
    assert isinstance(with_.last[-1], End)
    assert with_.last[-1].outcome == "wrong_number"


@EVERY
def test_who_answers_for_the_customer_is_asked_when_to_call_and_told_nothing(name: str) -> None:
    with_ = talk(name, "我妈不在，我是她女儿")
    assert "什么时候" in with_.said
    assert with_.state.phase is Phase.REACHING
    with_.speak("找她什么事啊")
    assert "只能跟本人说" in with_.said
    with_.speak("晚上七点以后吧")
    assert "今天晚上七点再打" in with_.said
    assert [(p.kind, p.due_at) for p in with_.of(Promise)] == [
        ("callback", NOW.replace(hour=19, minute=0).isoformat())
    ]
    assert with_.end is not None
    assert with_.end.outcome == "callback"
    after = with_.all[[isinstance(o, Say) and o.step == "third_party" for o in with_.all].index(True) :]
    assert not any(one in o.text for o in after if isinstance(o, Say) for one in PRIVATE)
    assert not any(isinstance(o, Lookup) for o in after)


def test_a_time_that_is_named_at_once_is_not_asked_for() -> None:
    with_ = talk("first_order_3d", "她不在家，你明天上午十点再打")
    assert [p.due_at for p in with_.of(Promise)] == ["2026-09-16T10:00:00+08:00"]
    assert with_.end is not None


@pytest.mark.parametrize("words", ["我转告她吧", "我也不知道", "好的", "再见", "说不准"])
def test_who_names_no_time_is_thanked(words: str) -> None:
    with_ = talk("first_order_3d", "机主不在", words)
    assert with_.said == "好的，谢谢您，那我们晚些时候再打过来，再见。"
    assert len(with_.of(Promise)) == 1
    assert with_.end is not None


def test_silence_and_other_talk_come_to_an_end() -> None:
    assert talk("first_order_3d", "机主不在").give(Silence()).end is not None
    assert talk("first_order_3d", "机主不在", "今天天气不错", "红烧肉要炖多久").end is not None
    robots = talk("first_order_3d", "机主不在")
    for _ in range(12):
        robots.speak("你是机器人吗")
    assert robots.end is not None


def test_whoever_offers_to_tell_the_customer_is_not_the_customer() -> None:
    with_ = talk("first_order_3d", "我会转告他的")
    assert with_.state.phase is Phase.REACHING


@pytest.mark.parametrize("comes", ["喂，你好", "我就是，你说", "-"])
def test_a_customer_who_is_fetched_hears_the_beginning(comes: str) -> None:
    with_ = talk("first_order_3d", "机主不在", "等一下，我叫她")
    assert with_.end is None
    with_.give(Silence()) if comes == "-" else with_.speak(comes)
    says = [o for o in with_.last if isinstance(o, Say)]
    assert not says[0].interruptible, "the disclosure, to the one who has not heard it"
    assert "智能语音助手" in says[0].text
    assert with_.speak("非常满意").of(RecordAnswer)[-1].code == "very_satisfied"


def test_laws_hold_for_whoever_answers() -> None:
    refused = talk("first_order_3d", "机主不在", "别再打电话了")
    assert [type(o) for o in refused.last if isinstance(o, Refusal | End)] == [Refusal, End]
    assert "是机器人，不是真人" in talk("first_order_3d", "机主不在", "你是机器人吗").said
    fetched = talk("first_order_3d", "机主不在", "转人工")
    assert isinstance(fetched.last[-1], Transfer)
    assert fetched.give(TransferResult(bridged=False)).of(Promise)
    late = talk("first_order_3d", "机主不在", "她已经去世了")
    assert [o.why for o in late.of(Stranger)] == ["deceased"]


# ---- no answer, but understood


@EVERY
def test_who_finds_it_hard_to_say_is_offered_the_choices_and_not_told_that_we_did_not_hear(name: str) -> None:
    with_ = Conversation(SCRIPTS[name], FACTS).give(Started())
    asked = with_.script.steps[with_.state.at]
    assert isinstance(asked, Ask)
    with_.speak("不好说")
    said = with_.said
    if with_.of(RecordAnswer):
        return  # its own choice, or as good as an answer
    assert not any(sorry in said for sorry in ("没听", "信号", "没能听清")), said
    if any(c.key for c in asked.item.choices):
        assert "请按1" in said
    again = with_.speak("说不清").said
    assert with_.end is not None or not any(sorry in again for sorry in ("没听", "信号", "没能听清")), again


def test_who_asks_whether_data_can_be_erased_gets_an_answer_and_the_call_goes_on() -> None:
    with_ = talk("first_order_3d", "能把我的资料删掉吗")
    (promise,) = with_.of(Promise)
    assert (promise.kind, promise.data) == ("question", {"question": "能把我的资料删掉吗"})
    assert "删除您资料的要求" in with_.said
    assert with_.end is None


def test_who_demands_it_wants_no_more_calls() -> None:
    with_ = talk("first_order_3d", "把我的资料删了，别再打来")
    assert with_.end is not None
    assert with_.end.outcome == "refused"


def test_what_is_to_be_passed_on_is_written_down() -> None:
    with_ = talk("first_order_3d", "帮我跟店长说一声空调太冷了")
    (promise,) = with_.of(Promise)
    assert (promise.kind, promise.data) == ("question", {"question": "帮我跟店长说一声空调太冷了"})
    assert "满意吗" in with_.said, "the question is still open"
