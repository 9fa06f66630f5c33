"""What must be true of a whole script before anyone is called with it."""

from __future__ import annotations

from collections.abc import Iterator

from huifang.errors import N_, Clause
from huifang.logic.condition import fields_of
from huifang.logic.disclosure import denies_machine, names_machine
from huifang.logic.script_document import CALL_SLOTS, ENGINE_SLOTS, Ask, End, Say, Script, Step, Way
from huifang.logic.script_finding import Place, places, whens
from huifang.logic.script_reading import Where, ending_of, key_of, step_of
from huifang.logic.script_text import Text, When

_LONGEST_CODE = 60
_UNSURE = Place("reply", "unsure")


def check(script: Script) -> Iterator[Clause]:
    """The faults of ``script``, each as a clause that names the step and the mend."""
    yield from _ways(script)
    yield from _reachability(script)
    yield from _disclosure(script)
    yield from _message(script.voicemail, "voicemail", script)
    yield from _message(script.assistant, "assistant", script)
    yield from _asks(script)
    yield from _probes(script)
    yield from _progress(script)
    yield from _endings(script)
    yield from _slots(script)
    yield from _conditions(script)


def targets(step: Step) -> Iterator[str]:
    """Every step that may follow ``step``."""
    if not isinstance(step, End):
        yield from (way.go for way in step.ways)
    if isinstance(step, Ask):
        yield from (f.go for f in (step.no_input, step.no_match) if f.go)


def conditions_of(script: Script) -> Iterator[When]:
    """Every condition of ``script``."""
    yield from (when for _place, when in whens(script))


def _ways(script: Script) -> Iterator[Clause]:
    if script.start not in script.steps:
        yield Clause(
            N_("it starts at the step “%(go)s”, which does not exist: name the first step in “start”"),
            go=script.start,
        )
    after = script.after_transfer
    if after is not None and after.go not in script.steps:
        yield _nowhere(key_of("after_transfer"), after.go)
    for step in script.steps.values():
        for go in targets(step):
            if go not in script.steps:
                yield _nowhere(step_of(step.id), go)
        if not isinstance(step, End):
            yield from _last_is_open(step_of(step.id), step.ways)


def _nowhere(where: Where, go: str) -> Clause:
    return Clause(
        N_("%(where)s goes to “%(go)s”, which does not exist: write the id of a step"), where=where, go=go
    )


def _last_is_open(where: Where, ways: tuple[Way, ...]) -> Iterator[Clause]:
    if ways[-1].when is not None:
        yield Clause(
            N_("%(where)s has no way on when none of its conditions holds: end “next” with one without “if”"),
            where=where,
        )
    if any(way.when is None for way in ways[:-1]):
        yield Clause(
            N_("%(where)s has ways behind one that is always taken: put the one without “if” last"),
            where=where,
        )


def _reachability(script: Script) -> Iterator[Clause]:
    if script.start not in script.steps:
        return
    waiting = [script.start]
    if script.after_transfer is not None and script.after_transfer.go in script.steps:
        waiting.append(script.after_transfer.go)
    seen = set(waiting)
    while waiting:
        for go in targets(script.steps[waiting.pop()]):
            if go in script.steps and go not in seen:
                seen.add(go)
                waiting.append(go)
    for step_id in script.steps:
        if step_id not in seen:
            yield Clause(
                N_("%(where)s can never be reached: lead another step to it, or take it out"),
                where=step_of(step_id),
            )


def _disclosure(script: Script) -> Iterator[Clause]:
    """The first words must say that a machine speaks (标识办法; EU AI Act, article 50)."""
    first = script.steps.get(script.start)
    if first is None:
        return
    if not isinstance(first, Say) or not first.disclosure:
        yield Clause(
            N_("%(where)s is said first but is not a say step with “disclosure”: true"),
            where=step_of(script.start),
        )
        return
    yield from _says_machine(script, step_of(first.id), first.text)


def _says_machine(script: Script, where: Where, text: Text) -> Iterator[Clause]:
    for language in script.languages:
        always = "".join(
            "".join(str(f) for f in piece.fragments[language]) for piece in text.pieces if piece.when is None
        )
        each = ("".join(str(f) for f in piece.fragments[language]) for piece in text.pieces)
        if not names_machine(always) or any(map(denies_machine, each)):
            yield Clause(
                N_("%(where)s does not always say in %(language)s that a machine speaks (for example 智能语音助手)"),
                where=where, language=language,
            )  # fmt: skip


def _message(text: Text | None, key: str, script: Script) -> Iterator[Clause]:
    """Anybody may listen to a message: it names us and our number, and nothing of the customer."""
    if text is None:
        return
    yield from _says_machine(script, key_of(key), text)
    for slot in sorted(set(text.slots())):
        if slot not in CALL_SLOTS and not slot.startswith("store."):
            yield Clause(
                N_("“%(key)s” uses the slot “%(slot)s”, but somebody else may listen to it; only slots of the store and {callback.number} may stand there"),
                key=key,
                slot=slot,
            )  # fmt: skip
    if "callback.number" not in text.slots():
        yield Clause(
            N_("“%(key)s” does not say {callback.number}, so nobody could call back: put it there"), key=key
        )


