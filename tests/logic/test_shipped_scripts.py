"""The main ways through every shipped script, as people talk."""

from __future__ import annotations

import pytest
from scripted import FACTS, Conversation
from shipped import DOCUMENTS, OFFERS, SCRIPTS

from huifang.logic.dialogue import (
    Found,
    Input,
    Lookup,
    NothingFound,
    PlayFinished,
    Promise,
    RecordAnswer,
    Say,
    Silence,
    Started,
    Transfer,
    TransferResult,
)
from huifang.logic.script_document import Ask, Pledge
from huifang.logic.script_lint import lint
from huifang.voice.tunes.library import tune_names

NOT_FOUND = NothingFound()
NOBODY = TransferResult(bridged=False)


def talk(name: str, *turns: str | Input, **facts: object) -> Conversation:
    """A conversation in which the customer says or presses ``turns``; a dash is silence."""
    known = {**FACTS, **OFFERS, **{key.replace("__", "."): value for key, value in facts.items()}}
    with_ = Conversation(SCRIPTS[name], known).give(Started())
    for turn in turns:
        if not isinstance(turn, str):
            with_.give(turn)
        elif turn == "-":
            with_.give(Silence())
        elif turn.isascii():
            with_.key(turn)
        else:
            with_.speak(turn)
    return with_


def answers(with_: Conversation) -> dict[str, str]:
    return {a.item: a.code for a in with_.of(RecordAnswer) if not a.undone}


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_is_to_be_mended(name: str) -> None:
    assert [(f.place.id, f.rule, str(f.words)) for f in lint(SCRIPTS[name], tune_names())] == []


