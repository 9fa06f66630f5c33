"""A running loop and plain-socket far ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from huifang.voice.rtp.loop import BatchedMediaLoop
from huifang.voice.rtp.session import BatchedSession

from .peer import Events, Peer


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def loop(events: Events) -> Iterator[BatchedMediaLoop]:
    loop = BatchedMediaLoop(events, ports=range(40000, 42000))
    loop.start()
    yield loop
    loop.stop()


@pytest.fixture
def new_peer() -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def make(ssrc: int = 0xFACE) -> Peer:
        peers.append(Peer(ssrc))
        return peers[-1]

    yield make
    for peer in peers:
        peer.close()


@pytest.fixture
def call(loop: BatchedMediaLoop, new_peer: Callable[..., Peer]) -> Callable[..., tuple[BatchedSession, Peer]]:
    """Make a connected session and its far end."""

    def make(codec: str = "PCMA", dtmf_payload: int | None = 101) -> tuple[BatchedSession, Peer]:
        peer, session = new_peer(), loop.open()
        session.connect("127.0.0.1", peer.port, codec=codec, dtmf_payload=dtmf_payload)
        return session, peer

    return make
