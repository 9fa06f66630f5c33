"""A faulty script is refused with one sentence that names the step and the fault."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from scripted import SCRIPTS, SHIPPED, document

from huifang.logic.script_document import (
    DUTIES,
    OWN_REPLIES,
    PURPOSES,
    REPLIES,
    ScriptInvalid,
    script_from_json,
)
from huifang.logic.script_reader import KINDS
from huifang.wording import translator

CHINESE = translator()
Change = Callable[[dict[str, Any]], object]


def step(data: dict[str, Any], step_id: str) -> dict[str, Any]:
    return next(s for s in data["steps"] if s["id"] == step_id)


def choice(data: dict[str, Any], number: int) -> dict[str, Any]:
    return step(data, "rating")["item"]["choices"][number]


FAULTS: dict[str, tuple[Change, str]] = {
    "unknown goto": (
        lambda d: step(d, "opening").update(next=[{"go": "nowhere"}]),
        "“opening” goes to “nowhere”",
    ),
    "unknown fallback": (
        lambda d: step(d, "reason")["no_input"].update(go="nowhere"),
        "“reason” goes to “nowhere”",
    ),
    "nothing after a transfer": (
        lambda d: d["after_transfer"].update(go="nowhere"),
        "“after_transfer” goes to “nowhere”",
    ),
    "no words after a transfer": (
        lambda d: d["after_transfer"].pop("words"),
        "“after_transfer” has no “words”",
    ),
    "after a transfer no object": (lambda d: d.update(after_transfer=3), "“after_transfer” is not an object"),
    "unreachable after no transfer": (lambda d: d.pop("after_transfer"), "“handover” can never be reached"),
    "unreachable step": (
        lambda d: d["steps"].append({"id": "lost", "kind": "end"}),
        "“lost” can never be reached",
    ),
    "no disclosure": (lambda d: step(d, "opening").pop("disclosure"), "“opening” is said first but is not"),
    "disclosure without words": (
        lambda d: step(d, "opening").update(text={"zh-CN": "您好。"}),
        "machine speaks",
    ),
    "start unknown": (lambda d: d.update(start="nowhere"), "starts at the step “nowhere”"),
    "no no-input path": (lambda d: step(d, "rating").pop("no_input"), "“rating” has no “no_input” path"),
    "no no-match path": (lambda d: step(d, "rating").pop("no_match"), "“rating” has no “no_match” path"),
    "no-match without end": (
        lambda d: step(d, "rating")["no_match"].pop("words"),
        "needs either “go” (a step) or “words”",
    ),
    "two steps of one name": (
        lambda d: d["steps"].append(step(d, "finish")),
        "two steps are called “finish”",
    ),
    "two endings of one name": (
        lambda d: d["endings"].insert(0, d["endings"][0]),
        "two endings are called “very_satisfied”",
    ),
    "key twice": (lambda d: choice(d, 1).update(key="1"), "“rating” gives the key 1 to two choices"),
    "engine key taken": (lambda d: choice(d, 1).update(key="0"), "must be one of 1-9"),
    "code twice": (
        lambda d: choice(d, 1).update(code="very_satisfied"),
        "two choices with the code “very_satisfied”",
    ),
    "scale without score": (lambda d: choice(d, 1).pop("score"), "every choice needs a score"),
    "scale without key": (lambda d: choice(d, 1).pop("key"), "every choice needs a key"),
    "label missing": (lambda d: choice(d, 1).pop("label"), "“satisfied” has no label"),
    "item twice": (lambda d: step(d, "reason")["item"].update(id="rating"), "both ask the item “rating”"),
    "no way on": (lambda d: step(d, "rating")["next"].pop(), "“rating” has no way on when none"),
    "dead way": (
        lambda d: step(d, "rating")["next"].insert(0, {"go": "finish"}),
        "behind one that is always taken",
    ),
    "endless": (
        lambda d: step(d, "purpose")["next"].insert(0, {"if": {"known": "customer.name"}, "go": "opening"}),
        "comes back to itself",
    ),
    "silence goes round": (
        lambda d: step(d, "reason")["no_input"].update(go="reason"),
        "“reason” comes back to itself",
    ),
    "ending missing": (lambda d: d["endings"].pop(), "last ending has a condition"),
    "slot without default": (
        lambda d: d["slots"].pop("store.name"),
        "slot “store.name”, which has no default",
    ),
    "broken brace": (
        lambda d: step(d, "opening").update(text={"zh-CN": "我是{店名的智能语音助手。"}),
        "brace",
    ),
    "condition on nothing": (
        lambda d: d["endings"][0].update({"if": {"field": "score.taste", "op": "eq", "value": 5}}),
        "no step asks the item “taste”",
    ),
    "unusable condition": (
        lambda d: d["endings"][0].update({"if": {"what": 1}}),
        "ending “very_satisfied” has an unusable condition",
    ),
    "unknown duty": (
        lambda d: d["endings"][0].update(do=["sing"]),
        "“do” may hold transfer, ticket, callback only",
    ),
    "unknown kind": (lambda d: step(d, "finish").update(kind="sing"), "“finish” has the unknown kind “sing”"),
    "unknown purpose": (lambda d: d.update(purpose="fun"), "purpose “fun”"),
    "unknown schema": (lambda d: d.update(schema=3), "reads schema 1, 2"),
    "reply missing": (lambda d: d["replies"].pop("robot"), "no “robot”"),
    "reply unknown": (lambda d: d["replies"].update(sing={"zh-CN": "啦"}), "the reply “sing” is unknown"),
    "language missing": (lambda d: d.update(languages=["zh-CN", "en"]), "no words in en"),
    "silence too short": (
        lambda d: step(d, "rating").update(silence_s=0),
        "“silence_s” must be a number from 1 to 60",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_named(fault: str) -> None:
    change, words = FAULTS[fault]
    data = document()
    change(data)
    with pytest.raises(ScriptInvalid) as raised:
        script_from_json(data)
    sentence = str(raised.value)
    assert words in sentence
    assert sentence.startswith("The script first_order_3d cannot be used: ")
    assert "\n" not in sentence


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_a_whole_sentence_in_chinese(fault: str) -> None:
    """Apart from what the document itself holds, nothing in it is English, and behind the colon stands the mend."""
    change, _ = FAULTS[fault]
    data = document()
    change(data)
    with pytest.raises(ScriptInvalid) as raised:
        script_from_json(data)
    sentence = raised.value.in_words(CHINESE)
    assert sentence.startswith("话术 first_order_3d ")
    assert sentence.endswith("。")
    quoted = r"“[^”]*”|「[^」]*」|'[^']*'|\{[^}]*\}|schema|JSON|zh-CN"
    left = re.sub(quoted, "", sentence.removeprefix("话术 first_order_3d "))
    known = {*DUTIES, *KINDS, *REPLIES, *OWN_REPLIES, *PURPOSES, "id", "say", "en", "true"}
    assert set(re.findall("[A-Za-z_]+", left)) <= known, sentence
    assert re.search("请|必须|只能", sentence), sentence


@pytest.mark.parametrize(
    "junk", [None, [], {}, {"languages": "zh"}, {"languages": ["zh-CN"], "schema": 1, "steps": 3}]
)
def test_what_is_no_script_is_refused(junk: Any) -> None:
    with pytest.raises(ScriptInvalid):
        script_from_json(junk)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scripts_ask_for_no_consent_they_do_not_have(name: str) -> None:
    assert SCRIPTS[name].purpose in ("care", "service")
    words = str(document(name))
    assert not any(offer in words for offer in ("优惠券", "打折", "促销", "新品", "活动价", "立减", "满减"))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scripts_name_tunes_that_exist(name: str) -> None:
    from huifang.voice.tunes.library import tune_names

    tunes = {e.tune for e in SCRIPTS[name].endings} | {SCRIPTS[name].waiting_tune}
    assert tunes <= set(tune_names())
    assert {e.tune for e in SCRIPTS[name].endings} == set(tune_names())


def _with_voicemail(**changes: Any) -> dict[str, Any]:
    data = document("first_order_3d")
    data["voicemail"] = {**data["voicemail"], **changes}
    return data


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            {"zh-CN": "您好，这里是{store.name}，请回拨{callback.number}。"},
            "does not always say in zh-CN that a machine speaks",
        ),
        (
            {"zh-CN": "我是智能语音助手，{customer.name}，请回拨{callback.number}。"},
            "“customer.name”, but somebody else may listen",
        ),
        ({"zh-CN": "我是智能语音助手，您买的{order.product}，请回拨{callback.number}。"}, "“order.product”"),
        ({"zh-CN": "我是{store.name}的智能语音助手。"}, "nobody could call back"),
        ({"en": "I am a robot"}, "zh-CN"),
        ("您好", "“voicemail”, “text”"),
    ],
)
def test_a_message_for_a_voicemail_names_the_machine_and_our_number_and_nobody_else(
    text: Any, fault: str
) -> None:
    with pytest.raises(ScriptInvalid, match=re.escape(fault)):
        script_from_json(_with_voicemail(text=text))


def test_a_voicemail_that_is_no_object_is_refused() -> None:
    data = _with_voicemail()
    data["voicemail"] = "您好"
    with pytest.raises(ScriptInvalid, match="“voicemail” must be an object with the “text”"):
        script_from_json(data)


def test_without_a_message_voicemails_get_none() -> None:
    data = _with_voicemail()
    del data["voicemail"]
    assert script_from_json(data).voicemail is None


@pytest.mark.parametrize("name", ["first_order_3d", "dormant_60d"])
@pytest.mark.parametrize("number", ["", "零二幺六，六六六八，八八八"])
def test_the_shipped_messages_say_who_calls_and_ask_to_call_back_only_where_there_is_a_number(
    name: str, number: str
) -> None:
    script = script_from_json(document(name))
    assert script.voicemail is not None
    facts = {
        "store.name": "南京路店",
        "customer.name": "王芳",
        **({"callback.number": number} if number else {}),
    }
    said = "".join(part.text for part in script.voicemail.render("zh-CN", facts, script.defaults["zh-CN"]))
    assert "南京路店" in said
    assert "智能语音助手" in said
    assert "王芳" not in said
    assert ("回拨" in said) is bool(number)
    assert number in said
