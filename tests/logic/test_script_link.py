"""The rung between the keys and a person: a question that goes out as a link, and what it looks like there."""

from __future__ import annotations

import re

import pytest
from scripted import FACTS, NOW, Conversation, document, started
from shipped import SCRIPTS

from huifang.logic import script
from huifang.logic.call_story import Logged, read
from huifang.logic.dialogue import AskByMessage, End, Promise, Say, Silence, Transfer
from huifang.logic.script_document import Ask, script_from_json
from huifang.logic.script_link import ON_SCREEN, chosen, may_be_linked, questions, words_on_screen
from huifang.logic.script_path import Path
from huifang.logic.script_state import Answer, from_json, to_json
from huifang.logic.script_talk import Talk
from huifang.logic.voice_line import EventKind

MESSAGES = {**FACTS, "call.messages": True}
NOISE = "哦哦嗯那个"
SAID = "稍后发短信给您，请点链接回答"


def lost(facts: dict[str, object], give: object = None, name: str = "first_order_3d") -> Conversation:
    """A conversation whose rating was asked for until the script gave up."""
    talk = started(name, facts)
    while talk.end is None and not talk.of(AskByMessage) and len(talk.all) < 60:
        talk.give(give) if give else talk.speak(NOISE)
    return talk


@pytest.mark.parametrize("give", [None, Silence()])
def test_what_neither_words_nor_keys_answered_goes_out_as_a_link_before_the_script_gives_up(give):
    talk = lost(MESSAGES, give)
    assert [(o.item) for o in talk.of(AskByMessage)] == ["rating"]
    rungs = [o.rung for o in talk.all if hasattr(o, "rung") and o.rung]
    assert rungs[-1] == "keys"  # it comes after them …
    assert SAID in talk.said
    assert talk.end is not None  # … and before the end that the script has for this
    words = [type(o) for o in talk.last]
    assert words.index(AskByMessage) < words.index(End)


@pytest.mark.parametrize("facts", [FACTS, {**FACTS, "call.messages": False}])
def test_without_messages_the_ladder_is_what_it_was(facts):
    talk = lost(facts)
    assert not talk.of(AskByMessage)
    assert not any(SAID in o.text for o in talk.of(Say))
    assert talk.end is not None


def test_a_person_still_comes_after_the_link():
    data = document()
    for step in data["steps"]:
        if step["id"] == "rating":
            step["no_match"] = {**step["no_match"], "do": "transfer"}
    talk = started(script_from_json(data), MESSAGES)
    while not talk.of(Transfer):
        talk.speak(NOISE)
    order = [type(o) for o in talk.last]
    assert order.index(AskByMessage) < order.index(Transfer)


def test_that_a_message_comes_is_said_once_in_a_call():
    talk = started(SCRIPTS["finance_followup"], MESSAGES)
    for _ in range(60):
        if talk.end is not None:
            break
        talk.give(Silence())
    told = sum(SAID in o.text for o in talk.of(Say))
    assert told == min(1, len(talk.of(AskByMessage)))


def test_the_state_remembers_it_across_a_change_of_channel():
    talk = lost(MESSAGES)
    assert from_json(to_json(talk.state)) == talk.state
    assert talk.state.linked
    older = {k: v for k, v in to_json(script.begin(talk.script)).items() if k != "linked"}
    assert from_json(older).linked is False


def test_what_promises_something_is_not_asked_behind_the_conversations_back():
    """Nobody would make the promise that a yes on a page would be."""
    linkable = {
        (name, step.id)
        for name, one in SCRIPTS.items()
        for step in one.steps.values()
        if isinstance(step, Ask) and may_be_linked(one, step)
    }
    assert ("first_order_3d", "rating") in linkable
    assert ("after_sales", "exchange") not in linkable
    assert ("first_order_care", "gift") not in linkable
    closed = [(n, s) for n, s in linkable if SCRIPTS[n].steps[s].item.type != "scale"]
    assert closed
    for name, step_id in closed:  # a low rating owes the same by link: test_answer_links
        for choice in SCRIPTS[name].steps[step_id].item.choices:
            talk = Talk(SCRIPTS[name], script.begin(SCRIPTS[name]), MESSAGES, NOW)
            path = Path(talk)
            path.ask(step_id)
            path.record(Answer(step_id, talk.item.id, choice.code, choice.score, choice.key, "", "key"))
            assert not [o for o in talk.outputs if isinstance(o, Promise | Transfer)], (name, step_id)


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_on_a_screen_no_key_is_named_and_something_is_asked(name):
    one = SCRIPTS[name]
    for step in one.steps.values():
        if isinstance(step, Ask) and may_be_linked(one, step):
            words = words_on_screen(one, step, FACTS, "zh-CN")
            assert re.fullmatch(r"(?:[^？。]+[？。])+", words), (step.id, words)
            assert not re.search(r"按|直接说|井号|曲子", words), (step.id, words)


def test_the_questions_come_in_the_order_of_the_script_and_have_its_codes_and_scores():
    one = SCRIPTS["course_end"]
    shown = list(questions(one, ["next", "rating", "gain", "no such", "rating"], FACTS, "zh-CN"))
    order = [step.item.id for step in one.steps.values() if isinstance(step, Ask)]
    found = [question.item for question in shown]
    assert found == sorted(set(found), key=order.index)
    assert "rating" in found
    rating = next(question for question in shown if question.item == "rating")
    assert [chosen(one, "rating", code).score for code, _label in rating.choices] == [5, 4, 3, 2, 1]
    assert chosen(one, "rating", "no such") is None
    assert chosen(one, "no such", "yes") is None


def test_only_kinds_that_a_page_can_ask_are_linked():
    for one in SCRIPTS.values():
        for step in one.steps.values():
            if isinstance(step, Ask) and may_be_linked(one, step):
                assert step.item.type in ON_SCREEN


def test_the_story_names_each_item_once_and_by_its_own_name():
    at = NOW
    log = [
        Logged(n, EventKind.LINK, at, {"item": item})
        for n, item in enumerate(["rating", "fit", "rating", None], 1)
    ]
    assert read(log).linked == ("rating", "fit")
