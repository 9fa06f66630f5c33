"""What is wrong with the ways of a script: a question that gives up, an answer that cannot be given, a circle."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from huifang.errors import N_
from huifang.logic.condition import tests_of
from huifang.logic.script_check import targets
from huifang.logic.script_document import Ask, Fetch, Script
from huifang.logic.script_finding import Finding, Place, finding, whens
from huifang.logic.script_samples import renderings

MOST_OPTIONS = 5


def faults_of_ways(script: Script, tunes: Collection[str] | None) -> Iterator[Finding]:
    """Where a conversation would go wrong, or offer what it may not."""
    yield from _questions(script)
    yield from _ways(script)
    yield from _circles(script)
    yield from _promises(script)
    yield from _tunes(script, tunes)


# ---- questions


def _questions(script: Script) -> Iterator[Finding]:
    for step in script.steps.values():
        if not isinstance(step, Ask):
            continue
        here = Place("step", step.id)
        if len([c for c in step.item.choices if c.key]) > MOST_OPTIONS:
            yield finding(
                here, "many_options", N_("offers more than %(most)d choices: put the rare ones together"),
                most=MOST_OPTIONS,
            )  # fmt: skip
        for fallback, rule, template in (
            (step.no_input, "no_input", N_("gives up at the first silence: give “no_input” a prompt")),
            (step.no_match, "no_match", N_("gives up at the first words it does not understand: give “no_match” a prompt")),
        ):  # fmt: skip
            gives_up = step.item.type == "scale" or fallback.words is not None
            if not fallback.prompts and gives_up:
                yield finding(here, rule, template)
        for language in script.languages:
            asked = set(renderings(step.text, language))
            if any(asked & set(renderings(prompt, language)) for prompt in step.no_match.prompts):
                yield finding(
                    here, "same_again",
                    N_("repeats the same words to somebody who did not understand them: say it more simply, and name the keys"),
                )  # fmt: skip
            for words in asked:
                if len(re.findall(r"[？?]", words)) > 1:
                    yield finding(
                        here, "two_questions", N_("asks more than one thing at a time: leave one question")
                    )
                    break


# ---- ways


def _ways(script: Script) -> Iterator[Finding]:
    """A test for an answer that cannot be given is never true."""
    asks = {step.item.id: step for step in script.steps.values() if isinstance(step, Ask)}
    for place, when in whens(script):
        for test in tests_of(when.tree):
            kind, _, item = test.field.partition(".")
            ask = asks.get(item)
            if ask is None or kind not in ("answer", "score") or test.op not in ("eq", "in"):
                continue
            possible = _codes(ask) if kind == "answer" else {c.score for c in ask.item.choices}
            wanted = test.value if isinstance(test.value, tuple) else (test.value,)
            for value in wanted:
                if possible and value not in possible:
                    yield finding(
                        place, "dead_way",
                        N_("waits for “%(value)s” in answer to “%(item)s”, which is none of its answers"),
                        value=value, item=item,
                    )  # fmt: skip


def _codes(ask: Ask) -> set[str] | None:
    """The answers that can be recorded; None where they are not to be counted."""
    if ask.item.collects_digits or ask.item.type == "multi":
        return None
    codes = {c.code for c in ask.item.choices}
    if ask.answers:
        codes.add("none")
    if ask.item.type == "text":
        codes.add("free")
    return codes


def _circles(script: Script) -> Iterator[Finding]:
    """Who gives the same answer again and again must come to an end."""
    done: set[str] = set()

    def circle(step_id: str, path: tuple[str, ...]) -> str | None:
        if step_id in path:
            return step_id
        if step_id in done:
            return None
        for go in targets(script.steps[step_id]):
            if found := circle(go, (*path, step_id)):
                return found
        done.add(step_id)
        return None

    for step_id in script.steps:
        if found := circle(step_id, ()):
            yield finding(
                Place("step", found), "circle",
                N_("comes back to itself for as long as the customer answers the same: lead on to the end"),
            )  # fmt: skip
            return


# ---- promises, persons, tunes


def _promises(script: Script) -> Iterator[Finding]:
    for step in script.steps.values():
        here = Place("step", step.id)
        if isinstance(step, Ask) and step.offer is not None and script.purpose == "service":
            yield finding(
                here, "offer_in_service",
                N_("offers something in a service call, which is advertising: make the purpose care or marketing"),
            )  # fmt: skip
        if isinstance(step, Fetch) and any(isinstance(script.steps[w.go], Fetch) for w in step.ways):
            yield finding(
                here, "fetch_twice", N_("fetches a person again where nobody came: lead on to something else")
            )


def _tunes(script: Script, tunes: Collection[str] | None) -> Iterator[Finding]:
    if tunes is None:
        return
    used = [(Place("ending", e.id), e.tune) for e in script.endings]
    for place, tune in [(Place("reply", "transfer"), script.waiting_tune), *used]:
        if tune not in tunes:
            yield finding(
                place, "tune", N_("plays “%(tune)s”, which is no tune here; there are %(tunes)s"),
                tune=tune, tunes=", ".join(sorted(tunes)),
            )  # fmt: skip
