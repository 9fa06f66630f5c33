"""A whole stage on loopback: centre, node and virtual telephone network, the latter two on threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from huifang.env import Environment, read_environment
from huifang.voice.node import Node
from huifang.voice.pstn.network import PhoneNetwork
from huifang.voice.pstn.persona import Persona
from huifang.voice.pstn.population import Population
from huifang.voice.sip.wire import Wire

from .centre import TOKEN, FakeCentre


@dataclass
class Street:
    """People whom a test has put there; everybody else comes from the population."""

    people: Mapping[str, Persona] = field(default_factory=dict)
    seed: int = 7

    def persona(self, number: str) -> Persona:
        return self.people.get(number) or Population(self.seed).persona(number)


def free_sip_port() -> int:
    wire = Wire("127.0.0.1", 0)
    wire.close()
    return wire.port


def environment(home: Path, centre_url: str, **more: str) -> Environment:
    return read_environment(
        {
            "HUIFANG_HOME": str(home),
            "HUIFANG_CENTRE_URL": centre_url,
            "HUIFANG_VOICE_TOKEN": TOKEN,
            "HUIFANG_SIP_PORT": str(free_sip_port()),
            **more,
        }
    )


@contextmanager
def network(street: Street, log: Path, rtp_ports: range = range(24000, 28000)) -> Iterator[PhoneNetwork]:
    phones = PhoneNetwork("127.0.0.1", 0, street, log, rtp_ports)  # type: ignore[arg-type]
    phones.start()
    thread = threading.Thread(target=phones.run)
    thread.start()
    try:
        yield phones
    finally:
        phones.stop()
        thread.join()


@contextmanager
def serving(centre: FakeCentre) -> Iterator[str]:
    url = centre.start()
    try:
        yield url
    finally:
        centre.stop()


@contextmanager
def running(env: Environment) -> Iterator[Node]:
    node = Node(env)
    node.start()
    thread = threading.Thread(target=node.run)
    thread.start()
    try:
        yield node
    finally:
        node.stop(patience_s=0.2)
        thread.join()
        node.close()


def wait_until(claim: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether ``claim`` came true; the limit only keeps a failing test from hanging."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if claim():
            return True
        time.sleep(0.05)
    return False
