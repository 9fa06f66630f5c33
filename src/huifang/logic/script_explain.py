"""A script told step by step in plain words: what is said, what is asked, and what follows when."""

from __future__ import annotations

from collections.abc import Iterator

from huifang.errors import N_
from huifang.logic.script_document import (
    Ask,
    Branch,
    End,
    Ending,
    Fallback,
    Fetch,
    Pace,
    Pledge,
    Say,
    Script,
    Way,
)
from huifang.logic.script_items import Item
from huifang.logic.script_rules import Rules, Translate
from huifang.logic.script_text import Text

_PURPOSES = {"service": N_("service"), "care": N_("care"), "marketing": N_("marketing")}
_ITEMS = {
    "scale": N_("a rating"), "single": N_("one of several"), "multi": N_("several at a time"),
    "yes_no": N_("yes or no"), "nps": N_("a number from 0 to 10"), "number": N_("a number from %(low)d to %(high)d"),
    "date": N_("a day"), "text": N_("free words"), "phone": N_("a telephone number, which is read back and kept encrypted"),
    "info": N_("nothing but a sign that it was heard"),
}  # fmt: skip
_DUTIES = {
    "transfer": N_("a person is fetched"),
    "ticket": N_("a ticket is opened"),
    "callback": N_("a call by a person is promised"),
}
_PROMISES = {"exchange": N_("an exchange"), "information": N_("information")}


def explain(script: Script, language: str, translate: Translate) -> Iterator[str]:
    """The lines of the explanation; what belongs to a step is indented.

    ``language``: which of the script's languages is quoted; ``translate``: a gettext function for the rest.
    """
    yield from _Explanation(Rules(script, language, translate)).lines()


