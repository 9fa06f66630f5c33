"""Which trunks the node registers with, and what the centre is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from servers.kamailio import PASSWORD, USER, Kamailio

from huifang.logic.voice_line import TrunkAddress
from huifang.voice.registrations import Registrations
from huifang.voice.sip.port import Account, RegistrationState

from .centre import FakeCentre
from .stage import environment, running, serving, wait_until


@dataclass
class Registrar:
    """Stands for the SIP agent: remembers what was asked of it."""

    begun: list[tuple[str, Account]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    tell: dict[str, Callable[[RegistrationState], None]] = field(default_factory=dict)

    def register(self, *, registrar: str, account: Account, expires_s: int, on_change):  # type: ignore[no-untyped-def]
        assert expires_s > 0
        self.begun.append((registrar, account))
        self.tell[registrar] = on_change

        class Standing:
            def end(standing) -> None:
                self.ended.append(registrar)

        return Standing()


def trunk(name: str, host: str, **more: str) -> TrunkAddress:
    return TrunkAddress(name, host, 5060, register=True, **more)  # type: ignore[arg-type]


def test_new_trunks_are_registered_with_and_old_ones_let_go() -> None:
    agent = Registrar()
    standing = Registrations(agent, lambda: datetime(2026, 11, 26, tzinfo=UTC))  # type: ignore[arg-type]
    standing.heed([trunk("a", "one"), trunk("b", "two", user="u", password="p")])
    standing.heed([trunk("a", "one"), trunk("b", "two", user="u", password="p")])
    assert agent.begun == [("one:5060", Account()), ("two:5060", Account("u", "p"))]
    standing.heed([trunk("b", "two", user="u", password="changed")])
    assert agent.ended == ["one:5060", "two:5060"]
    assert agent.begun[-1] == ("two:5060", Account("u", "changed"))
    standing.heed([])
    assert standing.stats() == {}


def test_the_state_and_since_when_it_is_so() -> None:
    agent, clock = Registrar(), iter(datetime(2026, 11, 26, hour, tzinfo=UTC) for hour in range(24))
    standing = Registrations(agent, lambda: next(clock))  # type: ignore[arg-type]
    standing.heed([trunk("a", "one")])
    assert standing.stats()["a"] == {"registered": False, "status": 0, "since": "2026-11-26T00:00:00+00:00"}
    late = agent.tell["one:5060"]
    late(RegistrationState(True, 200, 600))
    late(RegistrationState(True, 200, 600))  # a refresh is no change
    assert standing.stats()["a"] == {"registered": True, "status": 200, "since": "2026-11-26T01:00:00+00:00"}
    standing.heed([])
    late(RegistrationState(False, 403))
    assert standing.stats() == {}


def test_a_node_registers_with_a_real_registrar_and_says_so_in_its_claims(
    kamailio: Callable[..., Kamailio], tmp_path: Path
) -> None:
    proxy, centre = kamailio(), FakeCentre()
    centre.trunks = [TrunkAddress("main", "127.0.0.1", proxy.port, USER, PASSWORD, register=True)]
    with serving(centre) as url, running(environment(tmp_path, url)):
        assert wait_until(
            lambda: any(
                claim["stats"].get("trunks", {}).get("main", {}).get("registered") for claim in centre.claims
            )
        )