# Script → (what the customer does; what is stored; what is promised; how it ends)
WAYS: list[tuple[str, list[str | Input], dict[str, str], list[str], str]] = [
    ("first_order_care", ["挺合适的", "怎么洗", NOT_FOUND, "没有了", "好啊", "非常满意"],
     {"fit": "good", "help": "none", "gift": "yes", "rating": "very_satisfied"}, ["question", "coupon"], "very_satisfied"),
    ("first_order_care", ["有点磨脚", "鞋跟那里磨脚", "好的", "满意"],
     {"fit": "bad", "problem": "free", "part": "size", "exchange": "yes", "rating": "satisfied"}, ["exchange"], "satisfied"),
    ("first_order_care", ["3", "说不上来", "3", "2"], {"fit": "bad", "part": "effect", "rating": "satisfied"}, [], "satisfied"),
    ("vip_reserve", ["好的", "十二月五号", "对", "可以", "非常满意"],
     {"reserve": "yes", "visit": "2026-12-05", "adviser": "yes"}, ["coupon", "information"], "very_satisfied"),
    ("vip_reserve", ["不用了", "4", "一般"], {"reserve": "no", "taste": "none", "rating": "neutral"}, [], "neutral"),
    ("dormant_recall", ["太贵了", "好的"], {"reason": "price", "coupon": "yes"}, ["coupon"], "coming"),
    ("dormant_recall", ["店员态度不好", "上次去没人理我", "愿意"], {"reason": "service", "back": "yes"}, ["callback"], "call_back"),
    ("dormant_recall", ["搬家了太远", "不用了", "不要"], {"reason": "moved", "news": "no", "coupon": "no"}, [], "goodbye"),
    ("complaint_24h", ["解决了", "满意"], {"solved": "yes", "rating": "satisfied"}, [], "satisfied"),
    ("complaint_24h", ["还没解决", "快递一直没收到", "3"], {"solved": "no", "department": "logistics", "wish": "call"}, ["callback"], "unsolved"),
    ("complaint_24h", ["解决了一部分", "说好的没兑现", "3", "申请换货"],
     {"solved": "partly", "department": "service", "wish": "exchange"}, ["exchange"], "exchange"),
    ("complaint_24h", ["3", "面膜坏了", "1", NOBODY], {"solved": "no", "department": "product", "wish": "person"}, ["callback"], "asked_person"),
    ("after_sales", ["物流的问题", "还没收到", "一般"], {"topic": "logistics", "parcel": "missing"}, ["information"], "neutral"),
    ("after_sales", ["想退货", "鞋子开胶了", "需要", "满意"],
     {"topic": "exchange", "part": "damage", "exchange": "yes"}, ["exchange"], "satisfied"),
    ("after_sales", ["不会用", "怎么开机", Found("a", "开机", "长按电源键三秒。"), "没有了", "要", "非常满意"],
     {"topic": "usage", "help": "none", "guide": "yes"}, ["information"], "very_satisfied"),
    ("greeting", ["好的", "没有"], {"gift": "yes", "need": "no"}, ["coupon"], "goodbye"),
    ("greeting", ["不用", "有", "帮我查一下积分"], {"gift": "no", "need": "yes", "what": "free"}, ["callback"], "wish"),
    ("renewal", ["减肥", "好", "需要"], {"goal": "slim", "renew": "yes", "detail": "yes"}, ["coupon", "information"], "renewing"),
    ("renewal", ["增肌", "不要", "教练老换"], {"goal": "muscle", "renew": "no", "why": "class"}, [], "improve"),
    ("activity_drop", ["太忙了", "晚上", "没有了"], {"difficulty": "time", "schedule": "evening"}, ["information"], "goodbye"),
    ("activity_drop", ["教练态度不好", "他老迟到", "要"], {"difficulty": "coach", "change": "yes"}, ["callback"], "change"),
    ("activity_drop", ["4", "没有了"], {"difficulty": "body", "wish": "none"}, [], "recover"),
    ("finance_followup", ["方便", "理财", "不太清楚", "提前支取有没有损失", NOT_FOUND, "没有了", "没有", "9"],
     {"business": "wealth", "clear": "partly", "honest": "no", "nps": "9"}, ["question", "information"], "goodbye"),
    ("finance_followup", ["方便", "2", "1", "有", "经理让我另外交了手续费"],
     {"business": "loan", "honest": "yes", "report": "free"}, ["callback"], "report"),
    ("finance_followup", ["方便", "没有办过", "请核实"], {"business": "none", "strange": "yes"}, ["callback"], "fraud"),
    ("finance_followup", ["2"], {"convenient": "no"}, ["callback"], "later"),
    ("finance_followup", ["1", "3", "1", "2", "10"], {"business": "saving", "nps": "10"}, [], "goodbye"),
    ("course_end", ["满意", "学到了很多", "想了解"], {"gain": "skill", "next": "yes"}, ["information"], "satisfied"),
    ("course_end", ["一般", "老师讲得太快", "没有了", "希望多点练习", "不用"],
     {"rating": "neutral", "weak": "teacher", "suggest": "free", "next": "no"}, [], "neutral"),
    ("enrolment", ["给孩子学", "八岁", "对", "多少钱一节课", NOT_FOUND, "没有了", "想试听", "十二月六号", "对", "可以"],
     {"learner": "child", "age": "8", "trial": "yes", "day": "2026-12-06", "brochure": "yes"},
     ["question", "coupon", "information"], "visit"),
    ("enrolment", ["4", "4"], {"learner": "settled", "why": "elsewhere"}, [], "goodbye"),
    ("satisfaction", ["非常满意", "10", "挺好的"], {"rating": "very_satisfied", "recommend": "10"}, [], "very_satisfied"),
    ("satisfaction", ["一般", "价格和环境", "没有了", "找不到停车的地方"], {"rating": "neutral", "reasons": "price,place"}, [], "neutral"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "turns", "stored", "promised", "ending"), WAYS)
def test_a_way_through(
    name: str, turns: list[str | Input], stored: dict[str, str], promised: list[str], ending: str
) -> None:
    with_ = talk(name, *turns).give(PlayFinished())
    assert stored.items() <= answers(with_).items()
    assert [p.kind for p in with_.of(Promise)] == promised
    assert with_.end is not None
    assert (with_.end.outcome, with_.end.ending) == ("completed", ending)


def test_every_script_with_questions_of_its_own_is_walked_through() -> None:
    untold = {
        "first_order_3d",
        "dormant_60d",
        "inbound_menu",
        "inbound_rating",
    }  # test_script.py, test_inbound_menu.py
    assert {way[0] for way in WAYS} == set(SCRIPTS) - untold


