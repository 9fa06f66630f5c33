"""Why a call came to nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.understanding.sounds import syllables
from huifang.logic.voice_line import EndCause
from huifang.voice.causes import cause_of_announcement, cause_of_failure, cause_of_status


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (486, EndCause.BUSY),
        (600, EndCause.BUSY),
        (404, EndCause.EMPTY_NUMBER),
        (410, EndCause.EMPTY_NUMBER),
        (484, EndCause.EMPTY_NUMBER),
        (604, EndCause.EMPTY_NUMBER),
        (480, EndCause.NO_ANSWER),
        (408, EndCause.NO_ANSWER),
        (487, EndCause.NO_ANSWER),
        (603, EndCause.DECLINED),
        (401, EndCause.TRUNK_REFUSED),
        (403, EndCause.TRUNK_REFUSED),
        (407, EndCause.TRUNK_REFUSED),
        (500, EndCause.NETWORK),
        (503, EndCause.TRUNK_REFUSED),
        (488, EndCause.NETWORK),
    ],
)
def test_a_status_has_its_cause(status: int, cause: EndCause) -> None:
    assert cause_of_status(status) is cause


@given(st.integers(300, 699))
def test_every_final_failure_has_a_cause(status: int) -> None:
    assert cause_of_status(status) not in (EndCause.COMPLETED, EndCause.HUNG_UP, EndCause.STOPPED)


@given(st.integers(300, 699), st.sampled_from(EndCause), st.sampled_from([None, *EndCause]))
def test_what_an_announcement_says_counts_most(
    status: int, announced: EndCause, toned: EndCause | None
) -> None:
    assert cause_of_failure(status, announced, toned) is announced


@pytest.mark.parametrize(
    ("status", "toned", "cause"),
    [
        (480, EndCause.BUSY, EndCause.BUSY),
        (0, EndCause.BUSY, EndCause.BUSY),
        (404, EndCause.BUSY, EndCause.EMPTY_NUMBER),
        (603, EndCause.BUSY, EndCause.DECLINED),
        (486, EndCause.NETWORK, EndCause.BUSY),
        (500, EndCause.EMPTY_NUMBER, EndCause.EMPTY_NUMBER),
        (480, None, EndCause.NO_ANSWER),
    ],
)
def test_a_tone_says_more_than_a_vague_status(status: int, toned: EndCause | None, cause: EndCause) -> None:
    assert cause_of_failure(status, None, toned) is cause


ANNOUNCEMENTS = {
    "您拨打的号码是空号，请核对后再拨。": EndCause.EMPTY_NUMBER,
    "您好，您拨打的电话已关机。": EndCause.POWERED_OFF,
    "您拨打的电话已停机。": EndCause.SUSPENDED,
    "您拨打的电话正在通话中，请稍后再拨。": EndCause.BUSY,
    "您拨打的用户暂时无法接通，请稍后再拨。": EndCause.NO_ANSWER,
    "您好，这里是语音信箱，请在滴一声之后留言。": EndCause.MACHINE,
}


@pytest.mark.parametrize("text", ANNOUNCEMENTS)
@pytest.mark.parametrize("by_sound", [False, True])
def test_an_announcement_tells_the_cause_in_words_or_sounds(text: str, by_sound: bool) -> None:
    cause = cause_of_announcement("" if by_sound else text, syllables(text))
    assert cause is ANNOUNCEMENTS[text]


@pytest.mark.parametrize(
    "text",
    [
        "我手机要关机了",
        "你给我留言吧",
        "喂，你好",
        "我正在通话",
        "非常满意",
        "别再打了",
        "你打错了，这是空号",
    ],
)
def test_a_person_is_not_taken_for_an_announcement(text: str) -> None:
    assert cause_of_announcement(text, syllables(text)) is None
