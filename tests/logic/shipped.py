"""Every script that comes with the program, for tests of what must be true of all of them."""

from __future__ import annotations

from scripted import FOLDER, document

from huifang.logic.script_document import Ask, script_from_json

DOCUMENTS = {path.stem: document(path.stem) for path in sorted(FOLDER.glob("*.json"))}
SCRIPTS = {name: script_from_json(data) for name, data in DOCUMENTS.items()}
OFFERS: dict[str, object] = {
    f"offer.{step.offer.promotion}.available": True
    for script in SCRIPTS.values()
    for step in script.steps.values()
    if isinstance(step, Ask) and step.offer is not None
}
KINDS: dict[str, tuple[object, ...]] = {
    "customer.salutation": ("李女士",),
    "store.name": ("花颜美妆人民路店",),
    "order.product": ("玫瑰保湿面膜",),
    "customer.lifecycle": ("new", "active", "dormant"),
    "customer.is_vip": (True, False),
    "customer.is_elderly": (True, False),
    "customer.is_price_sensitive": (True, False),
    "customer.is_birthday": (True, False),
    "call.festival": ("端午节",),
    "call.speech": (True, False),
    "call.recorded": (True, False),
    "call.seed": ("a", "b", "c", "d"),
    "ending.announced": (True, False),
    **dict.fromkeys(OFFERS, (True, False)),
}
"""Fact → the values it may have in a call, besides being unknown."""
