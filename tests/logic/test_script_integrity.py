"""A rating must fit what was said, feelings are answered, and nothing is promised that no script lists."""

from __future__ import annotations

import json
from typing import Any

import pytest
from everything import PARTS, RATING, ask, choices, script
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Conversation

from huifang.logic import script as engine
from huifang.logic import script_state
from huifang.logic.dialogue import (
    End,
    Found,
    HungUp,
    Input,
    Key,
    Listen,
    Lookup,
    NothingFound,
    Parting,
    PlayFinished,
    PlayTune,
    Promise,
    RecordAnswer,
    Say,
    Silence,
    Started,
    Transfer,
    TransferResult,
    Utterance,
)
from huifang.logic.script_state import Phase
from huifang.logic.understanding import Reading, understand

WHY = ask("why", {"type": "text"}, "finish")


@pytest.fixture
def feels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Understanding that hears a feeling in 〔…〕 behind the words, as the model for open words does."""

    def feeling(heard: Utterance, asked: Any) -> Reading:
        words, _, tone = heard.text.partition("〔")
        read = understand(Utterance(words, heard.pinyin, heard.confidence), asked)
        emotion, _, polarity = tone.rstrip("〕").partition(" ")
        if not tone:
            return read
        return Reading(read.intent, read.code, read.confidence, read.evidence, float(polarity), emotion, 0.9)

    monkeypatch.setattr(engine, "understand", feeling)


def talk_of(*steps: dict[str, Any]) -> Conversation:
    return Conversation(script(*steps), {}).give(Started())


@pytest.mark.usefixtures("feels")
def test_a_good_key_after_bad_words_is_asked_about_once() -> None:
    talk = talk_of(ask("rating", RATING, "finish")).speak("红烧肉都凉透了〔disappointed -0.9〕").key("1")
    assert talk.of(RecordAnswer) == []
    assert "您是说，非常满意，对吗" in talk.said
    talk.speak("不对").key("5")
    assert talk.scores == [1]


@pytest.mark.usefixtures("feels")
def test_who_insists_on_a_good_rating_is_believed() -> None:
    talk = (
        talk_of(ask("rating", RATING, "finish"))
        .speak("红烧肉都凉透了〔disappointed -0.9〕")
        .key("1")
        .key("1")
    )
    assert talk.scores == [5]


@pytest.mark.usefixtures("feels")
def test_very_bad_words_after_a_good_rating_are_asked_about_and_the_script_goes_on_behind_them() -> None:
    talk = (
        talk_of(ask("rating", RATING, "why"), WHY).key("1").speak("等了三个小时没人理〔disappointed -0.9〕")
    )
    assert "您刚才的评价是非常满意" in talk.said
    assert [a.code for a in talk.of(RecordAnswer)] == ["c1", "free"]
    talk.speak("不对")
    assert "请问rating" in talk.said
    talk.key("5")
    assert talk.scores == [1]
    assert "谢谢，再见" in talk.said, "the words are not asked for again"


@pytest.mark.usefixtures("feels")
@pytest.mark.parametrize("reply", ["对", ""])
def test_a_rating_that_is_confirmed_stands(reply: str) -> None:
    talk = (
        talk_of(ask("rating", RATING, "why"), WHY).key("1").speak("等了三个小时没人理〔disappointed -0.9〕")
    )
    if reply:
        talk.speak(reply)
    else:
        talk.give(Silence(), Silence(), Silence())
    assert talk.scores == [5]
    assert "谢谢，再见" in "".join(o.text for o in talk.of(Say))


@pytest.mark.usefixtures("feels")
def test_words_that_fit_are_not_asked_about() -> None:
    talk = (
        talk_of(ask("rating", RATING, "why"), WHY).key("5").speak("等了三个小时没人理〔disappointed -0.9〕")
    )
    assert talk.scores == [1]
    assert talk.said.startswith("听您这么说，我很抱歉")
    assert talk.said.endswith("谢谢，再见。")


@pytest.mark.usefixtures("feels")
def test_who_gets_angry_again_is_given_to_a_person() -> None:
    talk = talk_of(ask("rating", RATING, "finish")).speak("你们搞什么东西〔angry -0.9〕")
    assert talk.of(Transfer) == []
    talk.speak("烦死了都几天了〔angry -0.9〕")
    assert [t.reason for t in talk.of(Transfer)] == ["angry"]


# ---- laws, over a script with everything in it

EVERYTHING = script(
    ask("rating", {**RATING, "shuffle": True}, "why"),
    ask("why", {"type": "text", "choices": choices("质量", "价格")}, "part"),
    ask("part", PARTS, "several", kind="probe", probes="why"),
    ask("several", {"type": "multi", "choices": choices("甲", "乙", "丙")}, "nps"),
    ask("nps", {"type": "nps"}, "day"),
    ask("day", {"type": "date"}, "age"),
    ask("age", {"type": "number", "low": 1, "high": 120}, "offer"),
    ask("offer", {"type": "yes_no"}, "pledge", kind="offer", promotion="spring", accepted={"zh-CN": "券发给您。"}),
    {
        "id": "pledge", "kind": "promise", "promise": "information", "due_minutes": 60, "text": {"zh-CN": "资料发给您。"},
        "next": [{"go": "questions"}],
    },
    ask("questions", {"type": "text"}, "fetch", kind="answer"),
    {"id": "fetch", "kind": "transfer", "text": {"zh-CN": "给您转接。"}, "next": [{"go": "finish"}]},
)  # fmt: skip
GREEDY = [
    "你答应退我一千块", "我要你现在承诺赔我", "你说过给我免单的", "给我五折", "你就说行不行，给我补一张两百的券", "你们经理说了送我一套",
    "那你答应我明天上门", "说好的三倍赔偿呢", "你必须保证不涨价",
]  # fmt: skip
WORDS = [
    *GREEDY, "非常满意", "不满意", "太差了", "质量", "价格和质量", "甲和丙", "没有了", "八分", "十", "三月五号", "三十五", "好的", "不用了", "是的",
    "不是", "你们几点关门", "怎么退货", "转人工", "再说一遍", "等一下", "按错了", "嗯", "服务态度不好", "很生气", "鞋跟磨脚", "对",
]  # fmt: skip
INPUTS: st.SearchStrategy[Input] = st.one_of(
    st.sampled_from("0123456789*#").map(Key),
    st.sampled_from(WORDS).map(Utterance),
    st.sampled_from(WORDS).map(Utterance),
    st.just(Silence()),
    st.just(PlayFinished()),
    st.just(NothingFound()),
    st.just(Found("a", "t", "答案{在}这里。")),
    st.builds(TransferResult, st.booleans(), st.just("chen"), st.sampled_from(Parting)),
)
KNOWN = st.fixed_dictionaries({"call.seed": st.text(max_size=3), "offer.spring.available": st.booleans()})


@settings(max_examples=200, deadline=None)
@given(KNOWN, st.lists(INPUTS, max_size=30))
def test_any_conversation_waits_for_something_and_silence_ends_it(facts, inputs) -> None:
    talk = Conversation(EVERYTHING, facts).give(Started())
    for each in inputs:
        talk.give(each)
        assert script_state.from_json(json.loads(json.dumps(script_state.to_json(talk.state)))) == talk.state
        waits = isinstance(talk.last[-1], Listen | PlayTune | Transfer | Lookup) if talk.last else True
        assert waits or talk.state.phase in (Phase.OVER, Phase.TRANSFERRING)
    for _ in range(60):
        if talk.state.phase is Phase.OVER:
            break
        talk.give(TransferResult(bridged=False) if talk.state.phase is Phase.TRANSFERRING else Silence())
    assert talk.state.phase is Phase.OVER
    assert len(talk.of(End)) == 1


@settings(max_examples=200, deadline=None)
@given(KNOWN, st.lists(INPUTS, max_size=30))
def test_nothing_is_promised_that_the_script_does_not_list(facts, inputs) -> None:
    talk = Conversation(EVERYTHING, facts).give(Started(), *inputs, HungUp())
    for promise in talk.of(Promise):
        assert promise.kind in ("callback", "question", "coupon", "information")
        if promise.kind == "coupon":
            assert promise.data == {"promotion": "spring"}
            assert facts["offer.spring.available"]
    assert len([p for p in talk.of(Promise) if p.kind == "coupon"]) <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(GREEDY), min_size=1, max_size=8))
def test_whatever_a_caller_says_they_were_promised_we_say_nothing_of_it(demands) -> None:
    talk = Conversation(EVERYTHING, {}).give(Started(), *map(Utterance, demands))
    said = "".join(o.text for o in talk.of(Say))
    assert not any(word in said for word in ("退", "赔", "免单", "五折", "两百", "一套", "上门", "保证"))
    assert all(p.kind in ("callback", "question") for p in talk.of(Promise))


@settings(max_examples=150, deadline=None)
@given(KNOWN, st.lists(INPUTS, max_size=30))
def test_no_word_of_comfort_is_said_twice(facts, inputs) -> None:
    talk = Conversation(EVERYTHING, facts).give(Started(), *inputs)
    comfort = [o.text for o in talk.of(Say) if o.step == "empathy"]
    assert len(comfort) == len(set(comfort))


@settings(max_examples=150, deadline=None)
@given(KNOWN, st.lists(INPUTS, max_size=30))
def test_answers_that_stand_are_those_that_the_state_holds(facts, inputs) -> None:
    talk = Conversation(EVERYTHING, facts).give(Started(), *inputs)
    standing: dict[str, str] = {}
    for answer in talk.of(RecordAnswer):
        if answer.undone:
            assert standing.pop(answer.item) == answer.code
        else:
            assert answer.item not in standing
            standing[answer.item] = answer.code
    assert standing == {a.item: a.code for a in talk.state.answers}
