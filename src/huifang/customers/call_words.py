"""How calls ended, in words for screens.

They stand here, below the rooms that make calls, because a customer's timeline says them too.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

OUTCOMES = {
    "completed": _("completed"),
    "transferred": _("handed to an agent"),
    "callback": _("callback promised"),
    "refused": _("asked not to be called"),
    "wrong_number": _("wrong person"),
    "no_input": _("did not answer the question"),
    "no_match": _("could not be understood"),
    "declined": _("did not want to answer"),
    "hung_up": _("hung up"),
    "phone_assistant": _("left word with the phone's assistant"),
    "message_left": _("left a message on the voicemail"),
    "reached": _("verified: reached"),
    "not_reached": _("verified: not reached"),
    "not_dialled": _("verified: never dialled"),
}
"""The engine's words for a conversation (logic.dialogue.End), and a person's for a doubtful one."""

CAUSES = {
    "completed": _("ended as planned"),
    "hung_up": _("hung up"),
    "busy": _("busy"),
    "no_answer": _("no answer"),
    "declined": _("declined"),
    "empty_number": _("number not in service"),
    "powered_off": _("phone switched off"),
    "suspended": _("number suspended"),
    "machine": _("voicemail"),
    "network": _("network trouble"),
    "trunk_refused": _("refused by the trunk"),
    "stopped": _("stopped by us"),
}
"""Why the line closed (logic.voice_line.EndCause)."""

RESULTS = {**CAUSES, **OUTCOMES}

RISKS = {
    "threat": _("spoke of authorities, press, police or a lawyer"),
    "angry_again": _("was angry more than once"),
    "furious": _("was furious"),
}
"""Why a customer's mood calls for care (logic.high_risk.Risk)."""

EMOTIONS = {
    "angry": _("angry"),
    "disappointed": _("disappointed"),
    "anxious": _("worried"),
    "doubtful": _("doubtful"),
    "pleased": _("pleased"),
}
"""What customers feel, by their words (logic.understanding.Reading); calm is no word."""

VOICES = {
    "agitated": _("raised voice"),
    "subdued": _("lowered voice"),
}
"""How a voice differs from how it was before (logic.voice_mood.Mood)."""

CATEGORIES = {
    "quality": _("quality"),
    "logistics": _("logistics"),
    "service": _("service attitude"),
    "price": _("price"),
    "environment": _("store environment"),
    "after_sales": _("after-sales"),
    "usage": _("how to use"),
    "other": _("other matters"),
}
"""What an open answer is about (logic.understanding.Reading)."""

TUNES = {
    "bright_piano": _("bright piano"),
    "warm_piano": _("warm piano"),
    "gentle": _("gentle music"),
    "rain": _("rain"),
    "waves": _("waves"),
}
"""The ending tunes (voice.tunes)."""

PROMISES = {
    "callback": _("callback"),
    "coupon": _("coupon"),
    "exchange": _("exchange or return"),
    "information": _("information"),
    "question": _("answer to a question"),
}
"""What may be promised in a call (logic.dialogue.Promise)."""

MESSAGES = {
    "ending": _("after the call"),
    "link": _("questions as a link"),
}
"""What text messages are about (messages.Message.Cause)."""
