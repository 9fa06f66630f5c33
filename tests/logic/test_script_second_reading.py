"""What a stranger found odd who talked to every shipped script, and what must not come back."""

from __future__ import annotations

import pytest
from test_script_comfort import comfort, kept, talk

from huifang.logic import script as engine
from huifang.logic.dialogue import HungUp, Silence, StopRecording, Stranger, Utterance
from huifang.logic.disclosure import denies_machine, names_machine
from huifang.logic.understanding import Asked, Intent, Reading, understand
from huifang.logic.understanding.reading import GUESSED
from huifang.logic.understanding.sounds import syllables
from huifang.nlu.model import shipped


@pytest.mark.parametrize(
    ("doubted", "words", "kept_as"),
    [
        ("不用", "要", None),
        ("不用", "愿意", None),
        ("不用", "不用", "no"),
        ("不用", "不要", "no"),
        ("不用", "对", "no"),
        ("要", "不用", None),
        ("要", "要的", "yes"),
        ("要", "不对", None),
    ],
)
def test_a_wish_in_answer_to_a_doubt_is_that_wish(doubted: str, words: str, kept_as: str | None) -> None:
    asked = talk("greeting", customer__is_birthday=True).give(Utterance(doubted, confidence=0.3))
    assert f"您是说，{doubted}，对吗" in asked.said
    assert kept(asked.give(shipped().heard(words))).get("gift") == kept_as


@pytest.mark.parametrize("words", ["你找谁", "你找谁呀", "您找哪位", "请问你找谁", "找谁"])
def test_who_asks_whom_we_want_is_told_who_calls(words: str) -> None:
    asked = talk("satisfaction", words)
    assert asked.of(Stranger) == []
    assert "智能语音助手" in asked.said


@pytest.mark.parametrize(
    ("script", "words"),
    [("satisfaction", "他走了，出门了"), ("activity_drop", "我妈去世了，没心情")],
)
def test_who_is_out_or_mourns_is_not_taken_for_dead(script: str, words: str) -> None:
    assert [s.why for s in talk(script, words).of(Stranger) if s.why == "deceased"] == []


@pytest.mark.parametrize("words", ["他去世了", "我爸走了好几年了", "机主已经过世了"])
def test_a_death_is_still_understood(words: str) -> None:
    assert [s.why for s in talk("satisfaction", words).of(Stranger)] == ["deceased"]


@pytest.mark.parametrize("words", ["我上次买的裙子要改一下腰", "尺码选错了", "老师讲错了"])
def test_an_answer_to_an_open_question_takes_nothing_back(words: str) -> None:
    told = talk("activity_drop", "3", words)
    assert "取消" not in told.said


@pytest.mark.parametrize("words", ["按错了", "哎呀我刚才按错了", "不好意思，我说错了", "我要改一下"])
def test_who_only_takes_back_is_asked_again(words: str) -> None:
    assert "取消" in talk("activity_drop", "3", words).said


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("没有没有，早就好了", "yes"),
        ("没问题了", "yes"),
        ("问题没有了", "yes"),
        ("没有", "no"),
        ("没有啊", "no"),
        ("还是老样子", "no"),
    ],
)
def test_whether_a_complaint_is_settled(words: str, code: str) -> None:
    assert kept(talk("complaint_24h", words)).get("solved") == code


def test_no_complaint_ever_is_no_complaint_that_is_open() -> None:
    assert kept(talk("complaint_24h", "我没有投诉过啊")).get("solved") != "no"


@pytest.mark.parametrize("words", ["2", "还行，就是瓶盖漏", "还行"])
def test_who_finds_it_fair_is_asked_what_is_wrong(words: str) -> None:
    told = talk("first_order_care", words)
    assert "那我就放心了" not in told.said


def test_what_comes_behind_a_but_is_the_answer() -> None:
    told = talk("after_sales", "挺好的但是物流太慢了，五天才到")
    assert kept(told).get("topic") not in ("fine", None)


def test_a_number_that_is_explained_by_a_complaint_stays() -> None:
    told = talk("finance_followup", "1", "1", "1", "2", "三分", "服务态度差")
    assert kept(told).get("nps") == "3"


def test_a_complaint_does_not_confirm_a_good_number() -> None:
    told = talk("finance_followup", "1", "1", "1", "2", "九分", "服务态度差")
    assert "nps" not in kept(told)


def test_who_is_furious_at_a_question_for_a_number_is_comforted() -> None:
    assert comfort(talk("finance_followup", "1", "1", "1", "2", "你们就是骗子，气死我了")) != []


@pytest.mark.parametrize("words", ["怀孕了", "腿摔断了", "没有啊，我天天去"])
def test_nobody_is_comforted_and_not_understood_in_one_breath(words: str) -> None:
    told = talk("activity_drop", words)
    assert comfort(told) == [] or "没听明白" not in told.said


def test_who_calls_us_is_thanked_for_the_call() -> None:
    assert "感谢您的接听" not in talk("inbound_menu", "谢谢，没事了").said


def test_the_worst_score_is_met_with_an_apology() -> None:
    assert "抱歉" in talk("satisfaction", "5").said
    assert "抱歉" not in talk("satisfaction", "3").said


@pytest.mark.parametrize(
    ("words", "is_named", "is_denied"),
    [
        ("我是花颜美妆的智能语音助手，是机器人，不是真人。您要是想找真人，请按0。", True, False),
        ("您好，我是真人客服，不是机器人，本次通话会录音。", False, True),
        ("我不是机器人，我是真人", False, True),
        ("跟您说话的不是人工智能", False, True),
        ("您好，我是小李", False, False),
        ("This is an automated call, not a person.", True, False),
        ("I am a real person, not a robot.", False, True),
    ],
)
def test_a_machine_is_named_only_where_it_is_not_denied(words: str, is_named: bool, is_denied: bool) -> None:
    assert names_machine(words) is is_named
    assert denies_machine(words) is is_denied


