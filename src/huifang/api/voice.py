"""The voice line over HTTP: what ``logic/voice_line.py`` describes, for voice nodes only."""

from __future__ import annotations

import hmac
import math
from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Schema
from ninja.security import HttpBearer
from pydantic import AwareDatetime, Field

from huifang.clock import now
from huifang.endings.library import alaw_of
from huifang.followups.claiming import claim_orders, trunks_of_nodes
from huifang.followups.inbound import answer_caller
from huifang.followups.reporting import take_events
from huifang.followups.uploads import store_recording
from huifang.knowledge.editions import edition
from huifang.logic.voice_line import ClaimAnswer, Event, EventKind, InboundCall, to_json
from huifang.people.encryption import keyring

_MOST_EVENTS = 2000  # per request; a node sends the rest in the next one
_CHUNK = 64 * 1024


class VoiceToken(HttpBearer):
    """The service token of the key file, compared in constant time."""

    def authenticate(self, request: HttpRequest, token: str) -> str | None:
        return "voice" if hmac.compare_digest(token.encode(), keyring().voice_token.encode()) else None


router = Router(auth=VoiceToken(), tags=["voice"])

NodeName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w.-]+$")]
Whole = Annotated[int, Field(ge=0, le=2**31 - 1)]


class ClaimIn(Schema):
    node: NodeName
    free: Annotated[int, Field(ge=0, le=5000)]
    active: Annotated[list[UUID], Field(max_length=5000)] = []
    stats: dict[str, Any] = {}


class EventIn(Schema):
    attempt_id: UUID
    fence: Whole
    seq: Annotated[int, Field(ge=1, le=2**31 - 1)]
    kind: EventKind
    at: AwareDatetime
    data: dict[str, Any] = {}


class EventsIn(Schema):
    node: NodeName
    events: Annotated[list[EventIn], Field(max_length=_MOST_EVENTS)]


@router.post("claim")
def claim(request: HttpRequest, body: ClaimIn) -> dict[str, Any]:
    """Orders for a node with free seats; also its heartbeat."""
    orders = claim_orders(
        node=body.node,
        free=body.free,
        active=[attempt_id.hex for attempt_id in body.active],
        now=now(),
        stats=_storable(body.stats),
    )
    trunks, peers = trunks_of_nodes()
    return to_json(ClaimAnswer(orders, trunks, peers))


class InboundIn(Schema):
    node: NodeName
    call_id: Annotated[str, Field(min_length=1, max_length=255)]
    caller: Annotated[str, Field(max_length=120)] = ""
    called: Annotated[str, Field(max_length=120)] = ""
    peer: Annotated[str, Field(max_length=120)] = ""


@router.post("inbound")
def inbound(request: HttpRequest, body: InboundIn) -> dict[str, Any]:
    """The order with which a node answers somebody who calls."""
    order = answer_caller(InboundCall(**_storable(body.dict())), now=now())
    return {"order": to_json(order) if order else None}


@router.post("events")
def events(request: HttpRequest, body: EventsIn) -> dict[str, Any]:
    """Store what a node reports.  Once this has answered without refusing, it is committed."""
    reported = (
        Event(e.attempt_id.hex, e.fence, e.seq, e.kind, e.at.isoformat(), _storable(e.data))
        for e in body.events
    )
    return {"refused": take_events(node=body.node, events=reported, now=now())}


@router.put("recordings/{attempt_id}")
def recording(request: HttpRequest, attempt_id: UUID) -> dict[str, Any]:
    """Store the stereo WAV file that is the request's body."""
    return {"path": store_recording(attempt_id, _chunks(request))}


@router.get("knowledge/{name}")
def knowledge(request: HttpRequest, name: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]) -> dict[str, Any]:
    """The articles of an edition of the knowledge base."""
    return {"articles": edition(name)}


@router.get("tunes/{key}")
def tune(request: HttpRequest, key: Annotated[str, Path(pattern=r"^[0-9a-f]{40}$")]) -> HttpResponse:
    """An uploaded tune as 8 kHz A-law."""
    return HttpResponse(alaw_of(key), content_type="application/octet-stream")


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(_CHUNK):
        yield chunk


def _storable(value: Any) -> Any:
    """``value`` without what a database cannot keep: NUL, lone surrogates, NaN and infinities.  One
    such character must not block a node's whole stream of events."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return value
