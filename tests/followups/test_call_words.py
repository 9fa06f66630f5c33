"""What a call's page says of each turn."""

from __future__ import annotations

from django.utils import translation

from huifang.followups.templatetags.followups import intent_words
from huifang.logic.understanding import Intent


def test_everything_that_can_be_meant_has_words_of_its_own_in_chinese() -> None:
    with translation.override("zh-hans"):
        said = {intent.value: intent_words(intent.value) for intent in Intent}
    assert not [word for word in said.values() if word.isascii()]
    assert len(set(said.values())) == len(said)