@pytest.mark.parametrize(
    ("words", "score"),
    [
        ("一点五分", "1"),
        ("两点五分", "2"),
        ("六点五分", "3"),
        ("五十五分", "2"),
        ("七十五分", "4"),
        ("百分之七十", "3"),
        ("一百分给七十", "3"),
        ("十分给七分", "3"),
        ("打9分", "5"),
        ("打3分", "3"),
        ("打10分", "5"),
        ("太差了一分都不想给", "1"),
    ],
)
def test_a_score_said_as_a_number_is_that_score(words: str, score: str) -> None:
    reading = understand(shipped().heard(words), Asked("rating"))
    assert (reading.intent, reading.code) == (Intent.RATING, score)


@pytest.mark.parametrize("words", ["不能给五分", "给不了五分", "不到五分", "五分以下", "五分都不够"])
def test_points_that_are_just_not_given_are_no_score(words: str) -> None:
    assert understand(shipped().heard(words), Asked("rating")).intent is not Intent.RATING


@pytest.mark.parametrize(
    ("words", "when"),
    [
        ("国庆以后再打", "after:national 10:00"),
        ("清明以后打给我", "after:qingming 10:00"),
        ("五一以后打", "after:labour 10:00"),
        ("双十二之后打给我", "after:twelve 10:00"),
        ("周一不行，周二打给我", "w2 10:00"),
        ("周三开会，周四打给我", "w4 10:00"),
        ("五号出差，六号打给我", "d6 10:00"),
        ("别下周一打，下周二打", "+1w2 10:00"),
        ("五号打给我", "d5 10:00"),
        ("一小时二十分钟后打给我", "+80"),
        ("半小时，不，一小时后打给我", "+60"),
        ("下个周末打给我", "+1w6 10:00"),
        ("明年一月五号打给我", "01-05 10:00"),
    ],
)
def test_a_call_is_promised_for_the_time_that_was_named(words: str, when: str) -> None:
    reading = understand(shipped().heard(words), Asked("free"))
    assert (reading.intent, reading.code) == (Intent.CALLBACK, when)


@pytest.mark.parametrize("words", ["唔好打俾我啦", "五号别打了", "以后五号不要打"])
def test_a_refusal_that_sounds_like_a_day_is_still_one(words: str) -> None:
    assert understand(shipped().heard(words), Asked("free")).intent is Intent.REFUSAL


def test_who_never_did_the_business_that_we_ask_about_is_asked_whether_to_look_into_it() -> None:
    told = talk("finance_followup", "1", "我没在你们那办过业务")
    assert told.of(Stranger) == []
    assert "核实" in told.said


@pytest.mark.parametrize(
    "words",
    ["不要录音", "我不同意录音", "我不想被录音", "请把录音关掉", "别录音行吗", "拒绝录音", "你别给我录音啊"],
)
def test_who_does_not_want_to_be_recorded_is_not(words: str) -> None:
    for sounds_only in (False, True):
        heard = shipped().heard("", syllables(words)) if sounds_only else shipped().heard(words)
        told = talk("satisfaction").give(heard)
        assert told.of(StopRecording) != []
        assert "不录音了" in told.said
        assert "按1" in told.said, "the question is put again"


def test_a_call_that_is_not_recorded_says_so() -> None:
    assert "没有录音" in talk("satisfaction", "不要录音", call__recorded=False).said


@pytest.mark.parametrize("words", ["录音效果不错", "你们自己听听录音", "店里放的录音太吵", "我要录音"])
def test_who_only_speaks_of_a_recording_stops_none(words: str) -> None:
    assert talk("satisfaction", words).of(StopRecording) == []


def guessed(code: str = "") -> Reading:
    return Reading(Intent.WRONG_NUMBER, code, 0.9, GUESSED)


@pytest.fixture
def only_models_hear_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """「这号」 is what the models alone take for a number that has another owner."""

    def understood(heard: Utterance, asked: Asked) -> Reading:
        return guessed("moved") if heard.text == "这号" else understand(heard, asked)

    monkeypatch.setattr(engine, "understand", understood)


@pytest.mark.usefixtures("only_models_hear_a_stranger")
@pytest.mark.parametrize(
    ("answer", "struck_off"),
    [("对", True), ("1", True), ("这号", True), ("不是", False), ("2", False), ("满意", False)],
)
def test_nobody_is_struck_off_for_a_guess(answer: str, struck_off: bool) -> None:
    asked = talk("satisfaction", "这号")
    assert asked.of(Stranger) == []
    assert "您不是我们要找的人，对吗" in asked.said
    told = asked.key(answer) if answer.isascii() else asked.give(shipped().heard(answer))
    assert [s.why for s in told.of(Stranger)] == (["moved"] if struck_off else [])
    assert struck_off or "满意度" in told.said or "按1" in told.said or kept(told)


@pytest.mark.usefixtures("only_models_hear_a_stranger")
def test_who_hangs_up_or_says_nothing_when_asked_stays_on_the_list() -> None:
    assert talk("satisfaction", "这号").give(HungUp()).of(Stranger) == []
    told = talk("satisfaction", "这号").give(Silence())
    assert told.of(Stranger) == []
    assert "按1" in told.said


def test_plain_words_need_no_question() -> None:
    assert [s.why for s in talk("satisfaction", "你打错了").of(Stranger)] == ["wrong"]
