"""Storing answers; the only writer of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from huifang.logic.call_story import Answered
from huifang.surveys.models import Answer, Response


def store_answers(
    *,
    conversation: UUID,
    customer_id: int,
    script: str,
    script_version: int,
    channel: str,
    started_at: datetime,
    answers: Sequence[Answered],
) -> Response:
    """Make the stored answers of ``conversation`` equal to ``answers``: what was taken back goes,
    what was changed is replaced.  Call it inside a transaction."""
    response, _ = Response.objects.get_or_create(
        conversation=conversation,
        defaults={
            "customer_id": customer_id,
            "script": script,
            "script_version": script_version,
            "channel": channel,
            "started_at": started_at,
        },
    )
    response.answers.exclude(item__in=[answer.item for answer in answers]).delete()
    for answer in answers:
        Answer.objects.update_or_create(
            response=response,
            item=answer.item,
            defaults={
                "code": answer.code,
                "key": answer.key,
                "score": answer.score,
                "text": answer.text,
                "channel": answer.channel,
                "at": answer.at,
                "polarity": answer.polarity,
                "category": answer.category,
            },
        )
    return response
