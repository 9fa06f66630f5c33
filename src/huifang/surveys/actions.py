"""Storing answers; the only writer of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from huifang.logic.call_story import Answered
from huifang.surveys.models import Answer, Response

LINK = "link"
"""The channel of what was answered after the call."""


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
    what was changed is replaced; what came by a link stays.  Call it inside a transaction."""
    response = _response(conversation, customer_id, script, script_version, channel, started_at)
    response.answers.exclude(channel=LINK).exclude(item__in=[answer.item for answer in answers]).delete()
    _write(response, answers)
    return response


def add_answers(
    *,
    conversation: UUID,
    customer_id: int,
    script: str,
    script_version: int,
    started_at: datetime,
    answers: Sequence[Answered],
) -> Response:
    """Add what was answered by a link to the answers of ``conversation``; what was answered in it stays."""
    response = _response(conversation, customer_id, script, script_version, LINK, started_at)
    known = set(response.answers.values_list("item", flat=True))
    _write(response, [answer for answer in answers if answer.item not in known])
    return response


def _response(
    conversation: UUID,
    customer_id: int,
    script: str,
    script_version: int,
    channel: str,
    started_at: datetime,
) -> Response:
    return Response.objects.get_or_create(
        conversation=conversation,
        defaults={
            "customer_id": customer_id,
            "script": script,
            "script_version": script_version,
            "channel": channel,
            "started_at": started_at,
        },
    )[0]


def _write(response: Response, answers: Sequence[Answered]) -> None:
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
