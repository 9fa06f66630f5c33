"""安抚话术: what an agent may say to a customer in a mood, by what the matter is, and never twice in a call.  Pure.

A feeling comes first, then what is done about the matter, then a question (先共情再解决).  No sentence promises money,
a date or an outcome: promises are made through tools.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

_FEELINGS = {
    "angry": (
        "您说的我都听明白了，碰上这种事谁都会生气，先跟您说声对不起。",
        "把您气成这样是我们不对，您先说，我听着，这事由我来跟。",
        "您消消气，道理我就不讲了，咱们先把问题解决掉。",
    ),
    "disappointed": (
        "您这么信任我们，结果却弄成这样，心里肯定不好受。",
        "期望越大越失望，这次是我们没达到您的期望。",
        "谢谢您还愿意告诉我，没让您满意，责任在我们。",
    ),
    "anxious": (
        "我知道您急，我现在就看，您不用挂电话。",
        "您担心的事我清楚了，我会一直盯到有结果。",
        "这件事记在我名下，不会没人管，您放心。",
    ),
    "doubtful": (
        "您有疑问是应该的，我一条一条跟您讲清楚。",
        "您问得很仔细，我照实说，不绕弯子。",
        "不急着做决定，您听我把前后经过说完再看。",
    ),
}
_MATTERS = {
    "quality": (
        "您跟我说说具体是哪儿有问题，我记下来交给质检去查。",
        "东西有毛病不该由您来扛，退、换还是修，我按规定帮您申请。",
        "方便的话拍张照片给我们，核实起来更快。",
    ),
    "logistics": (
        "您报一下订单号后四位，我这就查包裹到哪儿了。",
        "我马上跟仓库和快递两边核对，查到什么就告诉您什么。",
        "地址和电话我再跟您核一遍，免得又送错。",
    ),
    "service": (
        "您还记得大概是什么时候、哪位同事吗？我会原样反映给店长。",
        "同事态度不好就是不对，我先替他给您道个歉。",
        "您说的每一句我都记下了，会让店长亲自看到。",
    ),
    "price": (
        "我把您买的价格和现在的活动对一遍，算错的按规定更正。",
        "我看看您名下现在能用哪些优惠，能用的都告诉您。",
        "钱花在哪儿您有权弄清楚，我一项一项跟您算。",
    ),
    "environment": (
        "您说的情况我记下来了，马上转给门店去看。",
        "店里让您待得不舒服，是我们没照顾好。",
        "是哪家店、哪个位置？我让他们现场去查。",
    ),
    "after_sales": (
        "您之前找过谁、怎么答复的，跟我说一遍就好，后面我来跟。",
        "让您来回跑了好几趟，实在不应该。",
        "我先把之前的记录调出来，您不用再从头讲。",
    ),
    "usage": (
        "您手边有东西吗？我陪您一步一步来。",
        "您卡在哪一步？多半是能解决的。",
        "说明书写得不清楚，我用大白话跟您讲一遍。",
    ),
    "": (
        "您慢慢说，我都记着。",
        "我把您说的复述一遍，您听听有没有漏掉的。",
        "您觉得最要紧的是哪一件，咱们先办那一件。",
    ),
}
_QUESTIONS = (
    "您最希望我们怎么处理？",
    "我这么办，您看可以吗？",
    "还有哪儿让您不放心的，一并告诉我。",
)
_SAME = 6
"""Letters in a row that two sentences share: a customer hears them as the same words."""
_PUNCTUATION = "，。！？、；：,.!?;:…—~～“”‘’\"'()（）《》「」 \t\r\n"
_BARE = str.maketrans("", "", _PUNCTUATION)
_GIVEN_TO = {"price": ("angry", "disappointed", "anxious", "doubtful", "")}
_GIVEN_FOR = ("quality", "logistics", "service", "after_sales", "environment")


def soothing(moods: Sequence[tuple[str, str]], said: Collection[str], *, again: int = 0) -> tuple[str, ...]:
    """Two or three sentences for the last of ``moods``, fewer where nothing unsaid is left.

    :param moods: (emotion, category) of the call so far, in order; what was proposed for an earlier one counts as said
    :param said: everything that we said in this call
    :param again: how often other sentences were asked for
    """
    spoken = [text.translate(_BARE) for text in said]
    proposed: tuple[str, ...] = ()
    for number, (emotion, category) in enumerate(moods):
        wanted = 1 + again if number == len(moods) - 1 else 1
        for _ in range(wanted):
            proposed = tuple(_unsaid(emotion, category, spoken))
            spoken += [sentence.translate(_BARE) for sentence in proposed]
    return proposed if moods and moods[-1][0] in _FEELINGS else ()


def may_offer(emotion: str, category: str) -> bool:
    """A coupon may help: with what is too dear, and with a harm of ours that has angered or disappointed.  To
    somebody who does not know how to use a thing it is an insult."""
    if category in _GIVEN_TO:
        return emotion in _GIVEN_TO[category]
    return category in _GIVEN_FOR and emotion in ("angry", "disappointed")


def _unsaid(emotion: str, category: str, spoken: Sequence[str]) -> Iterable[str]:
    for variants in (_FEELINGS.get(emotion, ()), _MATTERS.get(category, _MATTERS[""]), _QUESTIONS):
        fresh = next((text for text in variants if not _was_said(text.translate(_BARE), spoken)), None)
        if fresh is not None and emotion in _FEELINGS:
            yield fresh


def _was_said(sentence: str, spoken: Sequence[str]) -> bool:
    runs = {sentence[at : at + _SAME] for at in range(max(1, len(sentence) - _SAME + 1))}
    return any(run in text for text in spoken for run in runs)
