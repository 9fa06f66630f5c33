"""The node's registrations: one for every trunk that the centre names, as long as it names it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

from huifang.logic.voice_line import TrunkAddress
from huifang.voice.sip.port import Account, Registration, RegistrationState, SipAgent

_EXPIRES_S = 600


@dataclass(slots=True)
class _Standing:
    trunk: TrunkAddress
    registration: Registration
    state: RegistrationState
    since: str


class Registrations:
    """Every method may be called from any thread.

    :param now: the clock whose times are shown to people
    """

    def __init__(self, agent: SipAgent, now: Callable[[], datetime]) -> None:
        self._agent = agent
        self._now = now
        self._lock = Lock()
        self._standing: dict[str, _Standing] = {}

    def heed(self, trunks: Sequence[TrunkAddress]) -> None:
        """Register with those that are new or have changed, unregister from those that are gone."""
        wanted = {trunk.name: trunk for trunk in trunks}
        with self._lock:
            for name in [n for n, one in self._standing.items() if wanted.get(n) != one.trunk]:
                self._standing.pop(name).registration.end()
            for name, trunk in wanted.items():
                if name not in self._standing:
                    self._begin(trunk)

    def stats(self) -> dict[str, Any]:
        """Trunk → registered, status, since: what the centre's page shows."""
        with self._lock:
            return {
                name: {"registered": one.state.is_registered, "status": one.state.status, "since": one.since}
                for name, one in self._standing.items()
            }

    def _begin(self, trunk: TrunkAddress) -> None:
        registration = self._agent.register(
            registrar=f"{trunk.host}:{trunk.port}",
            account=Account(trunk.user, trunk.password),
            expires_s=_EXPIRES_S,
            on_change=partial(self._changed, trunk),
        )
        nothing_yet = RegistrationState(False, 0)
        self._standing[trunk.name] = _Standing(trunk, registration, nothing_yet, self._now().isoformat())

    def _changed(self, trunk: TrunkAddress, state: RegistrationState) -> None:
        with self._lock:
            one = self._standing.get(trunk.name)
            if one is None or one.trunk != trunk:
                return  # the last words of a registration that has been replaced
            was = (one.state.is_registered, one.state.status)
            if (state.is_registered, state.status) != was:
                one.since = self._now().isoformat()
            one.state = state
