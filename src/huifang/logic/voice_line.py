"""The voice line: what the centre and a voice node say to each other, as plain data.

The node *pulls*: it claims orders, tells the centre that it is about to dial, and posts numbered
events.  Everything here is JSON-safe both ways (``to_json`` / ``from_json``) and knows no transport.

Paths (service token in ``Authorization: Bearer``):

* ``POST /api/voice/claim``    ClaimRequest → ClaimAnswer
* ``POST /api/voice/inbound``  InboundCall → ``{"order": Order or null}``
* ``POST /api/voice/events``   ``{"node": …, "events": [Event…]}`` → ``{"refused": [attempt_id…]}``
* ``PUT  /api/voice/recordings/{attempt_id}``  the stereo WAV file
* ``GET  /api/voice/knowledge/{edition}``  → ``{"articles": [Article…]}`` (``logic/knowledge/article.py``), the same
  for ever; a node that has not got it when the customer asks has no answer
* ``GET  /api/voice/tunes/{key}``  an uploaded tune, 8 kHz A-law; ``key`` are the first 40 hexadecimal digits of
  its SHA-256

The tunes of the program do not travel: they are made by code (``voice/tunes``) that every node has.  Which tune
an ending plays may stand in the order's facts as ``tune.<ending>``; a node that does not have it when the
customer answers plays the script's own.

An attempt listed in ``refused`` no longer belongs to the node (its fence is stale): a node that
has not sent the INVITE yet must drop it.

``trunks`` of a claim's answer are those to which every node registers, all of them in every answer: a
node registers with what is new and ends what is gone.

Unknown keys are ignored both ways and new ones have defaults, so nodes and centres of different age
work together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What a node can report about an attempt, in the order of a call's life."""

    DIALLING = "dialling"
    """About to send the INVITE.  The node sends it only after the centre has stored this."""
    RINGING = "ringing"
    """180 or 183 from the far end.  data: {status}"""
    ANSWERED = "answered"
    """200 OK and ACK; the conversation starts.  data: {codec}"""
    SAID = "said"
    """We said something.  data: {text, step, interrupted: bool, start_ms, end_ms}; where it is an article's answer,
    also {article, article_version}"""
    HEARD = "heard"
    """The customer said or pressed something.  data: {text, key, intent, confidence, start_ms, end_ms,
    polarity: -1 … 1 or null, emotion: "" = calm | angry | disappointed | anxious | doubtful | pleased,
    emotion_confidence: 0-1,
    category: "" | quality | logistics | service | price | environment | after_sales | usage | other,
    wait_ms of what was said: {silence, recognition, thinking}, how long the answer had to wait for what,
    voice_emotion: "" | agitated | subdued, voice_confidence: 0-0.6, voice: null or {level_db, rate, pitch_hz or null}
    (logic/voice_mood.py),
    by: agent_part where it was said to one of our people, else left out}"""
    ANSWER = "answer"
    """An answer was recorded.  data: {item, code, key, score, text, channel: key|speech, undone: bool}; of a telephone number ``code``
    is what may be shown, and {sealed} the number (logic/sealed_number.py)"""
    REFUSED = "refused"
    """The customer asked not to be called again; the centre stores it at once.  data: {text}"""
    STRANGER = "stranger"
    """The number is not the customer's; the centre blocks it at once.  data: {why: wrong | moved | deceased, text}"""
    TRANSFER = "transfer"
    """An agent's phone is being dialled.  data: {agent}"""
    BRIDGED = "bridged"
    """Customer and agent talk to each other.  data: {agent}"""
    REFERRED = "referred"
    """The trunk has put the customer through to the agent and needs us no more.  data: {agent}"""
    TRANSFER_FAILED = "transfer_failed"
    """No agent took over.  data: {agent, cause}.  ``cause`` abandoned: the customer did not wait; withdrawn:
    no person was wanted any more; stopped: the call was ended by us; else why nobody could be reached."""
    HELD = "held"
    """The agent has put the customer on hold.  data: {agent}"""
    RESUMED = "resumed"
    """They talk again.  data: {agent}"""
    MUTED = "muted"
    """One of our people listens only; the customer hears them no more.  data: {agent}"""
    UNMUTED = "unmuted"
    """They may be heard again.  data: {agent}"""
    EXPERT_JOINED = "expert_joined"
    """Somebody whom the agent fetched talks with them.  data: {agent}"""
    EXPERT_MISSED = "expert_missed"
    """Nobody whom the agent wanted to fetch answered.  data: {agent, cause}"""
    AGENT_LEFT = "agent_left"
    """One of our people hung up; the customer stays with the other, or with the robot.  data: {agent}"""
    BACK_TO_ROBOT = "back_to_robot"
    """The agent gave the customer back for the rating and the ending.  data: {agent}"""
    PROMISE = "promise"
    """Something was promised through a tool.  data: {kind: callback|coupon|exchange|information|question, due_at: ISO or null, text, data}"""
    LINK = "link"
    """A question found no answer, and the customer was told that it comes as a text message.  data: {item}"""
    RECORDING = "recording"
    """The recording has been uploaded.  data: {seconds, bytes, cut}.  ``cut``: "disk_full" where the node's disk
    ended it early or, with 0 bytes, let none begin; "refused" where the customer wanted none, and what there was has been
    deleted; otherwise left out."""
    ENDED = "ended"
    """The attempt is over.  data: {cause: EndCause, outcome, ending, tune, tune_ms, tune_heard_all, sip_status, ring_ms,
    talk_ms, step, retry_after_s, quality, answering}.  ``quality``: null, or {loss_percent, jitter_ms, far_loss_percent,
    round_trip_ms: null without the far end's reports}.  ``retry_after_s``: seconds or null, of a trunk that refused.  ``outcome`` is the engine's word for the conversation (completed, refused, …).  ``tune_ms``: how much of
    the tune was heard, null where none was.  ``answering``: null where nobody answered, else {class: human | machine |
    uncertain, evidence, ms, speaker}: who answered, why we think so (logic/answering.py), when that stood in ms after the
    answer or null, and which machine it was, where its words were understood."""
    IN_DOUBT = "in_doubt"
    """The node died in the middle and cannot know how the call ended."""


