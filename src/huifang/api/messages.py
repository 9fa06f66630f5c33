"""Replies to text messages, told by the gateway as ``logic/message_line.py`` describes."""

from __future__ import annotations

import time
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from huifang.clock import now
from huifang.followups.refusing import take_reply
from huifang.logic.message_line import SIGNATURE, TIMESTAMP, is_signed

_LARGEST = 16 * 1024


def signed(request: HttpRequest) -> str | None:
    """The gateway's signature over the body, made lately by the real clock: it knows no other."""
    if len(request.body) > _LARGEST:
        return None
    timestamp, given = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
    is_right = is_signed(settings.HUIFANG.sms_key, timestamp, request.body, given, time.time())
    return "gateway" if is_right else None


router = Router(auth=signed, tags=["messages"])


class ReplyIn(Schema):
    id: Annotated[str, Field(min_length=1, max_length=80)]
    sender: Annotated[str, Field(alias="from", min_length=1, max_length=40)]
    text: Annotated[str, Field(max_length=2000)] = ""


@router.post("replies")
def replies(request: HttpRequest, body: ReplyIn) -> dict[str, bool]:
    """Take a reply.  Once this has answered it is committed; ``known`` false: the number is nobody's here."""
    text, name = body.text.replace("\0", ""), body.id.replace("\0", "")
    return {"known": take_reply(gateway_id=name, number=body.sender, text=text, now=now())}
