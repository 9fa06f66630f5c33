"""What the shipped scripts do in a conversation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scripted import FACTS, SHIPPED, Conversation, document, started

from huifang.logic import script_state
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
    Understood,
    Utterance,
    WithdrawTransfer,
)
from huifang.logic.script_document import script_from_json
from huifang.logic.script_state import Phase
from huifang.nlu.model import weighed


@pytest.mark.parametrize("name", SHIPPED)
def test_first_sentence_discloses_the_machine_greets_by_name_and_announces_the_recording(name: str) -> None:
    talk = started(name)
    first = talk.last[0]
    assert isinstance(first, Say)
    assert first.text.startswith("您好，李女士，我是花颜美妆人民路店的智能语音助手，")
    assert "本次通话会录音" in first.text
    assert not first.interruptible
    assert "评分会决定" in talk.said
    listen = talk.last[-1]
    assert isinstance(listen, Listen)
    assert set("12345*#0") == set(listen.keys)
    assert listen.expects == "rating"


def test_without_facts_the_greeting_still_makes_sense() -> None:
    talk = started(facts={})
    assert talk.said.startswith("您好，我是门店的智能语音助手，")
    assert "，，" not in talk.said
    assert "None" not in talk.said


def test_no_recording_notice_where_nothing_is_recorded_and_no_call_for_speech_without_a_recogniser() -> None:
    talk = started(facts={**FACTS, "call.recorded": False, "call.speech": False})
    assert "录音" not in talk.said
    assert "直接说" not in talk.said


def test_only_clauses_with_facts_are_rendered_anew() -> None:
    talk = started()
    varying = [p.text for o in talk.of(Say) for p in o.parts if not p.fixed]
    assert varying == [
        "李女士，",
        "我是花颜美妆人民路店的智能语音助手，",
        "您前几天在我们店买了玫瑰保湿面膜，",
    ]


@pytest.mark.parametrize(
    ("key", "score", "code"),
    [
        ("1", 5, "very_satisfied"),
        ("2", 4, "satisfied"),
        ("3", 3, "neutral"),
        ("4", 2, "dissatisfied"),
        ("5", 1, "very_dissatisfied"),
    ],
)
def test_key_code_and_score_are_three_things(key: str, score: int, code: str) -> None:
    (answer,) = started().key(key).of(RecordAnswer)
    assert (answer.key, answer.score, answer.code, answer.channel) == (key, score, code, "key")


@pytest.mark.parametrize(
    ("words", "score"), [("非常满意", 5), ("挺满意的", 4), ("一般吧", 3), ("不太满意", 2), ("太差了", 1)]
)
def test_spoken_rating_is_recorded_without_a_key(words: str, score: int) -> None:
    (answer,) = started().speak(words).of(RecordAnswer)
    assert (answer.score, answer.key, answer.channel, answer.text) == (score, None, "speech", words)


@pytest.mark.parametrize(("key", "tune"), [("1", "bright_piano"), ("2", "warm_piano"), ("3", "gentle")])
def test_good_scores_close_with_their_tune_and_end_when_it_has_been_played(key: str, tune: str) -> None:
    talk = started().key(key)
    assert [o.tune for o in talk.of(PlayTune)] == [tune]
    assert talk.end is None
    talk.give(PlayFinished())
    assert talk.end == End("completed", talk.state.ending, {"do": [], "tune": tune})


@pytest.mark.parametrize(("key", "tune"), [("4", "rain"), ("5", "waves")])
def test_low_score_is_probed_then_soothed_while_a_person_is_fetched(key: str, tune: str) -> None:
    talk = started().key(key)
    assert "哪方面" in talk.said
    talk.key("2")
    assert talk.of(RecordAnswer)[-1].code == "service"
    assert talk.last[-2:] == (PlayTune(tune, loop=True), Transfer(f"ending {talk.state.ending}"))
    talk.give(TransferResult(True, "chen", Parting.ALL_SAID))
    assert talk.end is not None
    assert talk.end.outcome == "transferred"
    assert "ticket" in talk.end.data["do"]


@pytest.mark.parametrize("parting", [Parting.LEFT, Parting.SENT_BACK])
@pytest.mark.parametrize("answer", [Key("3"), Utterance("不满意"), Utterance("不行")])
def test_after_a_person_the_robot_asks_how_it_went_and_closes_with_the_tune(
    parting: Parting, answer: Key | Utterance
) -> None:
    talk = started().key("52").give(TransferResult(True, "chen", parting))
    assert "智能语音助手" in talk.said
    assert "满意请按1，一般请按2，不满意请按3" in talk.said
    talk.give(answer)
    handover = talk.of(RecordAnswer)[-1]
    assert (handover.item, handover.code, handover.score) == ("handover", "poor", None)
    assert "帮您联系" not in talk.said  # the ending's own words would promise a person once more
    assert "再见" in talk.said
    assert talk.of(PlayTune)[-1] == PlayTune("waves", seconds=12.0)
    assert talk.give(PlayFinished()).end == End(
        "transferred", "very_dissatisfied", {"do": ["transfer", "ticket"], "tune": "waves"}
    )
    assert talk.scores == [1]


@pytest.mark.parametrize("given", [HungUp(), Silence(), Utterance("不用了"), Utterance("我在开会")])
def test_whoever_does_not_want_to_rate_the_person_was_reached_all_the_same(given: Input) -> None:
    talk = started().key("0").give(TransferResult(True, "chen", Parting.SENT_BACK), given)
    talk.give(PlayFinished())
    assert talk.end is not None
    assert talk.end.outcome == "transferred"
    assert talk.of(Promise) == []


def test_without_a_step_for_afterwards_a_person_has_the_last_word_unless_they_send_back() -> None:
    plain = document()
    del plain["after_transfer"]
    plain["steps"] = [step for step in plain["steps"] if step["id"] != "handover"]
    left = started(script_from_json(plain)).key("51").give(TransferResult(True, "chen", Parting.LEFT))
    assert left.end is not None
    back = started(script_from_json(plain)).key("51").give(TransferResult(True, "chen", Parting.SENT_BACK))
    assert back.last == (PlayTune("waves", seconds=12.0), Listen("very_dissatisfied", 0.5, "0*#"))
    back.give(PlayFinished())
    assert (
        left.end
        == back.end
        == End("transferred", "very_dissatisfied", {"do": ["transfer", "ticket"], "tune": "waves"})
    )


def test_nobody_there_promises_a_callback_with_a_date_and_plays_on() -> None:
    talk = started().key("51").give(TransferResult(bridged=False))
    (promise,) = talk.of(Promise)
    assert promise.kind == "callback"
    assert promise.due_at == "2026-09-15T12:07:00+08:00"
    assert promise.text == talk.said
    assert talk.of(PlayTune)[-1] == PlayTune("waves", seconds=12.0)
    assert talk.give(Silence()).end == End(
        "completed", "very_dissatisfied", {"do": ["transfer", "ticket"], "tune": "waves"}
    )


def test_spoken_reason_is_kept_in_the_customers_words() -> None:
    talk = started().key("4").speak("导购一直跟着我推销")
    assert talk.of(RecordAnswer)[-1].code == "service"
    talk = started().key("4").speak("你们楼上漏水把我淋湿了")
    answer = talk.of(RecordAnswer)[-1]
    assert (answer.code, answer.text) == ("free", "你们楼上漏水把我淋湿了")


def test_unanswered_probe_goes_on_to_the_ending() -> None:
    talk = started().key("4").give(Silence(), Silence())
    assert talk.of(Transfer)


@pytest.mark.parametrize("how", ["再说一遍", "重复", "没听清"])
def test_repeat_asks_again_without_counting_a_miss(how: str) -> None:
    talk = started()
    question = talk.of(Say)[-1].text
    for _ in range(5):
        talk.speak(how)
        assert talk.said == question
    assert talk.key("*").said == question
    assert talk.state.misses == 0


def test_undo_takes_the_answer_back_and_asks_again() -> None:
    talk = started().key("1#")
    recorded, undone = talk.of(RecordAnswer)
    assert (undone.undone, undone.code) == (True, recorded.code)
    assert "请按1" in talk.said
    assert talk.key("3").scores == [3]


def test_undo_while_a_person_is_fetched_stops_the_ringing() -> None:
    talk = started().key("5").give(Silence(), Silence()).speak("按错了")
    assert WithdrawTransfer() in talk.last
    talk.give(TransferResult(bridged=False))
    assert talk.last == ()
    talk.key("1").give(PlayFinished())
    assert talk.scores == [5]
    assert talk.end is not None
    assert (talk.end.ending, talk.end.data["do"]) == ("very_satisfied", [])


def test_silence_is_prompted_twice_and_then_ends_politely() -> None:
    talk = started().give(Silence(), Silence())
    assert talk.end is None
    assert talk.give(Silence()).end == End("no_input")
    assert "再见" in talk.said


def test_words_that_mean_nothing_lead_to_keys_and_then_to_an_end() -> None:
    talk = started().speak("红烧肉怎么做")
    assert "没听明白" in talk.said
    assert "按键" in talk.speak("股票跌了好多").said
    assert talk.speak("明天北京下雨").end == End("no_match")


def test_wrong_key_counts_as_a_miss() -> None:
    talk = started().key("8")
    assert not talk.of(RecordAnswer)
    assert "没听明白" in talk.said


@pytest.mark.parametrize("before", ["", "4", "1", "42"])
def test_question_whether_a_robot_speaks_is_answered_truthfully_anywhere(before: str) -> None:
    talk = started().key(before)
    talk.speak("你是机器人吗")
    assert "是机器人" in talk.said
    assert "不是真人" in talk.said
    assert talk.end is None
    expected = PlayTune if before == "42" else Listen
    assert isinstance(talk.last[-1], expected)


@pytest.mark.parametrize("before", ["", "4", "1", "42"])
def test_refusal_ends_at_once_anywhere(before: str) -> None:
    talk = started().key(before).speak("别再打电话了")
    assert talk.of(Refusal) == [Refusal("别再打电话了")]
    assert talk.end is not None
    assert talk.end.outcome == "refused"
    assert "抱歉" in talk.said
    assert (WithdrawTransfer() in talk.last) == (before == "42")


def test_busy_customer_is_promised_a_callback() -> None:
    talk = started().speak("我在开会")
    (promise,) = talk.of(Promise)
    assert promise.due_at == "2026-09-15T12:07:00+08:00"
    assert talk.end == End("callback")


def test_somebody_else_at_the_phone_learns_nothing_and_the_customer_is_called_later() -> None:
    talk = started().speak("他不在我是他老婆").give(Silence())
    assert len(talk.of(Promise)) == 1
    assert talk.end == End("callback")


def test_who_has_been_asked_lately_is_let_go_without_a_refusal() -> None:
    talk = started().speak("你们昨天不是问过了")
    assert talk.end == End("declined")
    assert talk.of(Refusal) == []


def test_who_calls_is_told_before_the_question_comes_again() -> None:
    talk = started().speak("你是谁啊")
    assert "语音助手" in talk.said
    assert isinstance(talk.last[-1], Listen)


@pytest.mark.parametrize("words", ["你们从哪儿弄到我的号码", "谁给你们我电话的"])
def test_whoever_wants_to_know_where_we_have_their_number_is_told_and_how_to_refuse(words: str) -> None:
    talk = started().give(weighed(words))
    assert "咨询、登记或者下单" in talk.said
    assert talk.of(Refusal) == []
    assert isinstance(talk.last[-1], Listen)
    assert talk.speak("那以后别再打了").of(Refusal)


@pytest.mark.parametrize(("words", "times"), [("等一下", 3), ("我想想", 2)])
def test_time_is_given_without_costing_a_try(words: str, times: int) -> None:
    talk = started()
    usual = talk.of(Listen)[-1].silence_s
    before = (talk.state.misses, talk.state.silences)
    for _ in range(3):
        talk.speak(words)
        assert talk.of(Listen)[-1].silence_s >= times * usual
    assert (talk.state.misses, talk.state.silences) == before


def test_whoever_asks_to_wait_during_the_tune_hears_it_on() -> None:
    talk = started().key("42").speak("等一下")
    assert [o for o in talk.last if not isinstance(o, Understood)] == []


def test_who_does_not_see_what_is_wanted_hears_the_keys_instead_of_the_same_words() -> None:
    talk = started().speak("我年纪大了不会弄")
    assert talk.state.misses == 1
    assert "按" in talk.said


@pytest.mark.parametrize(
    ("words", "due", "spoken"),
    [
        ("下午三点再打吧", "2026-09-15T15:00:00+08:00", "在今天下午三点"),
        ("明天上午十点半再打", "2026-09-16T10:30:00+08:00", "在明天上午十点半"),
        ("过半个小时再打", "2026-09-15T10:37:00+08:00", "在今天上午十点三十七分"),
        ("晚上十一点再打", "2026-09-15T23:00:00+08:00", "尽快"),
    ],
)
def test_named_time_becomes_an_instant_and_is_said_back_if_lawful(words: str, due: str, spoken: str) -> None:
    talk = started().speak(words)
    assert talk.of(Promise)[0].due_at == due
    assert spoken in talk.said


def test_wrong_number_and_goodbye_end_politely() -> None:
    assert started().speak("你打错了").end == End("wrong_number")
    assert started().speak("不用了再见").end == End("declined")


@pytest.mark.parametrize("how", ["key", "words"])
def test_zero_or_the_wish_for_a_person_transfers(how: str) -> None:
    talk = started().key("0") if how == "key" else started().speak("转人工")
    assert talk.last[-2:] == (PlayTune("warm_piano", loop=True), Transfer("asked for a person"))
    talk.give(TransferResult(bridged=False), Silence())
    assert talk.end == End("callback")


def test_asking_for_a_person_again_after_nobody_came_does_not_ring_again() -> None:
    talk = started().key("0").give(TransferResult(bridged=False)).key("0")
    assert len(talk.of(Transfer)) == 1
    assert len(talk.of(Promise)) == 1


@pytest.mark.parametrize("before", ["", "4", "42", "0"])
def test_hanging_up_in_the_middle_is_said_so(before: str) -> None:
    end = started().key(before).give(HungUp()).end
    assert end is not None
    assert end.outcome == "hung_up"
    assert ("ticket" in end.data.get("do", [])) == (before in ("4", "42"))


def test_hanging_up_during_the_last_tune_is_a_completed_call() -> None:
    end = started().key("1").give(HungUp()).end
    assert end is not None
    assert (end.outcome, end.ending) == ("completed", "very_satisfied")


def test_unsure_speech_is_confirmed_before_it_counts() -> None:
    talk = started().speak("不满意", confidence=0.3)
    assert not talk.of(RecordAnswer)
    assert "您是说，不满意，对吗？" in talk.said
    assert talk.last[-1] == Listen("rating", 6.0, "120*#", "yes_no", "confirm")
    assert talk.speak("是的").scores == [2]
    assert started().speak("不满意", confidence=0.3).key("1").scores == [2]
    assert started().speak("不满意", confidence=0.3).speak("不满意", confidence=0.3).scores == [2]


def test_denied_confirmation_asks_again_and_a_correction_is_taken_up() -> None:
    talk = started().speak("不满意", confidence=0.3).key("2")
    assert talk.state.phase is Phase.ASKING
    assert talk.key("2").scores == [4]
    talk = started().speak("不满意", confidence=0.3).speak("满意")
    assert "您是说，满意，对吗？" in talk.said
    assert talk.key("1").scores == [4]


def test_spoken_numbers_are_always_confirmed() -> None:
    assert "非常满意" in started().speak("五分").said
    assert "非常满意" in started().speak("选一").said  # the key 1
    assert not started().speak("五分").of(RecordAnswer)


def test_complaint_instead_of_a_rating_is_confirmed_as_one() -> None:
    assert "您是说，不满意" in started().speak("服务态度不好").said
    assert "您是说，非常不满意" in started().speak("我很生气").said


def test_every_utterance_is_explained_for_the_transcript() -> None:
    talk = started().speak("你是机器人吗").key("1")
    assert [u.intent for u in talk.of(Understood)] == ["robot", "choice"]
    (read,) = started().speak("非常满意").of(Understood)
    assert (read.intent, read.code) == ("rating", "5")


def test_a_conversation_goes_on_elsewhere() -> None:
    first = started().key("5")
    second = Conversation()
    second.state = script_state.from_json(script_state.to_json(first.state))
    assert second.key("1").last == first.key("1").last


def test_a_state_of_another_version_is_refused() -> None:
    talk = started()
    talk.state = script_state.from_json({**script_state.to_json(talk.state), "version": 99})
    with pytest.raises(ValueError, match="v99"):
        talk.key("1")


def test_a_key_before_the_start_is_answered_with_the_disclosure() -> None:
    talk = Conversation().key("1")
    assert "智能语音助手" in talk.said
    assert not talk.of(RecordAnswer)
    assert Conversation().give(HungUp()).end == End("hung_up")
    assert Conversation().give(Started(), HungUp(), Started()).last == ()


def test_what_ends_a_conversation_must_be_clearly_heard() -> None:
    for words in ("打错了", "没空", "再见", "不用了", "晚点再打"):
        talk = started().speak(words, confidence=0.25)
        assert talk.end is None, words
        assert "没听明白" in talk.said


def test_what_may_be_a_refusal_is_asked_about_and_a_clear_one_obeyed_at_once() -> None:
    assert started().speak("别再打电话了", confidence=0.8).of(Refusal)
    unsure = started().speak("别再打电话了", confidence=0.25)
    assert not unsure.of(Refusal)
    assert "以后都不再给您打电话" in unsure.said
    assert unsure.end is None


@pytest.mark.parametrize(
    "meant",
    [
        lambda t: t.speak("对"),
        lambda t: t.speak("我说了别打了"),
        lambda t: t.key("1"),
        lambda t: t.give(HungUp()),
    ],
)
def test_whoever_affirms_a_refusal_or_hangs_up_is_let_go(
    meant: Callable[[Conversation], Conversation],
) -> None:
    talk = meant(started().speak("别再打电话了", confidence=0.25))
    assert [refusal.text for refusal in talk.of(Refusal)] == ["别再打电话了"]
    assert talk.end is not None
    assert talk.end.outcome == "refused"


@pytest.mark.parametrize(
    "denied", [lambda t: t.speak("不是"), lambda t: t.key("2"), lambda t: t.give(Silence())]
)
def test_whoever_denies_a_refusal_is_asked_the_question_again(
    denied: Callable[[Conversation], Conversation],
) -> None:
    talk = denied(started().speak("别再打电话了", confidence=0.25))
    assert not talk.of(Refusal)
    assert talk.end is None
    assert talk.speak("非常满意").of(RecordAnswer)


def test_an_answer_instead_of_a_yes_counts_as_the_answer() -> None:
    talk = started().speak("别再打电话了", confidence=0.25).speak("非常满意")
    assert not talk.of(Refusal)
    assert talk.of(RecordAnswer)


def test_no_thanks_to_a_confirmation_is_a_no() -> None:
    talk = started().speak("不满意", confidence=0.3).speak("不用了")
    assert talk.end is None
    assert not talk.of(RecordAnswer)
    assert "请按1" in talk.said
