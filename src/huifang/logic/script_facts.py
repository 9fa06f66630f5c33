"""What is known in a conversation, by name: what the slots and conditions of a script may use."""

from __future__ import annotations

from collections.abc import Mapping

from huifang.errors import N_

FACTS: Mapping[str, str] = {
    "customer.name": N_("the customer's name"),
    "customer.salutation": N_("how the customer is spoken to"),
    "customer.lifecycle": N_("the customer's stage"),
    "customer.is_vip": N_("the customer is a valued regular"),
    "customer.is_elderly": N_("the customer is 60 or older"),
    "customer.is_birthday": N_("the customer's birthday is within three days"),
    "call.festival": N_("the festival that is near"),
    "customer.is_price_sensitive": N_("the customer buys often and little at a time"),
    "store.name": N_("the store's name"),
    "order.product": N_("what was bought"),
    "call.speech": N_("speech is recognised"),
    "call.recorded": N_("the call is recorded"),
    "call.messages": N_("text messages can be sent"),
    "call.message_left": N_("a message was left on the voicemail before"),
    "call.questions": N_("how many questions the customer has asked"),
    "call.transferred": N_("a person was fetched before"),
    "ending.announced": N_("the music is announced"),
    "callback.number": N_("the number to call back"),
    "callback.when": N_("when we call again"),
    "answer.label": N_("the answer in words"),
    "article.title": N_("the title of what was found in the knowledge base"),
    "options": N_("the choices with their keys"),
    "heard.intent": N_("what was meant last"),
    "heard.emotion": N_("the feeling heard last"),
    "heard.voice": N_("how the voice differed from before"),
    "heard.polarity": N_("how good or bad the last words were"),
    "heard.category": N_("what the last words were about"),
}
"""Fact → what it is.  A plan may give more facts about the order (``order.…``)."""

PREFIXES = ("answer.", "score.", "number.", "offer.", "order.", "tune.", "ending.")
"""Facts whose names a script, a plan or a promotion makes: ``answer.<item>``, ``offer.<promotion>.available`` …"""


def is_known(name: str) -> bool:
    """Somebody provides the fact ``name``."""
    return name in FACTS or name.startswith(PREFIXES)
