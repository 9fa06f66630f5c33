"""The softphone line over HTTP: what ``logic/softphone_line.py`` describes, for gateways only."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field, field_validator

from huifang.api.voice import NodeName, VoiceToken
from huifang.clock import now
from huifang.logic.softphone_line import GatewayReport, Phone, PhoneState, instructions_to_json
from huifang.people.softphones import take_report

_MOST_PHONES = 1000

router = Router(auth=VoiceToken(), tags=["softphones"])


class PhoneIn(Schema):
    key: UUID
    state: PhoneState
    sip_uri: Annotated[str, Field(max_length=120, pattern=r"^sip:[\w.-]+@[\w.:-]+$")]
    answer: Annotated[str, Field(max_length=20_000)]
    attempt: UUID | None = None

    @field_validator("attempt", mode="before")
    @classmethod
    def _nobody(cls, value: object) -> object:
        return value or None


class GatewayIn(Schema):
    gateway: NodeName
    phones: Annotated[list[PhoneIn], Field(max_length=_MOST_PHONES)] = []
    refused: Annotated[list[UUID], Field(max_length=_MOST_PHONES)] = []


@router.post("softphones")
def softphones(request: HttpRequest, body: GatewayIn) -> dict[str, Any]:
    """All phones of a gateway; what it is to do."""
    phones = [
        Phone(
            key=phone.key.hex,
            state=phone.state,
            sip_uri=phone.sip_uri,
            answer=phone.answer.replace("\0", ""),
            attempt=phone.attempt.hex if phone.attempt else "",
        )
        for phone in body.phones
    ]
    report = GatewayReport(body.gateway, phones, [key.hex for key in body.refused])
    return instructions_to_json(take_report(report, now=now()))
