"""The conditions and texts of a script in plain words, for people who read no JSON."""

from __future__ import annotations

from collections.abc import Callable

from huifang.errors import N_
from huifang.logic.condition import All, Any, Condition, Known, Not, Scalar, Test
from huifang.logic.script_document import Ask, Script
from huifang.logic.script_facts import FACTS
from huifang.logic.script_text import Piece, Slot

Translate = Callable[[str], str]

_OPS = {
    "eq": N_("%(fact)s is %(value)s"),
    "ne": N_("%(fact)s is not %(value)s"),
    "lt": N_("%(fact)s is below %(value)s"),
    "le": N_("%(fact)s is at most %(value)s"),
    "gt": N_("%(fact)s is above %(value)s"),
    "ge": N_("%(fact)s is at least %(value)s"),
    "in": N_("%(fact)s is one of %(value)s"),
    "contains": N_("%(fact)s contains %(value)s"),
}
_BETWEEN = N_("%(fact)s is from %(low)s to %(high)s")
_VALUES = {
    "prospect": N_("no purchase yet"), "new": N_("new customer"), "active": N_("active"), "at_risk": N_("at risk"),
    "dormant": N_("dormant"), "lost": N_("lost"),
    "angry": N_("angry"), "disappointed": N_("disappointed"), "anxious": N_("anxious"),
    "doubtful": N_("doubtful"), "pleased": N_("pleased"),
}  # fmt: skip


class Rules:
    """Puts the conditions and texts of ``script`` into words of ``language`` with a gettext function."""

    def __init__(self, script: Script, language: str, translate: Translate) -> None:
        self.script = script
        self.language = language
        self.gettext = translate
        self._asks = {step.item.id: step for step in script.steps.values() if isinstance(step, Ask)}

    def condition(self, tree: Condition) -> str:
        """``tree`` as a clause: 「rating 的得分不高于 2」."""
        match tree:
            case All(of):
                return self.gettext(" and ").join(self._part(part) for part in of) or self.gettext("always")
            case Any(of):
                return self.gettext(" or ").join(self._part(part) for part in of) or self.gettext("never")
            case Not(Known(field)):
                return self.gettext("%(fact)s is not known") % {"fact": self.fact(field)}
            case Not(Test(field, "eq", value)) if isinstance(value, bool):
                return self._yes_no(field, not value)
            case Not(part):
                return self.gettext("it is not so that %(condition)s") % {"condition": self._part(part)}
            case Known(field):
                return self.gettext("%(fact)s is known") % {"fact": self.fact(field)}
            case Test(field, "eq", value) if isinstance(value, bool):
                return self._yes_no(field, value)
            case Test(field, "between", value) if isinstance(value, tuple):
                low, high = (self._value(field, one) for one in value)
                return self.gettext(_BETWEEN) % {"fact": self.fact(field), "low": low, "high": high}
            case Test(field, op, value):
                values = value if isinstance(value, tuple) else (value,)
                shown = self.gettext(", ").join(self._value(field, one) for one in values)
                return self.gettext(_OPS[op]) % {"fact": self.fact(field), "value": shown}

    def fact(self, name: str) -> str:
        """What a fact is, in words; a name that only this script knows is explained by what made it."""
        if name in FACTS:
            return self.gettext(FACTS[name])
        kind, _, rest = name.partition(".")
        if kind == "offer":
            promotion = rest.removesuffix(".available")
            return self.gettext("“%(promotion)s” can still be promised") % {"promotion": promotion}
        if kind in ("score", "number"):
            return self.gettext("the score of “%(item)s”") % {"item": rest}
        item, _, more = rest.partition(".")
        if kind == "answer" and more == "category":
            return self.gettext("what the answer to “%(item)s” was about") % {"item": item}
        if kind == "answer" and more:
            return self.gettext("“%(choice)s” among the answers to “%(item)s”") % {
                "choice": self._choice(item, more), "item": item,
            }  # fmt: skip
        return self.gettext("the answer to “%(item)s”") % {"item": item} if kind == "answer" else name

    def piece(self, piece: Piece) -> str:
        """The words of a piece, with what a slot stands for in brackets."""
        words = []
        for fragment in piece.fragments[self.language]:
            parts = (fragment,) if isinstance(fragment, str) else fragment
            words += [f"〔{self.fact(p.name)}〕" if isinstance(p, Slot) else p for p in parts]
        return "".join(words)

    def _part(self, tree: Condition) -> str:
        words = self.condition(tree)
        return self.gettext("(%(clause)s)") % {"clause": words} if isinstance(tree, All | Any) else words

    def _yes_no(self, field: str, is_so: bool) -> str:
        words = self.fact(field)
        return words if is_so else self.gettext("not: %(clause)s") % {"clause": words}

    def _value(self, field: str, value: Scalar) -> str:
        kind, _, item = field.partition(".")
        if kind == "answer" and isinstance(value, str) and item in self._asks:
            return f"“{self._choice(item, value)}”"
        text = str(value)
        return self.gettext(_VALUES[text]) if text in _VALUES else text

    def _choice(self, item: str, code: str) -> str:
        ask = self._asks.get(item)
        choice = ask.item.by_code(code) if ask else None
        return choice.label[self.language] if choice else code
