"""Publishing scripts: every version is immutable, and a changed document is a new version."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from huifang.followups.models import Script
from huifang.logic.promise_rules import promotions_of
from huifang.logic.script_document import ScriptInvalid, script_from_json
from huifang.logic.script_lint import UNLAWFUL, lint
from huifang.people.audit import record
from huifang.people.models import User
from huifang.promises.budgets import ask_for

SHIPPED = Path(__file__).with_name("scripts")


@transaction.atomic
def publish_script(document: dict[str, Any], *, acting_user: User, now: datetime) -> Script:
    """The newest version of the script in ``document``, made where the content is new.

    ``version`` in the document does not matter; the stored one carries its own.  ``ScriptInvalid``
    where a conversation could meet a fault of it, or a notice that the law wants is missing; what else should
    be mended is counted in the audit row.
    """
    slug = str(document.get("id") or "")
    newest = Script.objects.select_for_update().filter(slug=slug).order_by("-version").first()
    version = newest.version if newest else 0
    if newest and {**newest.document, "version": 0} == {**document, "version": 0}:
        return newest
    document = {**document, "version": version + 1}
    found = lint(script_from_json(document))
    for each in found:
        if each.rule in UNLAWFUL:
            raise ScriptInvalid(script=slug, fault=each.in_words())
    script = Script.objects.create(
        slug=slug, version=version + 1, name=document["name"], document=document, published_at=now
    )
    record(
        acting_user=acting_user,
        action="followups.publish_script",
        thing=script,
        version=script.version,
        to_mend=len(found),
    )
    for promotion in promotions_of(document):
        ask_for(promotion, acting_user=acting_user)
    return script


def shipped_scripts() -> list[dict[str, Any]]:
    """The documents that come with the program."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.json"))]
