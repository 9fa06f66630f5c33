"""What is wrong with the words of a script: a notice that is missing, too long for the telephone, unspeakable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from huifang.errors import N_
from huifang.logic.condition import Known, fields_of
from huifang.logic.disclosure import denies_machine
from huifang.logic.script_document import ENGINE_SLOTS, STRANGER_REPLIES, Ask, Say, Script
from huifang.logic.script_facts import is_known
from huifang.logic.script_finding import Finding, Place, finding, places, whens
from huifang.logic.script_length import longest, turns
from huifang.logic.script_samples import renderings, samples
from huifang.logic.script_text import Piece, Slot, Text

MOST_SECONDS = 20.0
"""Of one text."""
MOST_TURN_SECONDS = 35.0
"""Of everything that is said before the customer's turn."""
MOST_IN_A_CLAUSE = 25
"""Chinese characters without a pause; more cannot be kept in mind."""
MOST_WORDS_IN_A_SENTENCE = 30
"""English words up to a full stop."""

_SIGNS = "\"'“”‘’「」《》，。！？；：、,.!?;:-%¥￥$°℃ "
"""What a voice reads or passes over as a pause."""


def faults_of_words(script: Script) -> Iterator[Finding]:
    """What a customer would hear wrong, or not understand."""
    yield from _notices(script)
    yield from _lengths(script)
    yield from _words(script)
    yield from _slots(script)


# ---- what the law wants to hear


def _notices(script: Script) -> Iterator[Finding]:
    first = script.steps[script.start]
    here = Place("step", first.id)
    for language in script.languages:
        chinese = language.startswith("zh")
        mark = "录音" if chinese else "record"
        for facts in samples([p.when.tree for p in first.text.pieces if p.when]):  # type: ignore[union-attr]
            said = "".join(p.text for p in first.text.render(language, facts, script.defaults[language]))  # type: ignore[union-attr]
            if facts.get("call.recorded") is not False and mark not in said:
                yield finding(
                    here, "recording",
                    N_("does not always say that the call is recorded: say so in the first words, unless call.recorded is false"),
                )  # fmt: skip
                break
        for key, marks, template in (
            ("robot", ("机器人", "robot", "machine"), N_("does not say plainly that a machine speaks: name it, for example 我是机器人")),
            ("refused", ("不会再", "不再", "no longer", "not call"), N_("does not say that we shall not call again: say so, for example 以后不会再给您打电话")),
        ):  # fmt: skip
            said_in_all = [
                any(m in said for m in marks) for said in renderings(script.replies[key], language)
            ]
            denied = key == "robot" and any(map(denies_machine, renderings(script.replies[key], language)))
            if denied or not all(said_in_all):
                yield finding(Place("reply", key), key, template)
        for key in STRANGER_REPLIES:
            for slot in sorted(set(script.replies[key].slots())):
                if slot.partition(".")[0] not in ("store", "callback"):
                    yield finding(
                        Place("reply", key), "private",
                        N_("tells somebody else “%(slot)s”, which is between the customer and us: leave it out"), slot=slot,
                    )  # fmt: skip
        for key in ("callback", "transfer_failed", "reach_later"):
            if "callback.when" not in script.replies[key].slots():
                yield finding(
                    Place("reply", key), "callback_when",
                    N_("promises a call without its time: use the slot {callback.when}"),
                )  # fmt: skip

    if script.purpose == "marketing":
        yield from _refusals(script)


def _refusals(script: Script) -> Iterator[Finding]:
    """Who is called with an advertisement is told how to have no more of them (消保法实施条例; 广告法 43)."""
    step = script.steps[script.start]
    said: list[Text] = []
    while isinstance(step, Say):  # everything before the customer's first turn
        said.append(step.text)
        step = script.steps[step.ways[0].go]
    if isinstance(step, Ask):
        said.append(step.text)
    for language in script.languages:
        marks = ("别再打", "不要再打", "拒收", "no more calls", "not to call")
        always = (
            all(any(m in words for m in marks) for words in renderings(text, language)) for text in said
        )
        if not any(always):
            yield finding(
                Place("step", script.start), "refusal",
                N_("advertises without saying how to refuse: tell it before the first question, for example 不需要的话，说一声别再打了"),
            )  # fmt: skip


