"""A full disk: calls go on without recordings, and without a journal nothing is dialled."""

from __future__ import annotations

from pathlib import Path

import pytest

from huifang.logic.voice_line import Event, EventKind
from huifang.voice.disk_room import DiskRoom
from huifang.voice.journal import Journal
from huifang.voice.pstn.persona import Line, Persona, Press, Turn

from .centre import FakeCentre
from .orders import order
from .stage import Street, environment, network, running, serving, wait_until

A, NUMBER = "a" * 32, "+8613800000001"
STREET = Street({NUMBER: Persona("test", Line.ANSWERS, 0.2, turns=(Turn(Press("1")),))})


def test_a_call_on_a_full_disk_goes_on_and_says_that_nothing_was_recorded(tmp_path: Path) -> None:
    centre = FakeCentre()
    with network(STREET, tmp_path / "log") as phones, serving(centre) as url:
        wanted = order(NUMBER, phones.port)
        centre.orders.append(wanted)
        with running(environment(tmp_path, url, HUIFANG_DISK_RESERVE_MB="1000000")) as node:
            if not node._room.is_full:
                pytest.skip("this disk has a terabyte free")
            assert wait_until(lambda: centre.is_settled(wanted.attempt_id))
            assert [a["code"] for a in node.stats()["alerts"]] == ["disk_full"]
    end = centre.end_of(wanted.attempt_id)
    assert end is not None
    assert end.data["cause"] == "completed"
    assert centre.of(wanted.attempt_id, EventKind.ANSWER)
    [told] = centre.of(wanted.attempt_id, EventKind.RECORDING)
    assert told.data == {"bytes": 0, "seconds": 0.0, "cut": "disk_full"}
    assert centre.recordings == {}


def test_a_failed_write_pauses_recordings_though_the_disk_shows_room(tmp_path: Path) -> None:
    now, faults = [0.0], [0]
    room = DiskRoom(tmp_path, 0, lambda: faults[0], lambda: now[0])
    assert not room.is_full
    faults[0] = 1
    assert room.is_full
    now[0] = 59.0
    assert room.is_full
    now[0] = 61.0
    assert not room.is_full


def test_a_folder_that_is_gone_has_no_room(tmp_path: Path) -> None:
    assert DiskRoom(tmp_path / "gone", 1, lambda: 0).is_full


def test_a_journal_without_room_keeps_everything_waiting_and_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal.claimed(A, 1)
    journal.sync()
    (pages,) = journal._writing.execute("PRAGMA page_count").fetchone()
    journal._writing.execute(f"PRAGMA max_page_count = {pages}")  # from here on the disk is full
    told: list[str] = []
    dialling = Event(A, 1, 1, EventKind.DIALLING, "2026-11-26T03:00:00+00:00", {"text": "x" * 20_000})
    journal.record(dialling, then=lambda: told.append("on disk"))
    assert wait_until(lambda: journal.is_stuck)
    assert told == []
    assert journal.waiting(10) == []
    journal._writing.execute("PRAGMA max_page_count = 1000000")
    assert wait_until(lambda: not journal.is_stuck)
    assert wait_until(lambda: told == ["on disk"])
    assert [e.kind for e in journal.waiting(10)] == [EventKind.DIALLING]
    journal.close()


def test_a_node_whose_journal_is_stuck_asks_for_no_orders_and_alerts(tmp_path: Path) -> None:
    centre = FakeCentre()
    with (
        network(STREET, tmp_path / "log") as phones,
        serving(centre) as url,
        running(environment(tmp_path, url)) as node,
    ):
        (pages,) = node._journal._writing.execute("PRAGMA page_count").fetchone()
        node._journal._writing.execute(f"PRAGMA max_page_count = {pages}")
        wanted = order(NUMBER, phones.port)
        node._journal.claimed("b" * 20_000, 1)  # something that needs a page
        assert wait_until(lambda: node._journal.is_stuck)
        assert node._offer().free == 0
        assert [a["code"] for a in node.stats()["alerts"]] == ["journal"]
        centre.orders.append(wanted)
        node._journal._writing.execute("PRAGMA max_page_count = 1000000")
        assert wait_until(lambda: centre.is_settled(wanted.attempt_id))
