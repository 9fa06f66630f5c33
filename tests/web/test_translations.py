"""Chinese is complete, and the check that says so can fail."""

from __future__ import annotations

import subprocess
import sys

import polib
import pytest

from web.conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import check_translations as check


def test_every_text_has_its_chinese_and_no_chinese_is_left_over():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "check_translations.py"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


PYTHON = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext
from huifang.errors import N_
_("one")
gettext_lazy("two " "halves")
ngettext("%(n)d cat", "%(n)d cats", n)
pgettext("of time", "second")
N_("noted")
print("not this")
"""
TEMPLATE = """{% load i18n %}<p title="{% translate 'quoted' %}">{% translate "shown" as words %}
{% blocktranslate with name=x.y %}Call with {{ name }}{% endblocktranslate %}
{% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
{% comment %}{% translate "hidden" %}{% endcomment %} not this</p>"""


def test_texts_are_found_in_python_and_templates():
    assert set(check.texts_of_python(PYTHON)) == {
        check.Text("one"),
        check.Text("two halves"),
        check.Text("%(n)d cat", plural="%(n)d cats"),
        check.Text("second", context="of time"),
        check.Text("noted"),
    }
    assert set(check.texts_of_template(TEMPLATE)) == {
        check.Text("quoted"),
        check.Text("shown"),
        check.Text("Call with %(name)s"),
        check.Text("%(n)s row", plural="%(n)s rows"),
    }


def catalogue(**words: str) -> polib.POFile:
    made = polib.POFile()
    made.extend(polib.POEntry(msgid=msgid, msgstr=msgstr) for msgid, msgstr in words.items())
    return made


@pytest.mark.parametrize(
    ("used", "known", "problem"),
    [
        ("a", {}, "missing"),
        ("a", {"a": ""}, "not translated"),
        ("a", {"a": "甲", "b": "乙"}, "obsolete"),
        ("a %(n)s", {"a %(n)s": "甲"}, "slots lost"),
        ("a", {"a": "甲 %(n)s"}, "unknown slot"),
    ],
)
def test_what_is_missing_left_over_or_lossy_is_a_problem(used, known, problem):
    found = check.problems({check.Text(used): ["x.py"]}, catalogue(**known))
    assert len(found) == 1
    assert problem in found[0]


def test_a_fuzzy_translation_is_a_problem():
    known = catalogue(a="甲")
    known[0].flags.append("fuzzy")
    assert check.problems({check.Text("a"): ["x.py"]}, known) == ["fuzzy: 'a'"]
    assert check.problems({check.Text("a"): ["x.py"]}, catalogue(a="甲")) == []
