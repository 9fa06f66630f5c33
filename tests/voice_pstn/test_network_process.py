"""The network as a process: ready line, clean end, clear faults; and its early announcements on the wire."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

from huifang.voice.pstn.log import read_far_side
from huifang.voice.pstn.network import PhoneNetwork
from huifang.voice.pstn.population import Population
from huifang.voice.rtp import sdp
from huifang.voice.sip.agent import SippyAgent
from huifang.voice.sip.port import Account, Answered, Failed, Ringing, SipEvent


def start(log: Path, port: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "huifang", "pstn", "--port", str(port), "--log", str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("HUIFANG_")}
        | {"HUIFANG_LANGUAGE": "en"},
    )


def test_it_says_when_it_is_ready_and_ends_on_sigterm(tmp_path: Path) -> None:
    network = start(tmp_path / "log")
    assert network.stdout is not None
    ready = json.loads(network.stdout.readline())
    assert ready["ready"] is True
    other = start(tmp_path / "other", ready["port"])
    _, said = other.communicate(timeout=30)
    assert other.returncode != 0
    assert "already in use" in said
    assert "Traceback" not in said
    network.send_signal(signal.SIGTERM)
    network.communicate(timeout=30)
    assert network.returncode == 0
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "log").read_text("utf-8").splitlines()]
    assert kinds == ["started", "stopped"]


def test_an_announcement_is_early_media_and_then_the_status(tmp_path: Path) -> None:
    events: queue.SimpleQueue[SipEvent] = queue.SimpleQueue()
    network = PhoneNetwork("127.0.0.1", 0, Population(7, {"empty_announced": 1}), tmp_path / "log")
    network.start()
    thread = threading.Thread(target=network.run)
    thread.start()
    agent = SippyAgent("127.0.0.1", 0, events.put)
    agent.start()
    try:
        agent.dial(
            call_id="one",
            to_uri=f"sip:+8613800000001@127.0.0.1:{network.port}",
            caller_id="1",
            sdp=sdp.offer("127.0.0.1", 9),
            account=Account(),
            ring_timeout_s=20,
        )
        ringing = events.get(timeout=20)
        assert isinstance(ringing, Ringing)
        assert ringing.status == 183
        assert ringing.sdp is not None
        assert sdp.parse(ringing.sdp).codecs == ("PCMA",)
        failed = events.get(timeout=20)
        assert isinstance(failed, Failed)
        assert failed.status == 404
    finally:
        agent.stop()
        network.stop()
        thread.join()
    far = read_far_side(tmp_path / "log")
    assert (far.ended, far.answered, far.open_calls) == (1, 0, ())


def test_a_call_without_a_usable_description_is_refused_politely(tmp_path: Path) -> None:
    events: queue.SimpleQueue[SipEvent] = queue.SimpleQueue()
    network = PhoneNetwork("127.0.0.1", 0, Population(7, {"presses_key": 1}), tmp_path / "log")
    network.start()
    thread = threading.Thread(target=network.run)
    thread.start()
    agent = SippyAgent("127.0.0.1", 0, events.put)
    agent.start()
    try:
        for n, description in enumerate(("v=0\r\n", sdp.offer("127.0.0.1", 9).replace(" 8 0 ", " 18 "))):
            agent.dial(
                call_id=f"odd-{n}",
                to_uri=f"sip:+861380000000{n}@127.0.0.1:{network.port}",
                caller_id="1",
                sdp=description,
                account=Account(),
                ring_timeout_s=20,
            )
        answers: list[int] = []
        while len(answers) < 2:
            event = events.get(timeout=20)
            assert not isinstance(event, Answered)
            if isinstance(event, Failed):
                answers.append(event.status)
        assert answers == [488, 488]
    finally:
        agent.stop()
        network.stop()
        thread.join()
