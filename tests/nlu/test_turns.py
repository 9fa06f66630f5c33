"""What is learnt from turns as they were said: what is wanted beside the question, and replies to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.dialogue import Utterance
from huifang.logic.sense import Sense
from huifang.logic.understanding import Asked, Intent, understand
from huifang.logic.understanding.features import BITS, features
from huifang.logic.understanding.linear import ASIDE, RATING, REPLY, Weights
from huifang.logic.understanding.replying import question_in, reply_features
from huifang.logic.understanding.sounds import syllables
from huifang.nlu.closed_answers import is_acted_on
from huifang.nlu.model import shipped
from huifang.nlu.turns import told, turns

RECEIVED = "请问您的包裹收到了吗"
TONELESS = Weights(
    ("negative", "positive"),
    np.zeros(1, np.uint32),
    np.zeros((1, 2), np.int8),
    *(np.ones(2, np.float32), np.zeros(2, np.float32)),
    1.0,
)
"""A model of polarity to which nothing is good or bad."""


@pytest.mark.parametrize(
    ("words", "question", "intent"),
    [
        ("昨天就送来了", RECEIVED, Intent.YES),
        ("还在路上呢", RECEIVED, Intent.NO),
        ("有一点刺痛", "有没有什么不舒服", Intent.YES),
        ("还那样呗", "请问您的问题解决了吗", Intent.NO),
    ],
)
def test_a_fact_answers_its_question_and_is_read_back(words: str, question: str, intent: Intent) -> None:
    reading = understand(shipped().heard(words, question=question), Asked("yes_no", words=question))
    assert reading.intent is intent, reading
    assert reading.confidence < 0.8, "what a model alone says is confirmed"


def test_the_same_words_are_a_yes_to_one_question_and_a_no_to_another() -> None:
    senses = [shipped().heard("好多了", question=q).sense for q in ("还疼吗", "您好些了吗")]
    assert [sense.reply.label for sense in senses if sense] == ["no", "yes"]


def test_by_sounds_alone_a_reply_is_weighed_too() -> None:
    sense = shipped().heard("", syllables("还在路上呢"), question=RECEIVED).sense
    assert sense is not None
    assert sense.reply.label == "no"


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("你们有完没完一天打八遍", Intent.REFUSAL),
        ("这个号早就换主人了", Intent.WRONG_NUMBER),
        ("耳朵背你大点声嘛", Intent.REPEAT),
    ],
)
def test_what_is_wanted_beside_the_question_is_heard(words: str, intent: Intent) -> None:
    assert understand(shipped().heard(words), Asked("rating")).intent is intent


@pytest.mark.parametrize(
    ("words", "intent"), [("短信太长了看不懂", Intent.REPEAT), ("那个快递员让我再说一遍地址", Intent.REPEAT)]
)
def test_what_the_model_is_certain_is_meant_otherwise_is_not_acted_on(words: str, intent: Intent) -> None:
    reading = understand(shipped().heard(words), Asked("rating"))
    assert reading.intent is not intent or not is_acted_on(reading), reading
    assert understand(Utterance(words), Asked("rating")).intent is intent, "by the grammar alone it would be"


def test_a_goodbye_and_no_more_promises_no_second_call() -> None:
    for heard in (shipped().heard("再见"), shipped().heard("", syllables("再见"), 0.8)):
        assert understand(heard, Asked("rating")).intent is Intent.GOODBYE


@pytest.mark.parametrize(
    ("question", "intent"),
    [("需要我们再派人上门看看吗", Intent.YES), ("请问您现在方便说话吗", Intent.CALLBACK)],
)
def test_a_time_takes_up_an_offer_and_puts_off_a_talk(question: str, intent: Intent) -> None:
    words = "要，下午三点以后我在家" if intent is Intent.YES else "下午三点以后再打给我"
    reading = understand(shipped().heard(words, question=question), Asked("yes_no", words=question))
    assert reading.intent is intent, reading


def test_whoever_doubts_the_voice_and_wants_a_person_gets_one() -> None:
    reading = understand(shipped().heard("听着像录音 给我找个人来"), Asked("rating"))
    assert reading.intent is Intent.HUMAN
    assert is_acted_on(reading)


def test_busy_and_later_are_acted_on_whichever_of_them_it_is() -> None:
    reading = understand(shipped().heard("正忙呢 麻烦过会儿"), Asked("rating"))
    assert reading.intent in (Intent.BUSY, Intent.CALLBACK)
    assert is_acted_on(reading)


@given(st.floats(0, 1))
def test_no_model_talks_the_grammar_out_of_a_refusal(share: float) -> None:
    heard = Utterance("以后别再打了", sense=Sense(asides={"refusal": share, "none": 1 - share}))
    assert understand(heard, Asked("rating")).intent is Intent.REFUSAL


@pytest.mark.parametrize("words", ["别打包了直接拿走", "我拒绝了他的推销", "到货了打我电话就行"])
def test_what_only_sounds_like_a_refusal_is_none(words: str) -> None:
    assert understand(shipped().heard(words), Asked("rating")).intent is not Intent.REFUSAL


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("您好，我是智能语音助手。请问您的问题解决了吗？解决了请按1，没有请按2。", "请问您的问题解决了吗？"),
        ("好的。方便的话，现在给您留一份，可以吗？", "方便的话，现在给您留一份，可以吗？"),
        ("请说一下。", "请说一下"),
    ],
)
def test_the_question_is_found_in_what_we_say(said: str, question: str) -> None:
    assert question_in(said) == question


@given(
    st.text("好不是的没收到了来过还在路上", min_size=1, max_size=12),
    st.text("收到了吗您的包裹", max_size=10),
)
def test_features_of_a_reply_are_its_own_and_how_it_meets_the_question(reply: str, question: str) -> None:
    own = features(reply)
    index, value = reply_features(own, reply, (), question, TONELESS)
    assert len(index) == len(value) > len(own[0])
    assert index[: len(own[0])].tolist() == own[0].tolist()
    assert ((index >= 0) & (index < 2**BITS)).all()


@pytest.mark.parametrize(
    ("one", "other"),
    [("没收到", "没发票"), ("收到了", "昨天了"), ("没收到", "收到了"), ("收到了", "收到了我看看再说")],
)
def test_to_take_up_the_question_s_words_tells_something(one: str, other: str) -> None:
    echoes = [
        set(reply_features(own, text, (), RECEIVED, TONELESS)[0].tolist()) - set(own[0].tolist())
        for text, own in ((one, features(one)), (other, features(other)))
    ]
    assert echoes[0] != echoes[1]


@pytest.mark.parametrize(
    ("words", "question", "label"),
    [
        ("挺客气的", "请问服务员有没有对您不礼貌", "no"),
        ("她冲我嚷嚷", "请问服务员有没有对您不礼貌", "yes"),
        ("没迟到", "请问师傅上门有没有迟到", "no"),
        ("晚了一个多钟头", "请问师傅上门有没有迟到", "yes"),
        ("完好", "请问收到货时包装完好吗", "yes"),
        ("太贵了", "请问您觉得价格贵吗", "yes"),
        ("挺便宜的", "请问您觉得价格贵吗", "no"),
    ],
)
def test_praise_denies_what_is_bad_and_affirms_what_is_good(words: str, question: str, label: str) -> None:
    sense = shipped().heard(words, question=question).sense
    assert sense is not None
    assert sense.reply.label == label


@pytest.mark.parametrize(
    ("words", "question", "intent"),
    [
        ("对给我换一个", "请问您需要换货吗", Intent.YES),
        ("没退呢我打了三回电话都说再等等", "请问押金退给您了吗", Intent.NO),
        ("等一下", "请问押金退给您了吗", Intent.HOLD),
        ("我按错了", "请问押金退给您了吗", Intent.UNDO),
        ("我也不知道", "请问押金退给您了吗", Intent.UNSURE),
    ],
)
def test_an_answer_with_words_of_something_else_stays_an_answer(
    words: str, question: str, intent: Intent
) -> None:
    assert (
        understand(shipped().heard(words, question=question), Asked("yes_no", words=question)).intent
        is intent
    )


def test_nothing_is_learnt_under_two_labels() -> None:
    for task in (ASIDE, REPLY, RATING):
        by_text: dict[tuple[str, str], str] = {}
        for turn in turns(task):
            assert by_text.setdefault((turn.question, turn.text), turn.label) == turn.label, turn
    assert {label for _, label in told("polarity")} == {"positive", "negative"}