@pytest.mark.parametrize("score", ["4", "5"])
@pytest.mark.parametrize(
    "name", ["first_order_care", "vip_reserve", "after_sales", "course_end", "satisfaction"]
)
def test_who_is_dissatisfied_is_given_a_person_and_a_ticket(name: str, score: str) -> None:
    with_ = talk(name, call__seed="")
    for _ in range(12):
        if with_.of(Transfer):
            break
        asked = with_.script.steps[with_.state.at]
        assert isinstance(asked, Ask)
        if asked.item.type == "scale":
            with_.key(score)
        elif asked.item.choices and asked.item.type != "multi":
            with_.key(asked.item.choices[-1].key)
        else:
            with_.give(Silence())
    assert with_.of(Transfer)
    assert "稍等" not in with_.said
    with_.give(NOBODY, PlayFinished())
    assert with_.end is not None
    assert "ticket" in with_.end.data["do"]
    assert [p.kind for p in with_.of(Promise)][-1] == "callback"


def test_a_person_is_not_promised_twice() -> None:
    with_ = talk("satisfaction", "5", "-", "-", "-", "-", NOBODY, "#", call__seed="")
    for _ in range(8):
        with_.key("5") if with_.state.at == "rating" else with_.give(Silence())
    assert len(with_.of(Transfer)) == 1
    words = [o.text for o in with_.of(Say) if o.step == "very_dissatisfied"]
    assert len(words) == 2
    assert "马上请" in words[0]
    assert "会有专人跟进" in words[1]
    assert "马上请" not in words[1]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"customer__is_birthday": True}, "生日快乐"),
        ({"call__festival": "端午节"}, "端午节快到了"),
        ({"customer__is_birthday": True, "call__festival": "端午节"}, "生日快乐"),
        ({}, "给您打个电话问声好"),
    ],
)
def test_a_greeting_suits_the_day(facts: dict[str, object], words: str) -> None:
    assert words in talk("greeting", **facts).said


def test_variants_follow_the_kind_of_customer() -> None:
    plain, elderly = talk("renewal", "1").said, talk("renewal", customer__is_elderly=True).said
    thrifty = talk("renewal", "1", customer__is_price_sensitive=True).said
    assert "比办新卡划算" in thrifty
    assert "比办新卡划算" not in plain
    assert "您也可以直接说" in talk("renewal").said
    assert "您也可以直接说" not in elderly
    assert "最熟的老会员" in talk("activity_drop", customer__is_vip=True).said


@pytest.mark.parametrize("goal", ["1", "2", "3", "4"])
def test_the_plan_for_a_renewal_follows_the_goal(goal: str) -> None:
    said = {talk("renewal", key).said for key in "1234"}
    assert len(said) == 4
    assert talk("renewal", goal).said in said


def test_what_is_not_to_be_had_is_never_mentioned() -> None:
    for name, script in SCRIPTS.items():
        for step in script.steps.values():
            if isinstance(step, Ask) and step.offer is not None:
                none = {key.replace(".", "__"): False for key in OFFERS}
                with_ = talk(name, **none)
                for _ in range(20):
                    with_.give(Silence())
                assert not any(getattr(o, "step", "") == step.id for o in with_.all)


def test_who_wants_to_know_is_answered_and_the_script_goes_on_where_it_stopped() -> None:
    with_ = talk("complaint_24h", "你们几点关门")
    assert with_.last[-1] == Lookup("你们几点关门")
    with_.give(Found("a", "营业时间", "我们晚上九点关门。"))
    assert with_.said.startswith("我们晚上九点关门。")
    assert with_.said.endswith("您也可以直接说。")


def test_feelings_are_answered_before_solutions() -> None:
    said = talk("dormant_recall", "4", "你们服务态度太差了").said
    assert said.index("听您这么说，我很抱歉") < said.index("负责人")


def test_every_promise_step_names_a_time() -> None:
    for script in SCRIPTS.values():
        for step in script.steps.values():
            if isinstance(step, Pledge):
                words = "".join(p.text for p in step.text.render("zh-CN", {}, script.defaults["zh-CN"]))
                hours = step.due_minutes // 60
                assert {24: "一天之内", 4: "四小时之内", 2: "两小时之内"}[hours] in words


def test_documents_are_written_the_same_way() -> None:
    assert {data["id"] for data in DOCUMENTS.values()} == set(DOCUMENTS)
    assert all(data["version"] == 1 for data in DOCUMENTS.values())
