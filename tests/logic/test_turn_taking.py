"""How much silence ends a turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.dialogue import Utterance
from huifang.logic.turn_taking import COMPLETE_MS, FREE_MS, HESITANT_MS, USUAL_MS, silence_ms
from huifang.logic.understanding import Asked


@pytest.mark.parametrize(
    ("kind", "text", "pinyin", "want"),
    [
        ("rating", "", "", USUAL_MS),
        ("rating", "满意", "", COMPLETE_MS),
        ("rating", "非常不满意", "", COMPLETE_MS),
        ("rating", "", "bu man yi", COMPLETE_MS),
        ("rating", "非常", "", USUAL_MS),
        ("yes_no", "是的", "", COMPLETE_MS),
        ("yes_no", "不是", "", COMPLETE_MS),
        ("rating", "别再打电话了", "", COMPLETE_MS),
        ("rating", "我在开会", "", COMPLETE_MS),
        ("free", "转人工", "", COMPLETE_MS),
        ("rating", "嗯那个", "", HESITANT_MS),
        ("rating", "", "na ge", HESITANT_MS),
        ("free", "鞋子有点紧，但是", "", HESITANT_MS),
        ("free", "鞋子后跟有点磨脚", "", FREE_MS),
        ("free", "满意", "", FREE_MS),
        ("", "喂你好", "", USUAL_MS),
    ],
)
def test_what_has_been_said_decides_how_long_we_wait(kind: str, text: str, pinyin: str, want: int) -> None:
    assert silence_ms(Utterance(text, tuple(pinyin.split())), Asked(kind)) == want


@given(st.text(max_size=12), st.sampled_from(["rating", "yes_no", "free", ""]))
def test_nobody_waits_for_less_than_a_breath_or_more_than_a_second(text: str, kind: str) -> None:
    assert COMPLETE_MS <= silence_ms(Utterance(text), Asked(kind)) <= HESITANT_MS
