"""The signalling port: what the rest of the node may ask of SIP, and what SIP reports.

Implementations call ``on_event`` from their own thread; receivers must not block there.
A *leg* is one dialog with one phone.  SDP bodies are text; ``voice/rtp/sdp.py`` reads and writes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Account:
    """Digest credentials for a trunk; empty where the trunk trusts our address."""

    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Ringing:
    leg: Leg
    status: int  # 180, 181, 182, 183
    sdp: str | None  # early media, if offered


@dataclass(frozen=True, slots=True)
class Answered:
    leg: Leg
    sdp: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A call that we dialled ended without an answer."""

    leg: Leg
    status: int  # final status; 408 when nothing came back; 487 after our own cancel
    reason: str
    retry_after_s: float | None = None
    is_silence: bool = False  # not even a 100 came back: nobody is there


@dataclass(frozen=True, slots=True)
class HungUp:
    """An answered leg is over (BYE from the peer, or the peer vanished)."""

    leg: Leg
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Someone calls us; answer(), ring() or reject() the leg."""

    leg: Leg
    call_id: str
    caller: str  # user part of From
    called: str  # user part of the request URI
    sdp: str | None
    headers: dict[str, str] = field(default_factory=dict)
    source: str = ""  # the IP address that the INVITE came from


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The caller of an incoming leg gave up before we answered."""

    leg: Leg


@dataclass(frozen=True, slots=True)
class Reoffered:
    """The far end of an answered leg has described its audio anew: hold, resume, another place or codec.
    It has been answered already."""

    leg: Leg
    sdp: str


@dataclass(frozen=True, slots=True)
class ReferProgress:
    """The far end follows our REFER; ``status`` is 202 when it agrees, then what its own call meets."""

    leg: Leg
    status: int


@dataclass(frozen=True, slots=True)
class ReferDone:
    """Our REFER is settled: 2xx where the far end has reached the other party, else why not (408: it never
    said).  The leg stands until somebody hangs up."""

    leg: Leg
    status: int


SipEvent = Ringing | Answered | Failed | HungUp | Incoming | Cancelled | Reoffered | ReferProgress | ReferDone
OnEvent = Callable[[SipEvent], None]


@dataclass(frozen=True, slots=True)
class RegistrationState:
    """What has become of a registration.  ``status``: the registrar's last word, 408 where none came,
    0 before the first."""

    is_registered: bool
    status: int
    expires_s: int = 0


class Registration(Protocol):
    """A standing registration; it is refreshed until it is ended."""

    def end(self) -> None:
        """Unregister.  From any thread; returns at once."""


class Leg(Protocol):
    """One dialog.  Every method may be called from any thread and returns at once."""

    call_id: str

    def cancel(self) -> None:
        """Give up an unanswered call that we dialled (CANCEL); a late 200 is ACKed and BYEd."""

    def hang_up(self) -> None:
        """End the leg whatever its state: CANCEL, reject or BYE."""

    def ring(self, early_sdp: str | None = None) -> None:
        """180 to an incoming call; with ``early_sdp`` 183, for audio before the answer."""

    def answer(self, sdp: str) -> None:
        """200 to an incoming call."""

    def reject(self, status: int, reason: str) -> None:
        """A final failure to an incoming call, for example 486."""

    def refer(self, to_uri: str, patience_s: float) -> None:
        """Ask the far end of an answered leg to call ``to_uri`` in our place (RFC 3515).  ReferProgress tells
        how it goes and ReferDone, once and at the latest after ``patience_s``, what came of it."""


class SipAgent(Protocol):
    """One SIP endpoint on one UDP socket."""

    host: str
    port: int

    def start(self) -> None:
        """Bind and run.  ``PortInUse`` where the port is taken."""

    def stop(self) -> None:
        """End every leg, wait a moment for the answers, release the socket."""

    def dial(
        self,
        *,
        call_id: str,
        to_uri: str,
        caller_id: str,
        sdp: str,
        account: Account,
        ring_timeout_s: float,
    ) -> Leg:
        """Send an INVITE to ``to_uri`` (``sip:user@host:port``).
        It is cancelled after ``ring_timeout_s`` and then reported as Failed(408/487)."""

    def register(
        self,
        *,
        registrar: str,
        account: Account,
        expires_s: int,
        on_change: Callable[[RegistrationState], None],
    ) -> Registration:
        """Register ``account`` at ``registrar`` (``sip:host:port``) with our address, and keep it registered
        for ``expires_s`` at a time.  ``on_change`` is told of every answer, in the agent's thread."""
