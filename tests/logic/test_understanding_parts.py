"""Closed meanings put together from parts: times, who speaks, who is gone, who wants no more calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, Reading, understand
from huifang.logic.understanding.sounds import syllables

SURE = 0.7
REFUSALS = [
    "别再打了",
    "不要再联系我了",
    "把我从名单里删掉",
    "以后甭打了",
    "停止拨打",
    "我要取消回访",
    "再打我就投诉了",
]
POLITE = [
    "不好意思，",
    "麻烦你们",
    "谢谢关心，",
    "请问一下，",
    "那个，",
    "小姑娘，",
    "我理解你们工作，但是",
    "",
]
AFTER = ["", "，谢谢", "，好吗", "，行不行", "，辛苦了", "，拜托"]


def read(words: str, asked: str = "rating") -> Reading:
    return understand(Utterance(words), Asked(asked))


@given(st.sampled_from(REFUSALS), st.sampled_from(POLITE), st.sampled_from(AFTER), st.booleans())
def test_a_refusal_wrapped_in_politeness_is_still_one(
    core: str, before: str, after: str, by_sound: bool
) -> None:
    words = before + core + after
    said = Utterance("", syllables(words)) if by_sound else Utterance(words)
    assert understand(said, Asked("rating")).intent is Intent.REFUSAL, words


@pytest.mark.parametrize(
    "words",
    ["我退订了那个酒店", "不要联系快递，我自己去拿", "别打我办公室座机，打这个手机", "黑名单那首歌老放", "别打包了我在这吃", "不用打了，我已经打过五分了",
     "拉黑色的那个箱子到货没有", "我在高速上", "东西在我桌上呢"],
)  # fmt: skip
def test_what_stops_something_else_than_calls_is_no_refusal(words: str) -> None:
    assert read(words).intent is not Intent.REFUSAL


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("明天上午十点", "1 10:00"), ("四十五分钟后吧", "+45"), ("过二十分钟", "+20"), ("俩钟头以后", "+120"), ("过半个钟", "+30"),
        ("晚饭过后再来电话", "? 19:30"), ("收工以后打", "? 18:00"), ("下午两点到四点都可以", "? 14:00"), ("嗯那个三点…不对四点吧 下午四点", "? 16:00"),
        ("后天下午两点半行不行", "2 14:30"), ("差十分三点打 下午", "? 14:50"), ("后天早上八点 我起得早", "2 08:00"),
    ],
)  # fmt: skip
def test_a_time_and_nothing_else_asks_for_a_call_then(words: str, moment: str) -> None:
    reading = read(words)
    assert (reading.intent, reading.code) == (Intent.CALLBACK, moment), reading


@pytest.mark.parametrize(
    "words",
    ["等了四十分钟", "晚上去吃的", "我明天有课", "上周三下午三点我去过", "把电话给你们店长", "请你们打电话催一下物流", "袖子长了一点点", "他过世三个月了"],
)  # fmt: skip
def test_a_time_of_something_else_is_no_wish_for_a_call(words: str) -> None:
    assert read(words).intent is not Intent.CALLBACK


@pytest.mark.parametrize(
    "words", ["哪个包裹", "你们还开着呢", "解没解决我还没回家看呢", "门卫可能代收了也可能没有"]
)
def test_who_asks_back_or_does_not_know_says_neither_yes_nor_no(words: str) -> None:
    reading = read(words, "yes_no")
    assert reading.intent not in (Intent.YES, Intent.NO) or reading.confidence < 0.8, reading


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("是真人还是机器", Intent.ROBOT), ("真人还是录音", Intent.ROBOT), ("录音是不是", Intent.ROBOT), ("你到底是不是人", Intent.ROBOT),
        ("接线员呢，帮我接一下", Intent.HUMAN), ("喊个人来嘛，我讲不清楚", Intent.HUMAN), ("能不能派个专人来接", Intent.HUMAN),
    ],
)  # fmt: skip
def test_a_person_asked_for_is_not_a_person_asked_about(words: str, intent: Intent) -> None:
    assert read(words).intent is intent


@pytest.mark.parametrize("words", ["真人试穿图有吗", "真人教练教得好", "人工费太贵", "安装是人工装的"])
def test_a_person_in_a_story_is_neither(words: str) -> None:
    assert read(words).intent not in (Intent.HUMAN, Intent.ROBOT)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("我妈上个月病故了", "deceased"), ("我爸走了，去年走的", "deceased"), ("老人家没抢救过来", "deceased"), ("家父已故", "deceased"),
        ("号码换主人了", "moved"), ("这卡我二手买来的", "moved"), ("号码过户给我了", "moved"), ("她搬走了，号留给我了", "moved"),
        ("我不是什么陈先生，你弄岔了", ""), ("你打的是修车铺", ""), ("我这儿没有叫张丽的", ""), ("我不是机主", ""),
    ],
)  # fmt: skip
def test_who_is_gone_and_whose_number_it_is(words: str, code: str) -> None:
    reading = read(words)
    assert (reading.intent, reading.code) == (Intent.WRONG_NUMBER, code), reading
    assert reading.confidence >= SURE


@pytest.mark.parametrize(
    "words", ["教练走了我也不想来了", "之前那个店员离职了", "我家猫去世了", "那个老师不教了", "会员卡新办的"]
)
def test_staff_and_pets_that_are_gone_are_not_the_customer(words: str) -> None:
    reading = read(words)
    assert reading.intent is not Intent.WRONG_NUMBER or reading.confidence < SURE, reading


@pytest.mark.parametrize(
    "words",
    ["能把我的资料删掉吗", "我的信息能不能删除", "怎么注销账号", "请问我的数据可以清除吗", "我想注销会员"],
)
def test_who_asks_about_erasing_data_is_answered(words: str) -> None:
    assert read(words).intent is Intent.ERASURE


@pytest.mark.parametrize(
    "words", ["把我的资料删了", "删掉我的联系方式", "能不能把我号码删了别再打", "把我的号码从系统里删掉"]
)
def test_who_demands_it_is_let_go(words: str) -> None:
    assert read(words).intent is Intent.REFUSAL