class EndCause(StrEnum):
    """Why an attempt ended; kept apart because each has its own way to try again."""

    COMPLETED = "completed"  # the script came to its end
    HUNG_UP = "hung_up"  # the customer hung up in the middle
    BUSY = "busy"  # 486, 600
    NO_ANSWER = "no_answer"  # rang out, 408, 480, our CANCEL
    DECLINED = "declined"  # 603
    EMPTY_NUMBER = "empty_number"  # 404, 410, 484, 604 or the announcement
    POWERED_OFF = "powered_off"
    SUSPENDED = "suspended"
    MACHINE = "machine"  # voicemail
    NETWORK = "network"  # no reply, 5xx, media lost
    TRUNK_REFUSED = "trunk_refused"  # 401/403/407 after authentication, 503
    STOPPED = "stopped"  # the node was asked to stop


CODECS = ("PCMA", "PCMU")
"""What a trunk may be offered, in the order of our preference."""


@dataclass(frozen=True, slots=True)
class TrunkAddress:
    """Where to send the INVITE, and how the trunk wants to be spoken to."""

    name: str
    host: str
    port: int
    user: str = ""
    password: str = ""
    caller_id: str = ""
    codecs: list[str] = field(default_factory=lambda: list(CODECS))  # what is offered, the best first
    refer: bool = False  # a call may be handed over by REFER
    register: bool = False  # the node registers here