class _Explanation:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.script = rules.script
        self.gettext = rules.gettext
        self._numbers = {step_id: n for n, step_id in enumerate(self.script.steps, 1)}

    def lines(self) -> Iterator[str]:
        script = self.script
        yield self.gettext("Script “%(name)s” (%(id)s), version %(version)d, purpose: %(purpose)s") % {
            "name": script.name, "id": script.id, "version": script.version,
            "purpose": self.gettext(_PURPOSES[script.purpose]),
        }  # fmt: skip
        for step in script.steps.values():
            yield f"{self._numbers[step.id]}. {step.id}"
            for line in self._step(step):
                yield f"   {line}"
        yield self.gettext("Endings: the first that fits is taken")
        for ending in script.endings:
            yield f"- {ending.id}"
            for line in self._ending(ending):
                yield f"   {line}"
        if script.after_transfer is not None:
            yield self.gettext("When a person has talked to the customer")
            yield f"   {self._goes(script.after_transfer.go)}"
            yield from (f"   {line}" for line in self._says(script.after_transfer.words))
        if script.pace is not None:
            yield self._pace(script.pace)
        if script.voicemail is not None:
            yield self.gettext("To a voicemail, after the beep")
            yield from (f"   {line}" for line in self._says(script.voicemail))
        if script.assistant is not None:
            yield self.gettext("To a phone's assistant that answers for its owner")
            yield from (f"   {line}" for line in self._says(script.assistant))
        yield self.gettext("At any time")
        for key, template in _ANY_TIME:
            yield f"- {self.gettext(template)}"
            yield from (f"   {line}" for line in self._says(script.replies[key]))

    def _pace(self, pace: Pace) -> str:
        words = self.gettext(
            "speaks at %(speed)s%% of the usual speed and waits %(patience)s%% of the usual time"
        ) % {"speed": round(100 * pace.speed), "patience": round(100 * pace.patience)}
        if pace.when is None:
            return words
        condition = self.rules.condition(pace.when.tree)
        return self.gettext("if %(condition)s, %(then)s") % {"condition": condition, "then": words}

    # ---- steps

    def _step(self, step: Say | Ask | Branch | Pledge | Fetch | End) -> Iterator[str]:
        if isinstance(step, End):
            yield self.gettext("ends: the ending is chosen")
            return
        if isinstance(step, Ask):
            yield from self._ask(step)
            return
        if not isinstance(step, Branch):
            yield from self._says(step.text)
        if isinstance(step, Say) and step.disclosure:
            yield self.gettext("This cannot be interrupted: it says that a machine speaks.")
        if isinstance(step, Pledge):
            yield self.gettext("promises %(what)s within %(minutes)d minutes") % {
                "what": self.gettext(_PROMISES[step.promise]), "minutes": step.due_minutes,
            }  # fmt: skip
        if isinstance(step, Fetch):
            yield self.gettext("fetches a person; where nobody comes, a call is promised, then:")
        yield from self._ways(step.ways)

    def _ask(self, ask: Ask) -> Iterator[str]:
        if ask.offer is not None:
            yield self.gettext("only while “%(promotion)s” can still be promised") % {
                "promotion": ask.offer.promotion
            }
        if ask.probes:
            yield self.gettext("only where the answer to “%(item)s” did not say it already") % {
                "item": ask.probes
            }
        yield from self._says(ask.text, self.gettext("asks"))
        kind = self.gettext(_ITEMS[ask.item.type])
        yield self.gettext("wants: %(kind)s") % {
            "kind": kind % {"low": ask.item.low, "high": ask.item.high} if ask.item.type == "number" else kind
        }
        yield from self._limits(ask.item)
        for choice in ask.item.choices:
            key = self.gettext("key %(key)s") % {"key": choice.key} if choice.key else ""
            score = (
                self.gettext("score %(score)d") % {"score": choice.score} if choice.score is not None else ""
            )
            more = self.gettext(", ").join(part for part in (key, score) if part)
            label = choice.label[self.rules.language]
            yield "   " + (
                self.gettext("%(label)s (%(more)s)") % {"label": label, "more": more} if more else label
            )
        if ask.item.shuffle:
            yield self.gettext("the order of the choices differs from call to call")
        if ask.answers:
            yield self.gettext(
                "answers the customer's own questions from the knowledge base until there are no more"
            )
        if ask.offer is not None:
            yield self.gettext("on yes, the coupon is promised:")
            yield from self._says(ask.offer.words)
        yield from self._fallback(ask.no_input, self.gettext("hears nothing"))
        yield from self._fallback(ask.no_match, self.gettext("does not understand"))
        yield from self._ways(ask.ways)

    def _limits(self, item: Item) -> Iterator[str]:
        """What else an answer must be like."""
        limits = item.validate
        if limits is None:
            return
        is_day = item.type == "date"
        for template, value in (
            (N_("not before %(value)s days from today") if is_day else N_("at least %(value)s"), limits.low),
            (N_("not after %(value)s days from today") if is_day else N_("at most %(value)s"), limits.high),
            (N_("like the pattern %(value)s"), limits.pattern or None),
            (N_("at least %(value)s characters"), limits.shortest),
            (N_("at most %(value)s characters"), limits.longest),
        ):
            if value is not None:
                yield "   " + self.gettext(template) % {"value": value}
        yield from (f"   {line}" for line in self._says(limits.words, self.gettext("else says")))

    def _fallback(self, fallback: Fallback, what: str) -> Iterator[str]:
        slots = {"what": what, "times": len(fallback.prompts)}
        if fallback.words is None:
            yield self.gettext("%(what)s: asks again %(times)d times, then goes on to %(go)s") % {
                **slots, "go": self._name(fallback.go),
            }  # fmt: skip
            return
        yield self.gettext("%(what)s: asks again %(times)d times, then takes leave") % slots
        yield from (f"   {line}" for line in self._says(fallback.words))
        if fallback.rescue:
            yield f"   {self.gettext(_DUTIES[fallback.rescue])}"

    def _ending(self, ending: Ending) -> Iterator[str]:
        if ending.when is not None:
            yield self.gettext("if %(condition)s") % {"condition": self.rules.condition(ending.when.tree)}
        yield from self._says(ending.words)
        yield self.gettext("plays %(tune)s for %(seconds)d seconds") % {
            "tune": ending.tune,
            "seconds": ending.seconds,
        }
        yield from (self.gettext(_DUTIES[duty]) for duty in ending.do)

    # ---- parts

    def _says(self, text: Text, verb: str = "") -> Iterator[str]:
        verb = verb or self.gettext("says")
        for piece in text.pieces:
            words = self.gettext("%(verb)s: “%(words)s”") % {"verb": verb, "words": self.rules.piece(piece)}
            if piece.when is None:
                yield words
            else:
                condition = self.rules.condition(piece.when.tree)
                yield self.gettext("if %(condition)s, %(then)s") % {"condition": condition, "then": words}

    def _ways(self, ways: tuple[Way, ...]) -> Iterator[str]:
        for way in ways:
            if way.when is not None:
                condition = self.rules.condition(way.when.tree)
                yield self.gettext("if %(condition)s, %(then)s") % {
                    "condition": condition,
                    "then": self._goes(way.go),
                }
            elif len(ways) > 1:
                yield self.gettext("otherwise %(then)s") % {"then": self._goes(way.go)}
            else:
                yield self._goes(way.go)

    def _goes(self, step_id: str) -> str:
        return self.gettext("goes on to %(go)s") % {"go": self._name(step_id)}

    def _name(self, step_id: str) -> str:
        return f"{self._numbers[step_id]} {step_id}"


_ANY_TIME = (
    ("refused", N_("wants no more calls: recorded at once")),
    ("mistaken", N_("says what may mean that we have the wrong person: whether we do")),
    ("refusing", N_("says what may mean that no more calls are wanted: whether it does")),
    ("robot", N_("asks whether this is a machine, or who calls")),
    ("number_source", N_("wants to know where we have their number")),
    ("transfer", N_("wants a person, or presses 0")),
    ("callback", N_("is busy, or names a better time")),
    ("wrong_number", N_("says that it is a wrong number: it is not dialled any more")),
    ("moved", N_("says that the number has another owner now: it is not dialled any more")),
    ("deceased", N_("says that the customer has died: nobody of us ever calls again")),
    ("third_party", N_("answers instead of the customer: is asked when they can be reached")),
    ("private", N_("answers instead of the customer, and wants to know why we call")),
    ("reach_later", N_("says when the customer can be reached, or does not know")),
    ("unsure", N_("does not know, or finds it hard to say: the choices are offered")),
    ("passed_on", N_("wants something passed on: a colleague is told")),
    ("erasure", N_("asks to have their data erased: a colleague sees to it")),
    ("unrecorded", N_("does not want to be recorded: the recording stops and is deleted")),
    ("declined", N_("does not want to go on")),
    ("meant", N_("asks something that is found, but not for certain: whether it was meant")),
    ("noted", N_("asks what nobody can answer now: a colleague's answer is promised")),
    ("message", N_("cannot be understood, where text messages can be sent: the question goes out as a link")),
    ("undone", N_("takes an answer back, or presses #")),
)
