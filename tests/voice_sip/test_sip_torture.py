"""Every message of RFC 4475's catalogue: the valid are understood, the others leave the line as it was."""

from __future__ import annotations

import queue
import re
import socket
from collections.abc import Iterator

import pytest

from huifang.voice.sip.agent import SippyAgent
from huifang.voice.sip.port import Account, Answered, Incoming, SipEvent
from voice_sip.line import OFFER, PATIENCE_S
from voice_sip.torture import FORGIVEN, INVALID, LOCAL, ODD, VALID, VALID_RESPONSES, request, write

_UNREADABLE = {"insuf", "unkscm", "novelsc", "unksm2", "multi01", "mcl01", "bcast"}
KNOWN = {**VALID, **FORGIVEN, **{name: case for name, case in ODD.items() if name not in _UNREADABLE}}
REFUSED = {**INVALID, **{name: ODD[name] for name in _UNREADABLE}}
SPOKEN = {
    "wsinv": ("13800138000", "4001"),
    "esc01": ("I have room", "sips:4001@there"),
    "longreq": ("long" * 60, "4001"),
    "inv2543": ("+13035551111", "4001"),
}
"""Who calls whom."""


class Torture:
    """An agent that lets every call ring, and a socket that says what it likes."""

    def __init__(self) -> None:
        self.calls: list[Incoming] = []
        self.answered: queue.Queue[Answered] = queue.Queue()
        self.agent = SippyAgent(LOCAL, 0, self._on_event)
        self.agent.start()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((LOCAL, 0))
        self.socket.settimeout(PATIENCE_S)
        self.port = self.socket.getsockname()[1]

    def _on_event(self, event: SipEvent) -> None:
        if isinstance(event, Incoming):
            self.calls.append(event)
            event.leg.ring()
        elif isinstance(event, Answered):
            self.answered.put(event)

    def say(self, message: bytes) -> None:
        ours = message.replace(f"{LOCAL}:9".encode(), f"{LOCAL}:{self.port}".encode())
        self.socket.sendto(ours, (LOCAL, self.agent.port))

    def hear(self) -> str:
        return self.socket.recv(65535).decode(errors="replace")

    def answers(self, message: bytes) -> list[int]:
        """The statuses of our answers to ``message``, 100 aside; a question behind it marks the end."""
        self.say(message)
        statuses: list[int] = []
        for end in ("afterwards", "long-afterwards"):  # a 180 is sent from the next turn of the loop
            via = f"SIP/2.0/UDP {LOCAL}:9;branch=z9hG4bK{end}"
            self.say(request(f"OPTIONS sip:4001@{LOCAL} SIP/2.0", Call_ID=end, Via=via))
            while f"Call-ID: {end}" not in (head := self.hear()):
                statuses.append(int(head.split()[1]))
        return [status for status in statuses if status != 100]

    def close(self) -> None:
        self.agent.stop()
        self.socket.close()


@pytest.fixture
def torture() -> Iterator[Torture]:
    room = Torture()
    yield room
    room.close()


@pytest.mark.parametrize("name", KNOWN)
def test_a_tortuous_message_is_understood(torture: Torture, name: str) -> None:
    message, wanted = KNOWN[name]
    assert torture.answers(message) == [wanted]
    stats = torture.agent.stats()
    assert stats["malformed"] == stats["faults"] == stats["on_event_faults"] == 0
    assert len(torture.calls) == (wanted == 180)
    for call in torture.calls:
        assert (call.caller, call.called) == SPOKEN.get(name, ("13800138000", "4001"))
        assert call.sdp == OFFER


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_read_is_refused_and_leaves_the_line_as_it_was(torture: Torture, name: str) -> None:
    message, wanted = REFUSED[name]
    assert torture.answers(message) == ([] if wanted is None else [wanted])
    stats = torture.agent.stats()
    assert stats["malformed"] == (name != "bcast")  # which is sound, but answers nothing that we asked
    assert stats["refused"] == (wanted is not None)
    assert stats["faults"] == stats["on_event_faults"] == 0
    assert torture.calls == []


@pytest.mark.parametrize("name", VALID_RESPONSES)
def test_a_tortuous_answer_is_understood(torture: Torture, name: str) -> None:
    torture.agent.dial(
        call_id=name,
        to_uri=f"sip:4001@{LOCAL}:{torture.port}",
        caller_id="95001",
        sdp=OFFER,
        account=Account(),
        ring_timeout_s=20.0,
    )
    asked = dict(re.findall(r"^(Via|From|To|CSeq): (.*)\r$", torture.hear(), re.MULTILINE))
    torture.say(
        write(
            f"SIP/2.0 {VALID_RESPONSES[name]}",
            "v  :\n " + asked["Via"].replace("/", " / ").replace(";", " ;\n ").replace("=", " = "),
            "f:" + asked["From"].replace(";", "   ;").replace("=", " =\n "),
            f't :"Lao Wang \\\\" {asked["To"]} ; TAG = odd',
            f"i:{name}",
            "CSEQ : 000" + asked["CSeq"].replace(" ", "\n\t "),
            f"m :\n sip:torture@{LOCAL}:9 ; q = 0.33",
            "c:application/sdp",
            body=OFFER.encode(),
        )
    )
    assert torture.answered.get(timeout=PATIENCE_S).sdp == OFFER
    while not (ack := torture.hear()).startswith("ACK "):
        pass
    assert ack.startswith(f"ACK sip:torture@{LOCAL}:{torture.port} SIP/2.0\r\n")
    assert re.search(r"^To: .*;tag=odd\r$", ack, re.MULTILINE)
