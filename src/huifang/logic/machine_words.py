"""What only machines say that answer telephones: carriers' announcements, voicemails, assistants in phones.  Pure.

People say 留言, 关机 and 不方便接电话 too.  So what counts are the forms that are a recording's alone, or two of
their signs together; and because a recogniser blurs syllables, forms are looked for by sound.
"""

from __future__ import annotations

from enum import StrEnum

from huifang.logic.phone_assistant import is_assistant
from huifang.logic.understanding.sounds import fit, syllables


class Speaker(StrEnum):
    """Who speaks, where it is no person."""

    ASSISTANT = "assistant"
    """A phone's assistant: it may be told something."""
    VOICEMAIL = "voicemail"
    """It records what is said after its beep."""
    CARRIER = "carrier"
    """The network, about a number that cannot be reached."""


_VOICEMAIL = (
    "请留言", "语音信箱", "留言信箱", "语音留言", "嘀声后", "嘟声后", "滴声之后", "嘟声之后", "嘀的一声", "嘀一声", "嘟一声",
    "嘟的一声", "哔声后", "听到提示音后", "提示音之后", "提示音后留言", "录音结束后", "录音完毕后", "开始录音",
)  # fmt: skip
_CARRIER = (
    "您拨打的", "您拨叫的", "您所拨打", "您呼叫的", "您拨的号码", "稍后再拨", "核对后再拨", "查证后再拨", "暂时无法接通",
    "号码是空号", "来电提醒", "用户正在通话中", "您的来电信息",
)  # fmt: skip
_CANNOT_ANSWER = (
    "无法接听",
    "不方便接听",
    "不能接听",
    "不便接听",
    "未能接听",
    "没法接听",
    "没有接听",
    "无人接听",
)
_WILL_ANSWER = (
    "留言",
    "留下您",
    "您的来电",
    "与您联系",
    "和您联系",
    "回复您",
    "给您回复",
    "给您回电",
    "您回电话",
)
_SENTENCES = {
    Speaker.VOICEMAIL: (
        "请在嘀声后留言", "请在嘀的一声之后留言", "请在听到提示音后留言", "这里是语音信箱请留言", "请留下您的姓名和电话号码",
        "录音结束后挂机即可",
    ),
    Speaker.CARRIER: (
        "您拨打的电话已关机请稍后再拨", "您拨打的号码是空号请核对后再拨", "您拨打的电话正在通话中请稍后再拨",
        "您拨打的电话暂时无法接通请稍后再拨", "您拨打的电话无人接听请稍后再拨", "您拨打的用户暂时无法接听", "您拨打的电话已停机",
        "您呼叫的用户已停机",
    ),
}  # fmt: skip
"""Whole sentences: long enough to be known where two of five syllables were misheard.  No person's sentence in the corpus of
``huifang.nlu`` comes nearer to one than 0.5."""
_SENTENCE = 0.43
_ENGLISH = (
    (Speaker.VOICEMAIL, ("leave a message", "leave your message", "after the tone", "after the beep", "voicemail")),
    (Speaker.CARRIER, ("you have dialed", "you dialed", "you have dialled", "you dialled", "the subscriber")),
)  # fmt: skip
_STRICT, _LOOSE = 0.3, 0.15
"""So many syllables may a form of up to four syllables be off; a longer one by this share."""
_SOUNDS = {form: syllables(form) for form in (*_VOICEMAIL, *_CARRIER, *_CANNOT_ANSWER, *_WILL_ANSWER)}
_SENTENCE_SOUNDS = {who: [syllables(text) for text in texts] for who, texts in _SENTENCES.items()}


def machine_speaking(text: str, pinyin: tuple[str, ...]) -> Speaker | None:
    """Whose words these are; None where a person may have said them.

    Of a longer piece of the same recording it says as much at least: words only add to what is known.
    """
    if is_assistant(text, pinyin):
        return Speaker.ASSISTANT
    heard = pinyin or syllables(text)
    if _says(_VOICEMAIL, heard) or (_says(_CANNOT_ANSWER, heard) and _says(_WILL_ANSWER, heard)):
        return Speaker.VOICEMAIL
    if _says(_CARRIER, heard):
        return Speaker.CARRIER
    for who, sentences in _SENTENCE_SOUNDS.items():
        if any(_off_by(sentence, heard) <= _SENTENCE * len(sentence) for sentence in sentences):
            return who
    english = text.lower()
    return next((who for who, forms in _ENGLISH if any(form in english for form in forms)), None)


def _says(forms: tuple[str, ...], heard: tuple[str, ...]) -> bool:
    return any(_sounds_like(_SOUNDS[form], heard) for form in forms)


def _sounds_like(form: tuple[str, ...], heard: tuple[str, ...]) -> bool:
    return _off_by(form, heard) <= (_STRICT if len(form) <= 4 else _LOOSE * len(form))


def _off_by(form: tuple[str, ...], heard: tuple[str, ...]) -> float:
    """How many syllables ``form`` is off where it fits best."""
    if len(heard) < len(form) // 2:
        return float(len(form))
    return fit(form, (False,) * len(form), heard, (False,) * len(heard))[0]
