"""Why a call came to nothing: from SIP's status, from a tone, or from what an announcement says.  Pure."""

from __future__ import annotations

import re

from huifang.logic.machine_words import Speaker, machine_speaking
from huifang.logic.voice_line import EndCause
from huifang.voice.rtp.port import Tone

_BY_STATUS = {
    486: EndCause.BUSY,
    600: EndCause.BUSY,
    404: EndCause.EMPTY_NUMBER,
    410: EndCause.EMPTY_NUMBER,
    484: EndCause.EMPTY_NUMBER,
    604: EndCause.EMPTY_NUMBER,
    480: EndCause.NO_ANSWER,
    408: EndCause.NO_ANSWER,
    487: EndCause.NO_ANSWER,
    603: EndCause.DECLINED,
    607: EndCause.DECLINED,  # RFC 8197: unwanted
    401: EndCause.TRUNK_REFUSED,
    403: EndCause.TRUNK_REFUSED,
    407: EndCause.TRUNK_REFUSED,
    503: EndCause.TRUNK_REFUSED,  # the trunk is full or down; it was not the number
}

_EXACT = (EndCause.BUSY, EndCause.EMPTY_NUMBER, EndCause.DECLINED, EndCause.TRUNK_REFUSED)
_BY_TONE = {
    Tone.BUSY: EndCause.BUSY,
    Tone.CONGESTION: EndCause.NETWORK,
    Tone.UNOBTAINABLE: EndCause.EMPTY_NUMBER,
}

# What announcements say, by the toneless syllables that tell them apart: a recogniser gives pinyin for certain and
# characters only sometimes.  The order matters: 关机 also says 已.
_ANNOUNCEMENTS = (
    (EndCause.EMPTY_NUMBER, ("空号", "号码不存在", "号码有误"), ("kong hao", "bu cun zai", "hao ma you wu")),
    (EndCause.POWERED_OFF, ("关机", "power"), ("guan ji",)),
    (EndCause.SUSPENDED, ("停机", "暂停服务"), ("ting ji", "zan ting fu wu")),
    (
        EndCause.BUSY,
        ("正在通话", "通话中", "用户正忙"),
        ("zheng zai tong hua", "tong hua zhong", "yong hu zheng mang"),
    ),
    (
        EndCause.NO_ANSWER,
        ("无法接通", "无人接听", "服务区"),
        ("wu fa jie tong", "wu ren jie ting", "fu wu qu"),
    ),
)


def cause_of_status(status: int) -> EndCause:
    """What a final SIP failure (RFC 3261, section 21) says about the number or the trunk.

    Statuses that say nothing about the customer (5xx, odd 4xx) are the network's.
    """
    return _BY_STATUS.get(status, EndCause.NETWORK)


def cause_of_failure(status: int, announced: EndCause | None, toned: EndCause | None) -> EndCause:
    """The best that is known: words say it exactly, a status often does, and what a tone says is better than
    「temporarily unavailable」.

    :param announced: by an announcement in early media
    :param toned: by a tone there
    """
    told = cause_of_status(status)
    return announced or (told if told in _EXACT else None) or toned or told


def cause_of_tone(tone: Tone) -> EndCause | None:
    """What a tone of the exchange says in place of an answer; None where it says nothing of the kind."""
    return _BY_TONE.get(tone)


def cause_of_announcement(text: str, pinyin: tuple[str, ...]) -> EndCause | None:
    """The cause that a carrier's announcement or a voicemail greeting gives; None for anything else, and for an
    announcement that has not said it yet.

    A customer may say 关机 or 留言 too, so the words of announcements only count in the way in which machines talk.
    """
    speaker = machine_speaking(text, pinyin)
    if speaker in (None, Speaker.ASSISTANT):
        return None
    spoken = " ".join(re.sub(r"\d", "", syllable) for syllable in pinyin)
    for cause, words, sounds in _ANNOUNCEMENTS:
        if any(w in text.lower() for w in words) or any(s in spoken for s in sounds):
            is_recording = speaker is Speaker.VOICEMAIL and cause in (EndCause.BUSY, EndCause.NO_ANSWER)
            return EndCause.MACHINE if is_recording else cause
    return EndCause.MACHINE if speaker is Speaker.VOICEMAIL else None
