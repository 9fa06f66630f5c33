"""How long a silence ends the customer's turn, by what they have said so far.

A fixed silence is too long behind 「满意」 and too short behind 「嗯，那个……」.  The words so far decide: an answer
that is complete needs little more, a hesitation needs patience, and free words a breath between sentences.
Nothing is decided but the length of the silence: whoever speaks on within it is still in their turn.
"""

from __future__ import annotations

from huifang.logic.dialogue import Utterance
from huifang.logic.understanding import Asked, Intent, understand

USUAL_MS = 600
COMPLETE_MS = 380
"""Behind a complete answer.  Longer than the pauses within a phrase (up to 300 ms)."""
FREE_MS = 800
HESITANT_MS = 1000
_SURE = 0.6
_COMPLETE = frozenset(
    {
        Intent.RATING, Intent.YES, Intent.NO, Intent.CHOICE, Intent.REFUSAL, Intent.DECLINE, Intent.BUSY,
        Intent.WRONG_NUMBER, Intent.HUMAN, Intent.ROBOT, Intent.REPEAT, Intent.UNDO, Intent.GOODBYE,
    }
)  # fmt: skip
_FILLERS = (
    "嗯",
    "呃",
    "额",
    "那个",
    "这个",
    "就是",
    "然后",
    "但是",
    "不过",
    "因为",
    "我想想",
    "怎么说",
    "可是",
    "还有",
)
_FILLER_SOUNDS = (
    ("en",), ("e",), ("na", "ge"), ("nei", "ge"), ("zhe", "ge"), ("jiu", "shi"), ("ran", "hou"), ("dan", "shi"),
    ("bu", "guo"), ("yin", "wei"), ("xiang", "xiang"), ("zen", "me", "shuo"), ("ke", "shi"), ("hai", "you"),
)  # fmt: skip


def silence_ms(so_far: Utterance, asked: Asked) -> int:
    """The silence that ends the turn, in ms, after ``so_far`` in answer to ``asked``."""
    if not (so_far.text or so_far.pinyin):
        return USUAL_MS
    reading = understand(so_far, asked)
    is_closed = asked.kind in ("rating", "yes_no")
    if (
        reading.intent in _COMPLETE
        and reading.confidence >= _SURE
        and (is_closed or reading.intent not in _OF_A_QUESTION)
    ):
        return COMPLETE_MS
    if _hesitates(so_far):
        return HESITANT_MS
    return FREE_MS if asked.kind == "free" else USUAL_MS


_OF_A_QUESTION = frozenset({Intent.RATING, Intent.YES, Intent.NO, Intent.CHOICE})
"""Free words may begin with one of these and go on: 「满意，就是送货慢」."""


def _hesitates(so_far: Utterance) -> bool:
    text = so_far.text.rstrip("，。、…！？ ")
    if text:
        return text.endswith(_FILLERS)
    return any(so_far.pinyin[-len(sounds) :] == sounds for sounds in _FILLER_SOUNDS)
