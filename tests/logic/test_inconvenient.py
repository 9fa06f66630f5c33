"""「不方便」 is busy when it is about the moment, and an answer when it is about the shop."""

from __future__ import annotations

import pytest

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, understand


@pytest.mark.parametrize(
    "words",
    ["停车不方便", "你们那儿停车不太方便", "交通不方便", "退货很不方便", "位置太偏了不方便", "操作不方便"],
)
def test_what_is_inconvenient_about_the_shop_is_an_answer(words: str) -> None:
    assert understand(Utterance(words), Asked("free")).intent is Intent.FREE


@pytest.mark.parametrize(
    "words",
    [
        "不方便",
        "我现在不方便",
        "不好意思我这会儿不方便",
        "哎呀现在真不方便",
        "现在说话不方便",
        "不太方便接电话",
    ],
)
def test_a_bad_moment_is_busy(words: str) -> None:
    assert understand(Utterance(words), Asked("free")).intent is Intent.BUSY
