"""Calls are taken from the trunk and from this machine, and from nobody else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from voice_sip.sipp import SCENARIOS, Sipp

from huifang.voice import reception
from huifang.voice.peers import Peers

from .centre import FakeCentre
from .stage import environment, running, serving


class Book:
    """Names and addresses, and how often it was asked."""

    def __init__(self, **names: set[str]) -> None:
        self.names, self.asked = names, 0

    def __call__(self, host: str) -> set[str]:
        self.asked += 1
        return self.names.get(host, set())


def test_this_machine_and_the_named_hosts_may_call() -> None:
    peers = Peers(["trunk", ""], Book(trunk={"198.51.100.7", "198.51.100.8"}))
    assert peers.includes("127.0.0.1")
    assert peers.includes("198.51.100.8")
    assert not peers.includes("198.51.100.9")
    assert not peers.includes("")


def test_without_a_trunk_only_this_machine_may_call() -> None:
    assert not Peers([""], Book()).includes("198.51.100.7")


def test_the_hosts_that_the_centre_names_may_call_as_long_as_it_names_them() -> None:
    peers = Peers([], Book(trunk={"198.51.100.7"}))
    assert not peers.includes("198.51.100.7")
    peers.also(["trunk"])
    assert peers.includes("198.51.100.7")
    peers.also([])
    assert not peers.includes("198.51.100.7")


def test_a_call_is_told_from_which_host_it_comes_by_the_centre_s_name_for_it() -> None:
    book = Book(trunk={"198.51.100.7"}, sip={"198.51.100.7", "198.51.100.8"})
    peers = Peers(["trunk"], book)
    assert peers.host_of("198.51.100.7") == "trunk"
    peers.also(["sip"])
    assert peers.host_of("198.51.100.7") == "sip"
    assert peers.host_of("203.0.113.1") == ""


def test_a_name_is_looked_up_again_after_a_minute() -> None:
    seconds, book = [0.0], Book(trunk={"198.51.100.7"})
    peers = Peers(["trunk"], book, lambda: seconds[0])
    for _ in range(5):
        assert peers.includes("198.51.100.7")
    assert book.asked == 1
    book.names["trunk"] = {"198.51.100.9"}
    seconds[0] = 61.0
    assert peers.includes("198.51.100.9")
    assert not peers.includes("198.51.100.7")


@pytest.mark.sipp
def test_a_stranger_is_turned_away_and_the_centre_never_hears_of_it(
    sipp: Sipp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reception.Peers, "includes", lambda self, address: address != "127.0.0.1")
    centre = FakeCentre()
    with serving(centre) as url, caplog.at_level(logging.WARNING):
        env = environment(tmp_path, url)
        with running(env):
            run = sipp.call(env.sip_port, SCENARIOS / "uac_hangs_up.xml")
            assert run.wait() != 0
    assert "SIP/2.0 403" in run.messages
    assert centre.callers == []
    assert "127.0.0.1 is refused" in caplog.text
