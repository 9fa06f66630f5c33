"""Reads the JSON of a script into its document; a fault names the place it was found in and the mend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huifang.errors import N_, Clause
from huifang.logic.script_document import (
    DUTIES,
    EMPATHY,
    OWN_REPLIES,
    PROMISES,
    PURPOSES,
    REPLIES,
    RESCUES,
    SCHEMAS,
    AfterTransfer,
    Ask,
    Branch,
    End,
    Ending,
    Fallback,
    Fetch,
    Offer,
    Pace,
    Pledge,
    Say,
    Script,
    Step,
    Way,
)
from huifang.logic.script_item_reader import item_from_json
from huifang.logic.script_items import options_in_words
from huifang.logic.script_reading import (
    THE_SCRIPT,
    Fault,
    Where,
    an_object,
    ending_of,
    entries,
    key_of,
    number,
    said,
    step_of,
    string,
    text,
    when,
    whole,
)
from huifang.logic.script_text import Text

KINDS = ("say", "ask", "probe", "offer", "answer", "promise", "transfer", "branch", "end")
_OLD_KINDS = ("say", "ask", "branch")


class Reader:
    """Reads the JSON of one script; a ``Fault`` names the place it was found in."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        if not isinstance(data, Mapping):
            raise Fault(N_("it is not a JSON object"))
        self.data = data
        languages = data.get("languages")
        if not isinstance(languages, list) or not languages or not all(isinstance(x, str) for x in languages):
            raise Fault(N_('“languages” must be a list such as ["zh-CN"]'))
        self.languages = tuple(languages)

    def script(self) -> Script:
        data = self.data
        if isinstance(data.get("schema"), bool) or data.get("schema") not in SCHEMAS:
            raise Fault(
                N_("its schema is %(schema)r, and this program reads schema %(known)s; write “schema”: %(newest)d"),
                schema=data.get("schema"), known=", ".join(map(str, SCHEMAS)), newest=max(SCHEMAS),
            )  # fmt: skip
        purpose = string(data, "purpose", THE_SCRIPT)
        if purpose not in PURPOSES:
            raise Fault(
                N_("the purpose “%(purpose)s” is not one of %(known)s"),
                purpose=purpose, known=", ".join(PURPOSES),
            )  # fmt: skip
        steps: dict[str, Step] = {}
        for number_, raw in enumerate(entries(data, "steps", THE_SCRIPT), 1):
            step = self._step(raw, Clause(N_("step number %(number)d"), number=number_))
            if step.id in steps:
                raise Fault(N_("two steps are called “%(id)s”; give one another name"), id=step.id)
            steps[step.id] = step
        return Script(
            id=string(data, "id", THE_SCRIPT),
            version=whole(data, "version", THE_SCRIPT, 1, 1_000_000),
            name=string(data, "name", THE_SCRIPT),
            purpose=purpose,
            languages=self.languages,
            start=string(data, "start", THE_SCRIPT),
            steps=steps,
            endings=tuple(
                self._ending(e, Clause(N_("ending number %(number)d"), number=n))
                for n, e in enumerate(entries(data, "endings", THE_SCRIPT), 1)
            ),
            replies=self._replies(),
            defaults=self._defaults(),
            waiting_tune=string(data, "waiting_tune", THE_SCRIPT),
            callback_after_minutes=whole(data, "callback_after_minutes", THE_SCRIPT, 1, 10_080),
            confirm_below=number(data, "confirm_below", THE_SCRIPT, 0.0, 1.0),
            after_transfer=self._after_transfer(),
            empathy=self._empathy(),
            voicemail=self._message("voicemail"),
            pace=self._pace(),
            assistant=self._message("assistant"),
        )

    # ---- what is said at any time

    def _pace(self) -> Pace | None:
        if "pace" not in self.data:
            return None
        where = key_of("pace")
        raw = an_object(self.data["pace"], where)
        speed, patience = number(raw, "speed", where, 0.5, 2.0), number(raw, "patience", where, 0.5, 4.0)
        return Pace(when(raw, where), speed, patience)

    def _message(self, key: str) -> Text | None:
        """What a machine is told that answers for the customer."""
        if key not in self.data:
            return None
        raw = self.data[key]
        if not isinstance(raw, Mapping):
            raise Fault(N_("“%(key)s” must be an object with the “text” of the message"), key=key)
        return self._text(raw, "text", key_of(key))

    def _replies(self) -> dict[str, Text]:
        where = key_of("replies")
        if "replies" not in self.data:
            raise Fault(N_("“replies” is missing: write down what is answered at any time"))
        raw = an_object(self.data["replies"], where)
        for key in sorted(set(raw) - set(REPLIES) - set(OWN_REPLIES)):
            raise Fault(
                N_("the reply “%(key)s” is unknown; known are %(known)s"),
                key=key, known=", ".join((*REPLIES, *OWN_REPLIES)),
            )  # fmt: skip
        own = {key: self._ours(words) for key, words in OWN_REPLIES.items() if key not in raw}
        return {key: self._text({**own, **raw}, key, where) for key in (*REPLIES, *OWN_REPLIES)}

    def _empathy(self) -> dict[str, tuple[Text, ...]]:
        raw = self.data.get("empathy", {})
        if not isinstance(raw, Mapping):
            raise Fault(N_("“empathy” must be an object with a list of texts by emotion"))
        for emotion in sorted(set(raw) - set(EMPATHY)):
            raise Fault(
                N_("“empathy” has the unknown emotion “%(emotion)s”; known are %(known)s"),
                emotion=emotion, known=", ".join(EMPATHY),
            )  # fmt: skip
        found = {}
        for emotion, ours in EMPATHY.items():
            where = Clause(N_("the empathy for “%(emotion)s”"), emotion=emotion)
            many = min(len(texts) for texts in ours.values())
            own = [self._ours({x: texts[n] for x, texts in ours.items()}) for n in range(many)]
            texts = entries({emotion: raw.get(emotion, own)}, emotion, where, may_be_empty=True)
            found[emotion] = tuple(said(t, where, self.languages) for t in texts)
        return found

    def _ours(self, words: Mapping[str, str]) -> dict[str, str]:
        """Our own words in the script's languages."""
        return {x: words["zh" if x.startswith("zh") else "en"] for x in self.languages}

    def _after_transfer(self) -> AfterTransfer | None:
        if "after_transfer" not in self.data:
            return None
        where = key_of("after_transfer")
        raw = an_object(self.data["after_transfer"], where)
        return AfterTransfer(string(raw, "go", where), self._text(raw, "words", where))

    # ---- steps

    def _step(self, raw: Any, place: Where) -> Step:
        raw = an_object(raw, place)
        step_id = string(raw, "id", place)
        where = step_of(step_id)
        kind = string(raw, "kind", where)
        if kind == "end":
            return End(step_id)
        if kind not in KINDS:
            raise Fault(
                N_("%(where)s has the unknown kind “%(kind)s”; known are %(known)s"),
                where=where, kind=kind, known=", ".join(KINDS),
            )  # fmt: skip
        if self.data["schema"] == 1 and kind not in _OLD_KINDS:
            raise Fault(
                N_("%(where)s is of the kind “%(kind)s”, which needs “schema”: 2"), where=where, kind=kind
            )
        ways = tuple(self._way(w, where) for w in entries(raw, "next", where))
        if kind == "branch":
            return Branch(step_id, ways)
        if kind == "say":
            is_first = raw.get("disclosure") is True
            return Say(step_id, self._text(raw, "text", where), ways, disclosure=is_first)
        if kind == "promise":
            return self._pledge(raw, step_id, ways, where)
        if kind == "transfer":
            return Fetch(step_id, self._text(raw, "text", where), ways)
        return self._ask(raw, kind, step_id, ways, where)

    def _pledge(self, raw: Mapping[str, Any], step_id: str, ways: tuple[Way, ...], where: Where) -> Pledge:
        promise = string(raw, "promise", where)
        if promise not in PROMISES:
            raise Fault(
                N_("%(where)s may promise %(known)s only; a coupon takes a step “offer”"),
                where=where, known=", ".join(PROMISES),
            )  # fmt: skip
        due = whole(raw, "due_minutes", where, 1, 43_200)
        return Pledge(step_id, self._text(raw, "text", where), promise, due, ways)

    def _ask(
        self, raw: Mapping[str, Any], kind: str, step_id: str, ways: tuple[Way, ...], where: Where
    ) -> Ask:
        item = item_from_json(raw.get("item"), where, self.languages, self.data["schema"])
        options = None
        if not item.shuffle:  # shuffled ones are put into words when they are asked
            options = {language: options_in_words(item, language) for language in self.languages}
        if kind == "offer" and item.type != "yes_no":
            raise Fault(N_("%(where)s is an offer, so its item must be of the type “yes_no”"), where=where)
        if kind == "answer" and (item.type != "text" or item.choices):
            raise Fault(
                N_("%(where)s takes the customer's questions, so its item must be a “text” without choices"),
                where=where,
            )
        return Ask(
            step_id,
            self._text(raw, "text", where, options),
            item,
            ways,
            silence_s=number(raw, "silence_s", where, 1.0, 60.0),
            no_input=self._fallback(raw, "no_input", where, options),
            no_match=self._fallback(raw, "no_match", where, options),
            probes=string(raw, "probes", where) if kind == "probe" else "",
            offer=Offer(string(raw, "promotion", where), self._text(raw, "accepted", where))
            if kind == "offer"
            else None,
            answers=kind == "answer",
        )

    def _fallback(
        self, raw: Mapping[str, Any], key: str, where: Where, options: Mapping[str, str] | None
    ) -> Fallback:
        data = raw.get(key)
        if not isinstance(data, Mapping):
            raise Fault(N_("%(where)s has no “%(key)s” path: say what follows then"), where=where, key=key)
        here = Clause(N_("%(where)s, “%(key)s”"), where=where, key=key)
        prompts = tuple(
            said(p, here, self.languages, options) for p in entries(data, "prompts", here, may_be_empty=True)
        )
        go = data.get("go", "")
        words = self._text(data, "words", here) if "words" in data else None
        if not isinstance(go, str) or bool(go) == (words is not None):
            raise Fault(
                N_("%(where)s: “%(key)s” needs either “go” (a step) or “words” (said before ending)"),
                where=where, key=key,
            )  # fmt: skip
        rescue = data.get("do", "")
        if rescue not in RESCUES or (rescue and words is None):
            raise Fault(
                N_("%(where)s: the “do” of “%(key)s” may be transfer or callback, beside “words”"),
                where=where, key=key,
            )  # fmt: skip
        return Fallback(prompts, go, words, rescue)

    # ---- endings, slots, ways

    def _ending(self, raw: Any, place: Where) -> Ending:
        raw = an_object(raw, place)
        ending_id = string(raw, "id", place)
        where = ending_of(ending_id)
        do = raw.get("do", [])
        if not isinstance(do, list) or any(d not in DUTIES for d in do):
            raise Fault(N_("%(where)s: “do” may hold %(known)s only"), where=where, known=", ".join(DUTIES))
        return Ending(
            ending_id,
            when(raw, where),
            self._text(raw, "words", where),
            string(raw, "tune", where),
            number(raw, "seconds", where, 1.0, 60.0),
            tuple(do),
        )

    def _defaults(self) -> dict[str, dict[str, str]]:
        raw = an_object(self.data.get("slots", {}), key_of("slots"))
        defaults: dict[str, dict[str, str]] = {language: {} for language in self.languages}
        for slot, words in raw.items():
            for language in self.languages:
                value = words.get(language) if isinstance(words, Mapping) else None
                if not isinstance(value, str):
                    raise Fault(
                        N_("the slot “%(slot)s” has no default in %(language)s: give it one, which may be empty"),
                        slot=slot, language=language,
                    )  # fmt: skip
                defaults[language][slot] = value
        return defaults

    def _way(self, raw: Any, where: Where) -> Way:
        raw = an_object(raw, Clause(N_("%(where)s, an entry of “next”"), where=where))
        return Way(
            when(raw, where), string(raw, "go", Clause(N_("%(where)s, “%(key)s”"), where=where, key="next"))
        )

    def _text(
        self, raw: Mapping[str, Any], key: str, where: Where, options: Mapping[str, str] | None = None
    ) -> Text:
        return text(raw, key, where, self.languages, options)
