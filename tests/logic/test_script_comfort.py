"""What was odd when ten conversations of every shipped script were read, and must not come back.

The words are weighed by the models that come with the program, as in a call.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from scripted import FACTS, NOW, Conversation
from shipped import OFFERS, SCRIPTS

from huifang.logic import script as engine
from huifang.logic.dialogue import Promise, RecordAnswer, Say, Started, Transfer, Utterance
from huifang.logic.script_state import Phase
from huifang.logic.understanding import Asked, Reading, understand
from huifang.nlu.model import shipped


def talk(name: str, *turns: str, **facts: object) -> Conversation:
    known = {**FACTS, **OFFERS, "call.seed": "", **{k.replace("__", "."): v for k, v in facts.items()}}
    with_ = Conversation(SCRIPTS[name], known).give(Started())
    for turn in turns:
        with_.key(turn) if turn.isascii() else with_.give(shipped().heard(turn))
    return with_


def comfort(with_: Conversation) -> list[str]:
    return [o.text for o in with_.of(Say) if o.step == "empathy"]


def kept(with_: Conversation) -> dict[str, str]:
    return {a.item: a.code for a in with_.of(RecordAnswer) if not a.undone}


@pytest.fixture
def felt(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, float, float]]:
    """Words → the emotion, how sure it is, and the polarity that the models would find in them."""
    moods: dict[str, tuple[str, float, float]] = {}

    def understood(heard: Utterance, asked: Asked) -> Reading:
        read = understand(Utterance(heard.text), asked)
        emotion, sure, polarity = moods.get(heard.text, ("", 0.0, 0.0))
        return replace(read, emotion=emotion, emotion_confidence=sure, polarity=polarity or read.polarity)

    monkeypatch.setattr(engine, "understand", understood)
    return moods


@pytest.mark.parametrize(
    ("name", "words", "mood"),
    [
        ("satisfaction", "挺好的", ("disappointed", 0.9, 0.5)),
        ("satisfaction", "凑合", ("disappointed", 0.9, 0.6)),
        ("dormant_recall", "没啥原因，就是忙", ("disappointed", 0.67, -0.7)),
        ("complaint_24h", "运费没退给我", ("angry", 0.56, -0.84)),
        ("inbound_menu", "让店长给我回个电话", ("angry", 0.95, -0.6)),
        ("satisfaction", "非常不满意", ("pleased", 0.9, 0.0)),
    ],
)
def test_nobody_is_comforted_for_what_they_do_not_feel(
    felt: dict[str, tuple[str, float, float]], name: str, words: str, mood: tuple[str, float, float]
) -> None:
    felt[words] = mood
    assert comfort(talk(name, words)) == []


def test_joy_is_for_praise_and_not_for_facts_or_for_what_was_not_understood(
    felt: dict[str, tuple[str, float, float]],
) -> None:
    felt.update(dict.fromkeys(("都清楚", "非常满意"), ("pleased", 0.95, 0.9)))
    assert comfort(talk("finance_followup", "方便", "存了个定期", "都清楚")) == []
    odd = talk("enrolment", "非常满意")
    assert "没听明白" in odd.said
    assert comfort(odd) == []
    assert comfort(talk("satisfaction", "非常满意")) == ["听您这么说真高兴。"]


@pytest.mark.parametrize("emotion", ["angry", "disappointed", "anxious"])
def test_who_is_plainly_upset_is_comforted(felt: dict[str, tuple[str, float, float]], emotion: str) -> None:
    felt["等了三天也没人回"] = (emotion, 0.85, -0.9)
    assert comfort(talk("satisfaction", "5", "1", "没有了", "等了三天也没人回")) != []


def test_a_call_that_is_wanted_is_no_person_that_is_wanted_now() -> None:
    agreed = talk("dormant_recall", "4", "上次去没人理我", "行，让他打吧")
    assert kept(agreed)["back"] == "yes"
    assert agreed.of(Transfer) == []
    asked = talk("inbound_menu", "让店长给我回个电话")
    assert kept(asked)["menu"] == "callback"
    said = talk("first_order_3d", "叫你们店长给我回个电话")
    assert [p.kind for p in said.of(Promise)] == ["callback"]
    assert said.of(Transfer) == []
    assert talk("first_order_3d", "叫你们店长来听电话").of(Transfer)


@pytest.mark.parametrize(
    ("name", "turns", "stored"),
    [
        ("finance_followup", ("方便", "房贷", "清楚", "有，中介收了我三千"), {"honest": "yes"}),
        ("finance_followup", ("方便", "存款", "没人跟我讲"), {"clear": "unclear"}),
        ("finance_followup", ("方便", "我没办过啊", "赶紧核实"), {"strange": "yes"}),
        ("after_sales", ("颜色发错了，我要的是二号色",), {"topic": "exchange"}),
        ("after_sales", ("我妈用的，她说还行",), {"topic": "fine"}),
        ("complaint_24h", ("钱退给我了",), {"solved": "yes"}),
        ("dormant_recall", ("搬到城东去了",), {"reason": "moved"}),
        ("dormant_recall", ("东西不好用，抹了起皮",), {"reason": "product"}),
        ("first_order_care", ("我脸上起疹子了",), {"fit": "bad"}),
        ("first_order_care", ("还没拆呢",), {"fit": "unused"}),
        ("enrolment", ("帮我妹妹问的",), {"learner": "other"}),
        ("renewal", ("不续了",), {"goal": "leaving"}),
        ("renewal", ("1", "再考虑考虑"), {"renew": "no"}),
        ("satisfaction", ("5", "服务态度", "没别的"), {"reasons": "service"}),
    ],
)
def test_what_people_really_say_is_an_answer(
    name: str, turns: tuple[str, ...], stored: dict[str, str]
) -> None:
    assert stored.items() <= kept(talk(name, *turns)).items()


def test_what_is_told_is_not_taken_for_a_question() -> None:
    assert kept(talk("first_order_care", "3", "尺码偏大"))["problem"] == "free"


def test_a_day_may_be_named_by_its_weekday() -> None:
    with_ = talk("vip_reserve", "1", "这周六")
    assert "九月十九号，对吗" in with_.said
    later = talk("vip_reserve", "1", "这周六再打给我")
    assert [p.kind for p in later.of(Promise)][-1] == "callback"
    assert NOW.weekday() == 1, "a Tuesday"
    assert "三个月以内" in talk("vip_reserve", "1", "一月五号").said


def test_somebody_who_is_very_dissatisfied_is_not_offered_the_next_course() -> None:
    with_ = talk("course_end", "5", "2", "没了", "换个老师吧")
    assert "下一阶段" not in "".join(o.text for o in with_.of(Say))
    assert with_.state.phase is Phase.TRANSFERRING


def test_what_was_said_already_is_not_asked_again() -> None:
    assert kept(talk("enrolment", "已经报了别家了")) == {"learner": "settled", "why": "elsewhere"}
