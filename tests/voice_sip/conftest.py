"""Agents on free ports, and SIPp."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from servers.kamailio import kamailio  # noqa: F401

from huifang.voice.sip.port import SipEvent
from voice_sip.line import Line
from voice_sip.sipp import sipp  # noqa: F401

OpenLine = Callable[..., Line]


@pytest.fixture(autouse=True)
def short_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    """Peers that are written by hand never answer a BYE; do not wait long for them at the end."""
    monkeypatch.setattr("huifang.voice.sip.agent._STOP_PATIENCE_S", 0.3)


@pytest.fixture
def open_line() -> Iterator[OpenLine]:
    """Starts agents; all are stopped at the end."""
    lines: list[Line] = []

    def start(react: Callable[[SipEvent], None] | None = None, port: int = 0) -> Line:
        line = Line(react, port)
        line.agent.start()
        lines.append(line)
        return line

    yield start
    for line in lines:
        line.agent.stop()


@pytest.fixture
def line(open_line: OpenLine) -> Line:
    """One running agent."""
    return open_line()
