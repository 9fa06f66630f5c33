"""Laws of the engine that hold for any conversation, however odd."""

from __future__ import annotations

import copy
import json
import random

from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import FACTS, NOW, SCRIPTS, SHIPPED, Conversation, document

from huifang.logic import script, script_state
from huifang.logic.dialogue import (
    End,
    HungUp,
    Input,
    Key,
    Listen,
    Parting,
    PlayFinished,
    PlayTune,
    Promise,
    RecordAnswer,
    Refusal,
    Say,
    Silence,
    Started,
    Transfer,
    TransferResult,
    Utterance,
    WithdrawTransfer,
)
from huifang.logic.script_document import script_from_json
from huifang.logic.script_state import Phase

WORDS = [
    "非常满意",
    "满意",
    "一般",
    "不满意",
    "非常不满意",
    "五分",
    "一",
    "是的",
    "不是",
    "你是机器人吗",
    "再说一遍",
    "按错了",
    "转人工",
    "我在开会",
    "下午三点再打",
    "打错了",
    "谢谢再见",
    "不用了",
    "服务态度不好",
    "很生气",
    "我想买",
    "红烧肉怎么做",
    "嗯",
    "商品过敏了",
    "别的",
]
SPOKEN = st.builds(
    Utterance,
    st.sampled_from(WORDS) | st.text("满意不很差五分一你是机器人好再说打abc 12", max_size=8),
    st.just(()),
    st.sampled_from((1.0, 0.6, 0.2, 0.0)),
)
SOUNDED = st.builds(
    Utterance,
    st.just(""),
    st.lists(
        st.sampled_from(["bu", "man", "yi", "fei", "chang", "shi", "de", "hao", "x", "qq"]), max_size=6
    ).map(tuple),
)
INPUTS: st.SearchStrategy[Input] = st.one_of(
    st.just(Started()),
    st.sampled_from("0123456789*#").map(Key),
    st.sampled_from("123456789#").map(Key),
    SPOKEN,
    SOUNDED,
    st.just(Silence()),
    st.just(PlayFinished()),
    st.builds(TransferResult, st.booleans(), st.just("chen"), st.sampled_from(Parting)),
    st.sampled_from((HungUp(), Silence())),
)
SOME = st.lists(INPUTS, max_size=14)
NAMES = st.sampled_from(SHIPPED)
KNOWN = st.sets(st.sampled_from(sorted(FACTS))).map(lambda keep: {k: FACTS[k] for k in keep})


def is_heeded(talk: Conversation) -> bool:
    """Whether the conversation waits for something that will come: an answer, an agent, the end of a tune."""
    return talk.state.phase in (Phase.OVER, Phase.TRANSFERRING) or isinstance(
        talk.last[-1], Listen | PlayTune | Transfer
    )


@settings(max_examples=150, deadline=None)
@given(NAMES, KNOWN, SOME)
def test_any_inputs_are_survived_and_silence_then_always_leads_to_one_end(name, facts, inputs) -> None:
    talk = Conversation(name, facts)
    for each in inputs:
        talk.give(each)
        assert not talk.last or is_heeded(talk)
    for _ in range(10):
        if talk.state.phase is Phase.OVER:
            break
        talk.give(TransferResult(bridged=False) if talk.state.phase is Phase.TRANSFERRING else Silence())
    assert talk.state.phase is Phase.OVER
    assert len(talk.of(End)) == 1
    assert isinstance(talk.all[-1], End)
    assert talk.give(Started(), Key("1"), HungUp()).last == ()


@settings(max_examples=80, deadline=None)
@given(NAMES, KNOWN, SOME)
def test_the_disclosure_is_the_first_thing_said_and_cannot_be_cut_short(name, facts, inputs) -> None:
    talk = Conversation(name, facts).give(*inputs)
    if talk.of(Say):
        first = talk.of(Say)[0]
        assert first.step == "opening"
        assert "智能语音助手" in first.text
        assert not first.interruptible
        assert talk.all[0] is first


