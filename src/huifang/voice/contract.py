"""The node's side of the voice line over HTTP: claim, events, recordings.

The shapes and paths are those of ``logic/voice_line.py``.  Each method makes one request; whoever calls
decides whether and when to try again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from huifang.errors import N_, HuifangError
from huifang.logic.softphone_line import (
    GatewayReport,
    Instructions,
    instructions_from_json,
    report_to_json,
)
from huifang.logic.voice_line import (
    ClaimAnswer,
    ClaimRequest,
    Event,
    InboundCall,
    Order,
    claim_answer_from_json,
    order_from_json,
    to_json,
)

_TIMEOUT = httpx.Timeout(10.0, connect=3.0)
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 15.0


class CentreAway(HuifangError):
    """The request may or may not have had its effect; trying again is right."""

    template = N_("The centre at %(url)s cannot be used now: %(reason)s; the voice node tries again.")


class CentreRefuses(HuifangError):
    """The centre has read the request and will not take it, however often it comes.  ``status`` is HTTP's."""

    template = N_("The centre at %(url)s refuses %(what)s: status %(status)s.")

    @property
    def status(self) -> int:
        return int(str(self.data["status"]))


def pause_before_retry(tries: int, chance: float) -> float:
    """Seconds to wait after ``tries`` failures in a row: 0.25, 0.5 … 15, shortened by up to half.

    ``chance`` (0-1) spreads the nodes, so that a centre that comes back is not met by all at once.
    """
    longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(tries - 1, 10))
    return longest * (1 - chance / 2)


def next_pause(tries: int) -> float:
    """``pause_before_retry`` with a drawn chance."""
    return pause_before_retry(tries, random.random())


class Centre:
    """One connection to the centre, for one thread."""

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT,
            trust_env=False,
            transport=transport,
        )

    def close(self) -> None:
        self._http.close()

    def claim(self, request: ClaimRequest) -> ClaimAnswer:
        """The orders and trunks that the centre hands to this node.  ``CentreAway``, ``CentreRefuses``."""
        body = self._json(self._send("a claim", "POST", "/api/voice/claim", json=to_json(request)))
        try:
            return claim_answer_from_json(body)
        except (AttributeError, KeyError, TypeError) as error:
            raise CentreAway(url=self.url, reason=f"its orders are not readable ({error!r})") from None

    def inbound(self, call: InboundCall) -> Order | None:
        """With which order to answer somebody who calls; None: with none.  ``CentreAway``, ``CentreRefuses``."""
        body = self._json(self._send("an incoming call", "POST", "/api/voice/inbound", json=to_json(call)))
        try:
            return order_from_json(body["order"]) if body["order"] is not None else None
        except (KeyError, TypeError) as error:
            raise CentreAway(url=self.url, reason=f"its order is not readable ({error!r})") from None

    def sync_softphones(self, report: GatewayReport) -> Instructions:
        """Tell a softphone gateway's phones, and get what is to be done.  ``CentreAway``, ``CentreRefuses``."""
        body = self._json(
            self._send("softphones", "POST", "/api/voice/softphones", json=report_to_json(report))
        )
        try:
            return instructions_from_json(body)
        except (KeyError, TypeError) as error:
            raise CentreAway(url=self.url, reason=f"its instructions are not readable ({error!r})") from None

    def post_events(self, node: str, events: Sequence[Event]) -> set[str]:
        """Report ``events``; the attempt ids that no longer belong to this node.
        ``CentreAway``, ``CentreRefuses``."""
        body = {"node": node, "events": [to_json(event) for event in events]}
        answer = self._json(self._send("events", "POST", "/api/voice/events", json=body))
        return {str(attempt_id) for attempt_id in answer.get("refused", [])}

    def knowledge(self, edition: str) -> list[Any]:
        """The articles of an edition, as JSON.  ``CentreAway``, ``CentreRefuses``."""
        articles = self._json(self._send("knowledge", "GET", f"/api/voice/knowledge/{edition}")).get(
            "articles"
        )
        return articles if isinstance(articles, list) else []

    def tune(self, key: str) -> bytes:
        """An uploaded tune as A-law.  ``CentreAway``, ``CentreRefuses``."""
        return self._send("a tune", "GET", f"/api/voice/tunes/{key}").content

    def upload_recording(self, attempt_id: str, path: Path) -> None:
        """Send a WAV file.  ``CentreAway``, ``CentreRefuses``, ``OSError`` where the file is gone."""
        with path.open("rb") as file:
            self._send(
                "a recording",
                "PUT",
                f"/api/voice/recordings/{attempt_id}",
                content=file,
                headers={"Content-Type": "audio/wav", "Content-Length": str(path.stat().st_size)},
            )

    def _send(self, what: str, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise CentreAway(url=self.url, reason=reason) from None
        status = response.status_code
        if status in (401, 403):
            raise CentreAway(url=self.url, reason=f"it does not accept HUIFANG_VOICE_TOKEN (status {status})")
        if status >= 500 or status in (408, 425, 429):
            raise CentreAway(url=self.url, reason=f"it answered with status {status}")
        if not 200 <= status < 300:
            raise CentreRefuses(url=self.url, what=what, status=status)
        return response

    def _json(self, response: httpx.Response) -> dict[str, Any]:
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise CentreAway(url=self.url, reason="its answer is not JSON; is HUIFANG_CENTRE_URL right?")
        return body
