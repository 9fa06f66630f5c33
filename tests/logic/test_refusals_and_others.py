"""A refusal is permanent, so it must be heard; and nothing that only resembles one may be taken for it."""

from __future__ import annotations

import pytest

from huifang.logic.understanding import Asked, Intent, understand
from huifang.logic.understanding.contact import may_refuse
from huifang.logic.understanding.sounds import syllables
from huifang.nlu.model import shipped

REFUSALS = [
    "别给我打电话了行吗",
    "以后少打电话",
    "以后都别打了啊",
    "不要再来电话了",
    "你们能不能别老打电话",
    "天天打天天打烦死了别打了",
    "麻烦你把我拉进黑名单",
    "请把我列入免打扰",
    "我申请免打扰",
    "我要求你们停止给我打电话",
    "我不需要回访以后都不需要",
    "以后有事也别打",
    "不要再骚扰我了",
    "你这是骚扰知道吗",
    "再骚扰我我报警了",
    "别再骚扰我",
    "把我的手机号从你们系统里删除",
    "删掉我的信息",
    "把我资料删了",
    "我不想被打扰",
    "请不要打扰我",
    "以后别烦我",
    "你们公司的电话我一律不接别打了",
    "我跟你们没有关系别再打过来",
    "别打了别打了",
    "甭打了",
    "莫再打来了",
    "唔好再打嚟",
    "别再打来喽",
    "下回别打了",
    "以后甭给我打电话",
    "我已经说过不要再打了",
    "上次就让你们别打了怎么又打",
    "我都投诉过了你们还打",
    "这个号码不要再拨了",
    "不要再拨打这个号码",
    "停止拨打",
    "请停止来电",
    "我拒绝接听你们任何电话",
    "拒绝一切推销电话",
    "不接受任何回访",
    "我不接受电话回访",
    "取消我的回访",
    "帮我取消以后的来电",
    "把我从回访名单里拿掉",
    "名单里把我去掉",
    "别再联系我",
    "不要联系我了",
    "请勿再联系",
    "以后不用联系了",
    "以后就不用再打电话过来了谢谢",
    "你们不用再打了我不会来了",
    "不用再给我打电话了",
    "再也不要打给我了",
    "我要退订",
    "不想再听到你们的声音",
    "求求你们别打了",
    "拜托不要再打来了",
]
OTHERS = [
    "别打车了走路过来的",
    "不要再迟到了",
    "我打电话过去没人接",
    "你们别再卖断货了",
    "下次别忘了给我打折",
    "以后再买吧",
    "不用找零了",
    "以后多打打折",
    "不要辣的",
    "别的都挺好",
    "不打扰你工作了",
    "客服打电话来道过歉了",
    "你们打电话通知我取货就行",
    "有活动可以打电话给我",
    "不要再换包装了",
    "别再让那个师傅来了",
    "删了那个步骤会更好",
    "我拒绝了他的推销",
    "他老是骚扰我说要加微信",
    "取消订单了",
    "我想取消预约",
    "退货退了",
    "我报警了因为丢东西",
    "以后打电话提前说一声",
    "能别老换教练吗",
]


@pytest.mark.parametrize("words", REFUSALS)
def test_a_refusal_is_heard(words: str) -> None:
    assert understand(shipped().heard(words), Asked("rating")).intent is Intent.REFUSAL


@pytest.mark.parametrize("words", OTHERS)
@pytest.mark.parametrize("kind", ["rating", "free", "yes_no"])
def test_what_only_resembles_one_is_none(words: str, kind: str) -> None:
    assert understand(shipped().heard(words), Asked(kind)).intent is not Intent.REFUSAL


@pytest.mark.parametrize(
    "words", ["别再打来了", "不要再联系我", "把号码删掉", "停止拨打这个电话", "莫再打过来"]
)
def test_characters_and_sounds_of_a_refusal_may_be_one(words: str) -> None:
    assert may_refuse(words, ())
    assert may_refuse("", syllables(words))


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("人工费太贵了", Intent.HUMAN), ("人工服务比机器好", Intent.HUMAN), ("找你们店长反映过没用", Intent.HUMAN),
        ("店里那个机器人老是撞人", Intent.ROBOT), ("快递打错电话了", Intent.WRONG_NUMBER), ("按错尺码了", Intent.UNDO),
        ("没听清店员说的什么", Intent.REPEAT), ("店员说话声音太小了", Intent.REPEAT), ("我不会用", Intent.REPEAT),
    ],
)  # fmt: skip
def test_what_is_told_about_the_shop_is_an_answer(words: str, intent: Intent) -> None:
    assert understand(shipped().heard(words), Asked("free")).intent is not intent


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("转人工", Intent.HUMAN), ("找你们店长说话", Intent.HUMAN), ("我要人工服务", Intent.HUMAN), ("你是机器人吗", Intent.ROBOT),
        ("你打错电话了", Intent.WRONG_NUMBER), ("我按错了", Intent.UNDO), ("没听清你说的什么", Intent.REPEAT),
        ("你声音太小了", Intent.REPEAT),
    ],
)  # fmt: skip
def test_what_is_meant_for_us_is_heard(words: str, intent: Intent) -> None:
    assert understand(shipped().heard(words), Asked("free")).intent is intent