@settings(max_examples=80, deadline=None)
@given(NAMES, SOME)
def test_a_refusal_ends_any_conversation_that_is_not_over(name, inputs) -> None:
    talk = Conversation(name).give(Started(), *inputs)
    was_over = talk.state.phase is Phase.OVER
    talk.give(Utterance("别再打电话了"))
    if was_over:
        assert talk.last == ()
    else:
        assert talk.of(Refusal)
        assert talk.end is not None
        assert talk.end.outcome == "refused"


@settings(max_examples=80, deadline=None)
@given(NAMES, SOME)
def test_a_state_written_and_read_goes_on_exactly_the_same(name, inputs) -> None:
    state = script.begin(SCRIPTS[name])
    for each in inputs:
        read = script_state.from_json(json.loads(json.dumps(script_state.to_json(state))))
        assert read == state
        one, other = (script.step(SCRIPTS[name], s, each, FACTS, NOW) for s in (state, read))
        assert one == other
        state = one[0]


@settings(max_examples=80, deadline=None)
@given(NAMES, SOME)
def test_answers_in_the_state_are_the_recorded_ones_less_the_undone(name, inputs) -> None:
    talk = Conversation(name).give(*inputs)
    standing = []
    for record in talk.of(RecordAnswer):
        standing.pop() if record.undone else standing.append((record.item, record.code, record.score))
    assert standing == [(a.item, a.code, a.score) for a in talk.state.answers]


@settings(max_examples=80, deadline=None)
@given(NAMES, SOME)
def test_every_transfer_is_answered_withdrawn_or_cut_off_by_the_end(name, inputs) -> None:
    open_transfers = 0
    talk = Conversation(name)
    for each in inputs:
        if isinstance(each, TransferResult) and talk.state.phase is Phase.TRANSFERRING:
            open_transfers -= 1
        talk.give(each)
        open_transfers += sum(isinstance(o, Transfer) for o in talk.last)
        open_transfers -= sum(isinstance(o, WithdrawTransfer) for o in talk.last)
        if isinstance(each, HungUp):
            break
        assert open_transfers == (talk.state.phase is Phase.TRANSFERRING)


@settings(max_examples=80, deadline=None)
@given(NAMES, st.sampled_from(Parting), SOME)
def test_whom_a_person_has_talked_to_was_reached_and_is_not_handed_over_again(name, parting, inputs) -> None:
    talk = Conversation(name).give(Started(), Key("0"), TransferResult(True, "chen", parting), *inputs)
    talk.give(*[Silence()] * 4)
    assert talk.end is not None
    assert talk.end.outcome == ("refused" if talk.of(Refusal) else "transferred")
    assert len(talk.of(Transfer)) == 1
    assert talk.of(Promise) == []


@settings(max_examples=40, deadline=None)
@given(NAMES, SOME)
def test_promises_are_dated_later_than_now(name, inputs) -> None:
    for promise in Conversation(name).give(*inputs).of(Promise):
        assert promise.due_at is not None
        assert promise.due_at > NOW.isoformat()


@settings(max_examples=60, deadline=None)
@given(NAMES, st.randoms(use_true_random=False), st.integers(0, 4))
def test_permuting_the_keys_never_changes_the_score_of_an_option(
    name: str, chance: random.Random, option: int
) -> None:
    plain = document(name)
    permuted = copy.deepcopy(plain)
    choices = next(s for s in permuted["steps"] if s["id"] == "rating")["item"]["choices"]
    keys = chance.sample("123456789", len(choices))
    for choice, key in zip(choices, keys, strict=True):
        choice["key"] = key
    wanted = next(s for s in plain["steps"] if s["id"] == "rating")["item"]["choices"][option]
    talk = Conversation(script_from_json(permuted)).give(Started())
    assert f"{wanted['label']['zh-CN']}请按{choices[option]['key']}" in talk.said  # and it is asked so
    talk.give(Key(choices[option]["key"]))
    (answer,) = talk.of(RecordAnswer)
    assert (answer.code, answer.score) == (wanted["code"], wanted["score"])
    ending = talk.give(Silence(), Silence(), TransferResult(bridged=False), Silence()).end
    assert ending is not None
    assert ending.ending == wanted["code"]
