"""The script document: what a conversation says, asks and does, as data.

``script_from_json`` turns the versioned JSON of a script into frozen dataclasses and checks it, so
that a conversation cannot meet a fault of its script: every path ends, every ask knows what to do
with silence and with words that it does not understand, and the first words disclose the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huifang.errors import N_, HuifangError
from huifang.logic.script_items import Item
from huifang.logic.script_text import Text, When

SCHEMAS = (1, 2)
"""2 has all kinds of steps and items; 1 has say, ask (scale, text), branch and end."""
PURPOSES = ("service", "care", "marketing")
DUTIES = ("transfer", "ticket", "callback")
PROMISES = ("exchange", "information")
"""What a promise step may promise.  A coupon takes an offer, a callback and an answer come by themselves."""
RESCUES = ("", "callback", "transfer")
REPLIES = (
    "robot",  # the truthful answer to 你是机器人吗
    "refused",  # the apology after 别再打电话
    "callback",  # the customer is busy or names a better time; slot {callback.when}
    "wrong_number",
    "declined",  # the customer does not want to go on, or says goodbye early
    "transfer",  # the customer asked for a person
    "transfer_failed",  # nobody could take over; slot {callback.when}
    "confirm",  # slot {answer.label}
    "undone",  # the last answer is taken back
)
OWN_REPLIES: Mapping[str, Mapping[str, str]] = {
    "noted": {
        "zh": "这个问题我先帮您记下来，请同事查清楚以后回复您。",
        "en": "I have noted your question; a colleague will find out and get back to you.",
    },
    "meant": {
        "zh": "您是想问{article.title}，对吗？对请按1，不对请按2。",
        "en": "Do you mean “{article.title}”? Press 1 for yes, 2 for no.",
    },
    "refusing": {
        "zh": "不好意思打扰您了。您是希望我们以后都不再给您打电话，对吗？对请按1，不对请按2。",
        "en": "I am sorry to trouble you. Do you want us never to call you again? Press 1 for yes, 2 for no.",
    },
    "mistaken": {
        "zh": "不好意思，您是说我们打错了，您不是我们要找的人，对吗？对请按1，不对请按2。",
        "en": "I am sorry: do you mean that we have the wrong person? Press 1 for yes, 2 for no.",
    },
    "more": {
        "zh": "好的，还有别的吗？没有了的话，请直接说没有了，或者按井号键。",
        "en": "Anything else? If not, say no, or press hash.",
    },
    "message": {
        "zh": "这个问题，我稍后发短信给您，请点链接回答。",
        "en": "I will send you this question in a text message; please tap the link to answer it.",
    },
    "recheck": {
        "zh": "我跟您核对一下，您刚才的评价是{answer.label}，对吗？对请按1，想改请按2。",
        "en": "Let me check: your rating was {answer.label}, is that right? Press 1 for yes, 2 to change it.",
    },
    "unsure": {
        "zh": "没关系，您凭感觉选一个就好。{options}。",
        "en": "That is all right, just choose what feels closest. {options}.",
    },
    "number_source": {
        "zh": "您的号码是您在我们这里咨询、登记或者下单时留下的，我们只用它跟您本人联系。要是不想再接到这样的电话，您现在跟我说一声就行。",
        "en": "You left your number with us with a question, as a member or with an order; we use it to reach you, and for nothing else. If you want no more calls, just tell me now.",
    },
    "unrecorded": {
        "zh": "好的，这通电话不录音了，前面录下的也已经删掉。",
        "en": "All right, this call is not recorded any more, and what was recorded has been deleted.",
    },
    "not_recorded": {
        "zh": "您放心，这通电话没有录音。",
        "en": "Do not worry, this call is not recorded.",
    },
    "erasure": {
        "zh": "可以的，删除您资料的要求我记下来了，会有同事为您处理并回复您。",
        "en": "Yes. I have noted that you want your data erased; a colleague will see to it and get back to you.",
    },
    "passed_on": {
        "zh": "好的，您的话我记下来了，会转给同事。",
        "en": "I have written that down and will pass it on to a colleague.",
    },
    "third_party": {
        "zh": "不好意思，打扰您了。请问什么时候打过来，本人方便接电话呢？",
        "en": "I am sorry to trouble you. When would be a good time to reach them?",
    },
    "private": {
        "zh": "抱歉，具体的事情我只能跟本人说，请您谅解。您看什么时候打过来合适呢？",
        "en": "I am sorry, I can only talk about it with them in person. When would be a good time to call?",
    },
    "reach_later": {
        "zh": "好的，谢谢您，那我们{callback.when}再打过来，再见。",
        "en": "Thank you. We shall call again {callback.when}. Goodbye.",
    },
    "moved": {
        "zh": "原来这个号码已经换人用了，实在抱歉打扰您。我这就把它从我们的名单里去掉，以后不会再打过来了。再见。",
        "en": "So this number has a new owner. I am sorry to have troubled you; we shall take it off our list and not call again. Goodbye.",
    },
    "deceased": {
        "zh": "非常抱歉，我们不知道这件事，这个时候还来打扰您。请您节哀，多保重身体。我们不会再打这个电话了。",
        "en": "I am so sorry for your loss, and for troubling you. We shall not call again. Please take care.",
    },
}
"""Replies that a script may leave to us: a question that must be passed on; what may be a refusal; after each choice of several; a question
that goes out as a link; a rating that does not fit what was said; somebody who does not know; whoever wants to
know where we have their number; something to be told to our people; and what is said to
whoever answers instead of the customer."""
STRANGER_REPLIES = ("third_party", "private", "reach_later", "wrong_number", "moved", "deceased")
"""What somebody else hears: nothing of the customer may stand in these."""
EMPATHY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "angry": {
        "zh": ("真的很抱歉，换成是我也会着急。", "您说得对，这件事是我们没做好。"),
        "en": ("I am truly sorry that this made you angry.", "You are right, we did not do this well."),
    },
    "disappointed": {
        "zh": ("听您这么说，我很抱歉。", "我理解您的感受，换了谁都会不好受。"),
        "en": (
            "I am sorry that we let you down.",
            "That should not have happened; I understand how you feel.",
        ),
    },
    "anxious": {
        "zh": ("我明白您着急，这件事我会如实记下来。", "您的担心我理解，我们会认真对待。"),
        "en": ("I understand that this is urgent for you.", "I understand your worry; we take it seriously."),
    },
    "doubtful": {
        "zh": ("您有顾虑很正常。", "您问得很有道理。"),
        "en": ("It is only natural to have doubts.", "That is a fair point."),
    },
    "pleased": {
        "zh": ("听您这么说真高兴。", "谢谢您的认可。"),
        "en": ("I am very glad to hear that.", "Thank you, that is kind of you."),
    },
}
"""What is said first where a feeling was heard, each at most once in a conversation."""
ENGINE_SLOTS = ("callback.when", "answer.label", "options", "article.title")
CALL_SLOTS = ("callback.number",)
"""What every call knows by itself: the number that it shows, as it is said aloud; none where it shows none."""
ENGINE_KEYS = "0*#"  # a person, repeat, undo: free in every script


class ScriptInvalid(HuifangError):
    template = N_("The script %(script)s cannot be used: %(fault)s.")


@dataclass(frozen=True, slots=True)
class Way:
    """Where to go on if ``when`` holds (None = always)."""

    when: When | None
    go: str


@dataclass(frozen=True, slots=True)
class Fallback:
    """What to do without a usable answer: one prompt per further try, then go on or end with words.

    ``rescue``: after the words a person is fetched (transfer) or promised (callback)."""

    prompts: tuple[Text, ...]
    go: str
    words: Text | None
    rescue: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    id: str
    text: Text
    ways: tuple[Way, ...]
    disclosure: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A coupon of ``promotion``: promised to who says yes, with ``words``; not even asked about where the fact
    ``offer.<promotion>.available`` is not true."""

    promotion: str
    words: Text


