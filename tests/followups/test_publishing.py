"""What no script may be published with."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

import huifang
from huifang.followups.models import Script
from huifang.followups.publishing import publish_script, shipped_scripts
from huifang.logic.script_document import ScriptInvalid
from huifang.people.audit import system_user
from huifang.people.models import AuditEntry

from .conftest import NOW

pytestmark = pytest.mark.django_db


def shipped(name: str) -> dict:
    return next(document for document in shipped_scripts() if document["id"] == name)


def test_a_script_that_does_not_announce_the_recording_is_refused_with_the_mend():
    document = shipped("satisfaction")
    document["steps"][0]["text"] = {"zh-CN": "您好，我是智能语音助手。"}
    with pytest.raises(
        ScriptInvalid, match="step “opening”: does not always say that the call is recorded"
    ) as refused:
        publish_script(document, acting_user=system_user(), now=NOW)
    chinese = gettext.translation("django", Path(huifang.__file__).with_name("locale"), ["zh_Hans"]).gettext
    assert "步骤「opening」：没有在任何情况下都告知通话录音" in refused.value.in_words(chinese)
    assert not Script.objects.exists()


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [("satisfaction", "robot", "我是小花，有什么可以帮您？"), ("satisfaction", "refused", "好的，再见。")],
)
def test_a_script_that_evades_is_refused(name: str, key: str, words: str):
    document = shipped(name)
    document["replies"][key] = {"zh-CN": words}
    with pytest.raises(ScriptInvalid, match=f"reply “{key}”"):
        publish_script(document, acting_user=system_user(), now=NOW)


def test_an_advertisement_without_a_way_to_refuse_it_is_refused():
    document = {**shipped("greeting"), "purpose": "marketing"}
    with pytest.raises(ScriptInvalid, match="advertises without saying how to refuse"):
        publish_script(document, acting_user=system_user(), now=NOW)


def test_what_only_should_be_mended_is_published_and_counted():
    document = shipped("satisfaction")
    document["steps"][2]["text"] = {"zh-CN": "您好吗？哪里不满意呢？{options}。"}
    publish_script(document, acting_user=system_user(), now=NOW)
    assert AuditEntry.objects.get(action="followups.publish_script").data["to_mend"] == 1