def _asks(script: Script) -> Iterator[Clause]:
    items: dict[str, str] = {}
    for step in script.steps.values():
        if not isinstance(step, Ask):
            continue
        here = step_of(step.id)
        if step.item.id in items:
            yield Clause(
                N_("steps “%(one)s” and “%(other)s” both ask the item “%(item)s”: give one another name"),
                one=items[step.item.id], other=step.id, item=step.item.id,
            )  # fmt: skip
        items[step.item.id] = step.id
        keys = [c.key for c in step.item.choices if c.key]
        codes = [c.code for c in step.item.choices]
        for key in sorted({k for k in keys if keys.count(k) > 1}):
            yield Clause(
                N_("%(where)s gives the key %(key)s to two choices: give one of them another"),
                where=here,
                key=key,
            )
        for code in sorted({c for c in codes if codes.count(c) > 1}):
            yield Clause(
                N_("%(where)s has two choices with the code “%(code)s”: give one of them another"),
                where=here, code=code,
            )  # fmt: skip
        if step.item.type == "multi" and len(",".join(codes)) > _LONGEST_CODE:
            yield Clause(
                N_("%(where)s has choices whose codes together are longer than %(most)d characters: shorten them"),
                where=here, most=_LONGEST_CODE,
            )  # fmt: skip
        for code in codes:
            if "," in code:
                yield Clause(
                    N_("%(where)s has a choice whose code “%(code)s” holds a comma: leave it out"),
                    where=here, code=code,
                )  # fmt: skip
        if step.item.type in ("single", "multi") and len(keys) < len(codes):
            yield Clause(N_("%(where)s is answered by keys too, so every choice needs a key"), where=here)
        if step.item.type == "scale":
            scores = [c.score for c in step.item.choices]
            if any(s is None for s in scores) or len(set(scores)) < len(scores):
                yield Clause(N_("%(where)s is a scale, so every choice needs a score of its own"), where=here)
            if len(keys) < len(codes):
                yield Clause(N_("%(where)s is a scale, so every choice needs a key"), where=here)


def _probes(script: Script) -> Iterator[Clause]:
    """A probe looks into an answer that was given before it."""
    items = {s.item.id for s in script.steps.values() if isinstance(s, Ask)}
    for step in script.steps.values():
        if isinstance(step, Ask) and step.probes:
            if step.probes not in items or step.probes == step.item.id:
                yield Clause(
                    N_("%(where)s probes the item “%(item)s”, which no other step asks: name one that does"),
                    where=step_of(step.id), item=step.probes,
                )  # fmt: skip
            if step.item.type not in ("single", "text") or not step.item.choices:
                yield Clause(
                    N_("%(where)s is a probe, so its item must be “single” or “text” with choices"),
                    where=step_of(step.id),
                )


def _progress(script: Script) -> Iterator[Clause]:
    """Silence must lead to an end: no circle of steps without an answer of the customer in it."""
    done: set[str] = set()

    def edges(step: Step) -> list[str]:
        if isinstance(step, Ask):
            return [f.go for f in (step.no_input, step.no_match) if f.go]
        return [] if isinstance(step, End) else [way.go for way in step.ways]

    def circle(step_id: str, path: tuple[str, ...]) -> str | None:
        if step_id in path:
            return step_id
        if step_id in done or step_id not in script.steps:
            return None
        for go in edges(script.steps[step_id]):
            found = circle(go, (*path, step_id))
            if found:
                return found
        done.add(step_id)
        return None

    for step_id in script.steps:
        found = circle(step_id, ())
        if found:
            yield Clause(
                N_("%(where)s comes back to itself without an answer of the customer: lead silence on to the end"),
                where=step_of(found),
            )  # fmt: skip
            return


def _endings(script: Script) -> Iterator[Clause]:
    if not any(isinstance(s, End) for s in script.steps.values()):
        yield Clause(N_("it has no step of the kind “end”: add one, and lead to it"))
    ids = [e.id for e in script.endings]
    for ending_id in sorted({i for i in ids if ids.count(i) > 1}):
        yield Clause(N_("two endings are called “%(id)s”; give one another name"), id=ending_id)
    if script.endings[-1].when is not None:
        yield Clause(
            N_(
                "its last ending has a condition, so some conversations would have no ending: take the “if” away"
            )
        )
    for ending in script.endings[:-1]:
        if ending.when is None:
            yield Clause(
                N_("%(where)s is always taken, so the ones behind it never are: put it last"),
                where=ending_of(ending.id),
            )


def _slots(script: Script) -> Iterator[Clause]:
    for language in script.languages:
        for place, text in places(script):
            for slot in text.slots():
                if slot not in (*ENGINE_SLOTS, *CALL_SLOTS) and slot not in script.defaults[language]:
                    yield Clause(
                        N_("%(where)s uses the slot “%(slot)s”, which has no default in “slots”: write one there"),
                        where=place.in_words(), slot=slot,
                    )  # fmt: skip
    shuffled = [text for step in script.steps.values() for text in _shuffled_texts(step)]
    for place, text in places(script):
        if place == _UNSURE:
            continue  # the choices of the question at hand
        if "options" in text.slots() and not any(text is known for known in shuffled):
            yield Clause(
                N_("%(where)s uses the slot “options”, but asks nothing: take it out"), where=place.in_words()
            )


def _shuffled_texts(step: Step) -> list[Text]:
    if not isinstance(step, Ask) or not step.item.shuffle:
        return []
    return [step.text, *step.no_input.prompts, *step.no_match.prompts]


def _conditions(script: Script) -> Iterator[Clause]:
    """A condition on an answer that is never asked would be false for ever."""
    items = {s.item.id for s in script.steps.values() if isinstance(s, Ask)}
    for place, when in whens(script):
        for name in sorted(fields_of(when.tree)):
            kind, _, rest = name.partition(".")
            item = rest.partition(".")[0]
            if kind in ("answer", "score", "number") and item not in items:
                yield Clause(
                    N_("%(where)s asks about “%(name)s”, but no step asks the item “%(item)s”: ask it, or take the condition out"),
                    where=place.in_words(), name=name, item=item,
                )  # fmt: skip