@dataclass(frozen=True, slots=True)
class Ask:
    """Asks ``item``.  What else it can be: a probe, which is left out where the words of the item ``probes``
    have answered it already; an ``offer``; or the place for the customer's own questions (``answers``)."""

    id: str
    text: Text
    item: Item
    ways: tuple[Way, ...]
    silence_s: float
    no_input: Fallback
    no_match: Fallback
    probes: str = ""
    offer: Offer | None = None
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Pledge:
    """Promises ``promise`` (exchange | information), due in ``due_minutes``."""

    id: str
    text: Text
    promise: str
    due_minutes: int
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Fetch:
    """Fetches a person; the ways are taken where nobody comes."""

    id: str
    text: Text
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    id: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class End:
    id: str


Step = Say | Ask | Branch | Pledge | Fetch | End


@dataclass(frozen=True, slots=True)
class Ending:
    """How a conversation closes: the first ending that applies is taken."""

    id: str
    when: When | None
    words: Text
    tune: str
    seconds: float
    do: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast we speak, and how long we wait for an answer, where ``when`` holds (None = always).  ``speed``: 1 = as
    usual; ``patience``: times the usual silence."""

    when: When | None
    speed: float
    patience: float


@dataclass(frozen=True, slots=True)
class AfterTransfer:
    """What follows when a person has talked to the customer: the step to ``go`` on with, and the ``words``
    that close the call in place of those of its ending, which promise a person."""

    go: str
    words: Text


@dataclass(frozen=True, slots=True)
class Script:
    """A checked script.  ``confirm_below``: a spoken choice with less confidence is confirmed first."""

    id: str
    version: int
    name: str
    purpose: str
    languages: tuple[str, ...]
    start: str
    steps: Mapping[str, Step]
    endings: tuple[Ending, ...]
    replies: Mapping[str, Text]
    defaults: Mapping[str, Mapping[str, str]]  # language → slot → words
    waiting_tune: str
    callback_after_minutes: int
    confirm_below: float
    after_transfer: AfterTransfer | None  # None: a person has the last word
    empathy: Mapping[str, tuple[Text, ...]]  # by emotion
    voicemail: Text | None  # left after the beep; None: we hang up on voicemails
    pace: Pace | None = None  # None: as usual, for everybody
    assistant: Text | None = None  # told to a phone's assistant; None: words of our own


def script_from_json(data: Mapping[str, Any]) -> Script:
    """The checked script in ``data``.  ``ScriptInvalid`` names the step and the fault."""
    # The reader and the check know the document, not the other way round.
    from huifang.logic.script_check import check
    from huifang.logic.script_reader import Reader
    from huifang.logic.script_reading import Fault

    name = str(data.get("id") or "?") if isinstance(data, Mapping) else "?"
    try:
        script = Reader(data).script()
    except Fault as fault:
        raise ScriptInvalid(script=name, fault=fault.clause) from None
    for found in check(script):
        raise ScriptInvalid(script=name, fault=found)
    return script