@dataclass(frozen=True, slots=True)
class TransferTarget:
    """An agent who may take over: the SIP address of the phone and who it is."""

    agent: str  # user name
    display_name: str
    sip_uri: str
    expert: bool = False  # rung when an agent asks for an expert, not for a customer
    is_window: bool = False  # a softphone: somebody clicks to pick up, so no voicemail answers there


@dataclass(frozen=True, slots=True)
class Order:
    """One call to make; enough to finish it if the centre dies."""

    attempt_id: str  # 32 hex digits, also the SIP Call-ID's left part
    fence: int
    number: str  # E.164
    trunk: TrunkAddress
    script: dict[str, Any]  # the whole published Script document
    facts: dict[str, Any]  # slots and condition fields: customer.name, store.name, …
    language: str
    transfer_targets: list[TransferTarget]
    transfer_timeout_s: float
    ring_timeout_s: float
    dial_before: str  # ISO 8601, UTC: never dial after this instant
    record: bool = True
    knowledge: str = ""  # the edition that questions are answered from; "" = none
    inbound: bool = False  # the customer is calling: DIALLING asks whether we may pick up


@dataclass(frozen=True, slots=True)
class Event:
    """One numbered fact about an attempt.  ``seq`` starts at 1; the same seq twice is one event."""

    attempt_id: str
    fence: int
    seq: int
    kind: EventKind
    at: str  # ISO 8601, UTC, the node's clock
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """A node's offer.  ``active`` are the attempts it is carrying now: the call is its heartbeat."""

    node: str
    free: int
    active: list[str] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """What the centre hands out, and what it tells every node of its trunks."""

    orders: list[Order] = field(default_factory=list)
    trunks: list[TrunkAddress] = field(default_factory=list)  # register with these
    peers: list[str] = field(default_factory=list)  # the hosts of all trunks: calls from there are taken


@dataclass(frozen=True, slots=True)
class InboundCall:
    """Somebody calls a node.  ``caller`` and ``called`` are the user parts of the SIP addresses, ``peer``
    is the trunk's host that the call came from, as the centre named it; empty where it is none of them."""

    node: str
    call_id: str
    caller: str
    called: str
    peer: str = ""


def to_json(message: Any) -> dict[str, Any]:
    """A dataclass of this module as JSON-safe data."""
    return asdict(message)


def order_from_json(data: dict[str, Any]) -> Order:
    """The order in ``data``; ``KeyError``/``TypeError`` where it does not fit. Unknown keys are ignored."""
    values = _known(Order, data)
    values["trunk"] = trunk_from_json(data["trunk"])
    values["transfer_targets"] = [
        TransferTarget(**_known(TransferTarget, target)) for target in data["transfer_targets"]
    ]
    return Order(**values)


def trunk_from_json(data: Mapping[str, Any]) -> TrunkAddress:
    """The trunk in ``data``; ``KeyError``/``TypeError`` where it does not fit. Unknown keys are ignored."""
    return TrunkAddress(**_known(TrunkAddress, data))


def claim_answer_from_json(data: Mapping[str, Any]) -> ClaimAnswer:
    """The answer in ``data``; ``KeyError``/``TypeError`` where it does not fit."""
    return ClaimAnswer(
        orders=[order_from_json(order) for order in data["orders"]],
        trunks=[trunk_from_json(trunk) for trunk in data.get("trunks", [])],
        peers=[str(host) for host in data.get("peers", [])],
    )


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise TypeError(f"{type(data).__name__} is no {kind.__name__}")
    names = {f.name for f in fields(kind)}
    return {key: value for key, value in data.items() if key in names}


def event_from_json(data: dict[str, Any]) -> Event:
    """The event in ``data``; ``KeyError``/``TypeError``/``ValueError`` where it does not fit."""
    return Event(
        attempt_id=str(data["attempt_id"]),
        fence=int(data["fence"]),
        seq=int(data["seq"]),
        kind=EventKind(data["kind"]),
        at=str(data["at"]),
        data=dict(data.get("data") or {}),
    )