# ---- too long for a telephone


def _lengths(script: Script) -> Iterator[Finding]:
    for language in script.languages:
        for place, text in places(script):
            length = longest(text, language)
            if length > MOST_SECONDS:
                yield finding(
                    place, "long_text",
                    N_("takes %(seconds)d seconds to say: cut it to %(most)d, or ask something in between"),
                    seconds=round(length), most=int(MOST_SECONDS),
                )  # fmt: skip
            for words in renderings(text, language):
                yield from _long_clauses(place, words)
        for where, length in turns(script, language).items():
            if length > MOST_TURN_SECONDS:
                kind, _, name = where.rpartition(" ")
                yield finding(
                    Place(kind or "step", name), "long_turn",
                    N_("is only reached after %(seconds)d seconds of speech: let the customer speak after %(most)d at the latest"),
                    seconds=round(length), most=int(MOST_TURN_SECONDS),
                )  # fmt: skip


def _long_clauses(place: Place, words: str) -> Iterator[Finding]:
    for clause in re.split(r"[，。！？；：、,.!?;:]", words):
        if len(re.findall(r"[\u3400-\u9fff\d]", clause)) > MOST_IN_A_CLAUSE:
            yield finding(
                place, "long_clause",
                N_("has no pause in “%(clause)s”: put a comma, or make two sentences of it"), clause=clause.strip(),
            )  # fmt: skip
    for sentence in re.split(r"[。！？.!?]", words):
        if len(re.findall(r"[A-Za-z]+", sentence)) > MOST_WORDS_IN_A_SENTENCE:
            yield finding(
                place, "long_sentence", N_("has a long sentence, “%(sentence)s …”: make two of it"),
                sentence=" ".join(sentence.split()[:6]),
            )  # fmt: skip


# ---- words


def _words(script: Script) -> Iterator[Finding]:
    for language in script.languages:
        for place, text in places(script):
            for words in renderings(text, language):
                for sign in sorted({ch for ch in words if not _is_spoken(ch)}):
                    yield finding(
                        place, "sign", N_("holds “%(sign)s”, which no voice can read: write it in words"), sign=sign
                    )  # fmt: skip
                if words.count("稍等") > 1:
                    yield finding(place, "wait_twice", N_("asks to wait twice: once is enough"))


def _is_spoken(ch: str) -> bool:
    return ch in _SIGNS or unicodedata.category(ch) in ("Lo", "Lu", "Ll", "Nd")


def _slots(script: Script) -> Iterator[Finding]:
    for place, text in places(script):
        for name in sorted(set(text.slots())):
            if not is_known(name):
                yield _unknown(place, name)
        for piece in text.pieces:
            for name in sorted(_slots_of(piece)):
                blank = any(not script.defaults[x].get(name) for x in script.languages)
                if name not in ENGINE_SLOTS and blank and not _is_guarded(piece, name):
                    yield finding(
                        place, "blank_slot",
                        N_("leaves a hole where “%(slot)s” is not known: give it a default, or say the piece only where it is known"),
                        slot=name,
                    )  # fmt: skip
    for place, when in whens(script):
        for name in sorted(fields_of(when.tree)):
            if not is_known(name):
                yield _unknown(place, name)


def _unknown(place: Place, name: str) -> Finding:
    return finding(
        place, "unknown_fact",
        N_("uses “%(fact)s”, which no call provides: the facts are listed in docs/adding-a-script.md"), fact=name,
    )  # fmt: skip


def _slots_of(piece: Piece) -> set[str]:
    return {
        f.name
        for fragments in piece.fragments.values()
        for fragment in fragments
        if not isinstance(fragment, str)
        for f in fragment
        if isinstance(f, Slot)
    }


def _is_guarded(piece: Piece, name: str) -> bool:
    """The piece is never said without the fact."""
    if piece.when is None:
        return False
    return all(name in facts for facts in samples([piece.when.tree, Known(name)]) if piece.when.holds(facts))
