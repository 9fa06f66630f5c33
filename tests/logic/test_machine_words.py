"""Recordings of the world, and people who talk of the same things."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.machine_words import Speaker, machine_speaking
from huifang.logic.understanding.sounds import syllables

VOICEMAILS = [
    "您好，我是王芳，我现在不方便接听电话，请在嘀声后留言。",
    "你好我是小李现在有事不能接听您的电话请留言我会尽快给您回复",
    "这里是张先生的语音信箱，听到提示音后请开始录音。",
    "您好，这里是语音留言服务，请在嘟的一声之后留下您的姓名和电话。",
    "嗨，我现在没法接听电话，请留下您的联系方式，谢谢。",
    "您所拨打的用户暂时无法接听，请在滴声之后留言，录音结束后挂机即可。",
    "我暂时无法接听您的来电，稍后会与您联系。",
    "Hi, you have reached Anna. Please leave a message after the beep.",
]
CARRIERS = [
    "您好，您拨打的电话已关机，请稍后再拨。",
    "您拨打的号码是空号，请核对后再拨。",
    "对不起，您呼叫的用户已停机。",
    "您拨打的电话正在通话中，请稍后再拨。",
    "你好，请不要挂机，您拨打的用户正在通话中。",
    "您拨打的用户暂时无法接通，本次来电将以短信方式通知机主。",
    "The number you have dialed is power off.",
    "Sorry, the subscriber you dialed is not available.",
]
ASSISTANTS = ["您好，机主现在不方便接听电话，我是他的智能助理，请问您有什么事？"]
PEOPLE = [
    "喂，你好",
    "你好哪位",
    "我现在不方便接听电话",
    "我现在不方便接电话，回头我给你打过去",
    "他不在，你晚点再打来吧",
    "你打的电话我没听到",
    "有什么事给我留言吧",
    "给我发短信吧我在开会",
    "我手机快关机了",
    "你打错了，这是空号",
    "喂，您好，我是王芳，我刚才在开会没接到电话，您有什么事情请说",
    "我想问一下上次买的那个面霜为什么用了会过敏你们能不能给我换一个",
    "嗯我挺满意的，衣服质量很好，下次还会再来",
    "您拨的是我家里的电话吧",
    "我刚才听到嘀的响了一下",
    "我姓李，您贵姓，您找我有什么事情吗",
    "",
]


def by_sound(text: str) -> tuple[str, tuple[str, ...]]:
    return "", syllables(text)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        *((text, Speaker.VOICEMAIL) for text in VOICEMAILS),
        *((text, Speaker.CARRIER) for text in CARRIERS),
        *((text, Speaker.ASSISTANT) for text in ASSISTANTS),
    ],
)
def test_a_recording_is_known_by_its_words_and_by_their_sounds(text: str, speaker: Speaker) -> None:
    assert machine_speaking(text, ()) is speaker
    assert machine_speaking(text, syllables(text)) is speaker
    if text[0] >= "一":
        assert machine_speaking(*by_sound(text)) is speaker


@pytest.mark.parametrize("text", PEOPLE)
def test_a_person_is_no_recording(text: str) -> None:
    assert machine_speaking(text, ()) is None
    assert machine_speaking(*by_sound(text)) is None


@pytest.mark.parametrize("text", [*VOICEMAILS[:-1], *CARRIERS[:-2]])
def test_what_a_recogniser_blurs_is_still_known(text: str) -> None:
    """zh and z, n and l, an and ang: what a telephone takes away first."""
    blurred = tuple(
        s.replace("zh", "z").replace("sh", "s").replace("ang", "an").replace("ing", "in")
        for s in syllables(text)
    )
    assert machine_speaking("", blurred) is not None


@pytest.mark.parametrize(
    ("sounds", "speaker"),
    [
        ("lin bo yi bian guan ji qian chao hou fa bo", Speaker.CARRIER),
        ("lin bo a yi dian shang tai gong a qian chao hou tai bo", Speaker.CARRIER),
        ("lin tao shou li shi yin liu yan fu wu qian tai du de yi sheng zhi hou liu hua", Speaker.VOICEMAIL),
        ("qian zhi hou liu yan wu yin jie shu he wa ji ji ke yi", Speaker.VOICEMAIL),
        ("wo bian ai gu fang bian pian dian ba", None),
        ("wo bian tai bu fa bian pian tu a hui tou wo gei ni a wo shi", None),
        ("lin bo shi wo jia li de bian wang a", None),
        ("li dian wan wo men yao", None),
    ],
)
def test_a_sentence_is_known_where_a_small_recogniser_mishears_two_of_five_syllables(
    sounds: str, speaker: Speaker | None
) -> None:
    assert machine_speaking("", tuple(sounds.split())) is speaker


def test_nothing_that_customers_say_to_us_is_a_machine_s() -> None:
    """Of the training text, people who cannot talk just now included."""
    corpus = files("huifang.nlu") / "corpus"
    said = {
        utterance
        for name in ("intents.txt", "complaints.txt", "moods.txt")
        for line in (corpus / name).read_text("utf-8").splitlines()
        if line and line[0] not in "#["
        for utterance in line.split()
        if 5 <= len(utterance) <= 20
    }
    assert len(said) > 1000
    for utterance in sorted(said)[::7]:
        assert machine_speaking("", syllables(utterance)) is None, utterance


@given(
    st.sampled_from([*VOICEMAILS[:-1], *CARRIERS[:-2]]),
    st.text("嗯好的请讲您", max_size=8),
    st.integers(0, 60),
)
def test_once_known_more_of_the_same_recording_never_makes_it_a_person(
    text: str, behind: str, at: int
) -> None:
    """The first two seconds are recognised before the rest is spoken."""
    if machine_speaking(text[:at], ()) is not None:
        assert machine_speaking(text + behind, ()) is not None
