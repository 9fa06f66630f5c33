"""The softphone line: what the centre and a softphone gateway say to each other, as plain data.

A *phone* is one member of staff who takes calls in the browser; its key is drawn anew whenever they go
online.  The gateway *pulls*: it tells all its phones each time, and gets what the browsers have offered
since.  So a lost answer does no harm, and a phone that a gateway does not name is not there.

Path (service token in ``Authorization: Bearer``):

* ``POST /api/voice/softphones``  GatewayReport → Instructions

The descriptions (SDP, RFC 8829) travel by the centre, because the page may speak to nobody else; once
they are exchanged browser and gateway are in direct touch.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class PhoneState(StrEnum):
    """What a phone is doing, as its gateway sees it."""

    CONNECTING = "connecting"
    """The gateway has answered the browser's offer; the two are not in touch yet."""
    READY = "ready"
    """Calls are put through."""
    PAUSED = "paused"
    """Its owner takes no calls for a while."""
    RINGING = "ringing"
    TALKING = "talking"


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone of a gateway."""

    key: str  # 32 hex digits
    state: PhoneState
    sip_uri: str  # where a voice node rings it
    answer: str  # the gateway's session description
    attempt: str = ""  # of the customer who is ringing or talking; empty where no node of ours calls


@dataclass(frozen=True, slots=True)
class GatewayReport:
    """All phones of a gateway, and the offers that it could not use since it was last heard."""

    gateway: str
    phones: list[Phone] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # keys


@dataclass(frozen=True, slots=True)
class Offer:
    """A browser wants to be a phone."""

    key: str
    sdp: str


@dataclass(frozen=True, slots=True)
class Instructions:
    """What the gateway is to do: answer these offers, and put these phones away."""

    offers: list[Offer] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)  # keys


def report_to_json(report: GatewayReport) -> dict[str, Any]:
    """``report`` as JSON-safe data."""
    return asdict(report)


def instructions_to_json(instructions: Instructions) -> dict[str, Any]:
    """``instructions`` as JSON-safe data."""
    return asdict(instructions)


def instructions_from_json(data: dict[str, Any]) -> Instructions:
    """The instructions in ``data``; ``KeyError``/``TypeError`` where it does not fit."""
    return Instructions(
        offers=[Offer(key=str(o["key"]), sdp=str(o["sdp"])) for o in data["offers"]],
        closed=[str(key) for key in data["closed"]],
    )
