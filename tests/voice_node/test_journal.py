"""The journal: what survives a crash, and what a restart may conclude from it."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.voice_line import Event, EventKind
from huifang.voice.journal import Journal, JournalUnusable, Stage

A, B = "a" * 32, "b" * 32


def event(attempt_id: str, seq: int, kind: EventKind, fence: int = 1) -> Event:
    return Event(attempt_id, fence, seq, kind, "2026-11-23T02:00:00+00:00", {"n": seq})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.journal"


def stages(path: Path) -> dict[str, Stage]:
    journal = Journal(path)
    try:
        return {left.attempt_id: left.stage for left in journal.unfinished()}
    finally:
        journal.close()


def test_a_claimed_attempt_is_found_again(path: Path) -> None:
    journal = Journal(path)
    journal.claimed(A, 1)
    journal.close()
    assert stages(path) == {A: Stage.CLAIMED}


def test_an_attempt_is_dialling_only_once_the_centre_has_accepted_it(path: Path) -> None:
    journal = Journal(path)
    journal.claimed(A, 1)
    journal.record(event(A, 1, EventKind.DIALLING))
    journal.close()
    assert stages(path) == {A: Stage.ANNOUNCED}

    journal = Journal(path)
    journal.delivered(journal.waiting(10), ())
    journal.close()
    assert stages(path) == {A: Stage.DIALLING}


def test_the_news_of_a_commit_comes_after_it(path: Path) -> None:
    journal = Journal(path)
    journal.claimed(A, 1)
    seen: list[int] = []
    done = threading.Event()

    def look() -> None:
        with sqlite3.connect(path) as other:
            seen.append(other.execute("SELECT count(*) FROM events").fetchone()[0])
        done.set()

    journal.record(event(A, 1, EventKind.DIALLING), then=look)
    assert done.wait(5)
    journal.close()
    assert seen == [1]


def test_events_wait_in_order_until_they_are_delivered(path: Path) -> None:
    journal = Journal(path)
    for attempt in (A, B):
        journal.claimed(attempt, 1)
        journal.record(event(attempt, 1, EventKind.DIALLING))
        journal.record(event(attempt, 2, EventKind.RINGING))
    journal.close()

    journal = Journal(path)
    waiting = journal.waiting(10)
    assert [(e.attempt_id, e.seq) for e in waiting] == [(A, 1), (A, 2), (B, 1), (B, 2)]
    journal.delivered(waiting[:3], ())
    assert [(e.attempt_id, e.seq) for e in journal.waiting(10)] == [(B, 2)]
    journal.close()


def test_a_finished_attempt_leaves_nothing_behind(path: Path) -> None:
    journal = Journal(path)
    journal.claimed(A, 1)
    for seq, kind in enumerate((EventKind.DIALLING, EventKind.RINGING, EventKind.ENDED), 1):
        journal.record(event(A, seq, kind))
    journal.sync()
    journal.delivered(journal.waiting(10), ())
    journal.close()
    assert stages(path) == {}


def test_a_recording_keeps_a_finished_attempt_until_it_is_uploaded(path: Path) -> None:
    journal = Journal(path)
    journal.claimed(A, 1)
    journal.record(event(A, 1, EventKind.DIALLING))
    journal.record(event(A, 2, EventKind.ENDED), recording="there.wav")
    journal.sync()
    journal.delivered(journal.waiting(10), ())
    [left] = journal.unfinished()
    assert (left.stage, left.recording, left.last_seq) == (Stage.ENDED, "there.wav", 2)
    journal.record(event(A, 3, EventKind.RECORDING), recording="")
    journal.sync()
    journal.delivered(journal.waiting(10), ())
    journal.close()
    assert stages(path) == {}


def test_events_of_a_disowned_attempt_are_dropped(path: Path) -> None:
    journal = Journal(path)
    journal.claimed(A, 1)
    journal.record(event(A, 1, EventKind.DIALLING))
    journal.sync()
    journal.delivered(journal.waiting(10), {A})
    journal.record(event(A, 2, EventKind.RINGING))
    journal.sync()
    assert journal.waiting(10) == []
    assert [left.stage for left in journal.unfinished()] == [Stage.DISOWNED]
    journal.forget(A)
    journal.close()
    assert stages(path) == {}


def test_a_newer_claim_replaces_what_an_older_fence_left(path: Path) -> None:
    journal = Journal(path)
    journal.claimed(A, 1)
    journal.record(event(A, 1, EventKind.DIALLING))
    journal.claimed(A, 2)
    journal.record(event(A, 2, EventKind.RINGING, fence=1))
    journal.sync()
    assert journal.waiting(10) == []
    [left] = journal.unfinished()
    assert (left.fence, left.stage) == (2, Stage.CLAIMED)
    journal.close()


def test_two_nodes_of_one_name_do_not_share_a_journal(path: Path) -> None:
    journal = Journal(path)
    with pytest.raises(JournalUnusable, match="HUIFANG_NODE"):
        Journal(path)
    journal.close()
    Journal(path).close()


def test_a_damaged_journal_is_named(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(JournalUnusable, match=r"node\.journal"):
        Journal(path)


def test_commits_are_shared_by_what_arrives_together(path: Path) -> None:
    journal = Journal(path)
    for n in range(500):
        journal.claimed(f"{n:032x}", 1)
    journal.close()
    assert len(stages(path)) == 500
    assert journal.commits < 400


@given(
    st.lists(st.tuples(st.sampled_from([A, B]), st.sampled_from(["next", "deliver", "restart"])), max_size=12)
)
def test_no_event_is_lost_and_none_comes_twice(steps: list[tuple[str, str]]) -> None:
    """Whatever the order of reports, deliveries and restarts: the centre gets each event once, in order."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j"
        journal = Journal(path)
        journal.claimed(A, 1)
        journal.claimed(B, 1)
        seq = {A: 0, B: 0}
        got: dict[str, list[int]] = {A: [], B: []}
        for attempt, what in [*steps, (A, "deliver")]:
            if what == "next":
                seq[attempt] += 1
                kind = EventKind.DIALLING if seq[attempt] == 1 else EventKind.HEARD
                journal.record(event(attempt, seq[attempt], kind))
            elif what == "deliver":
                journal.sync()
                batch = journal.waiting(100)
                for e in batch:
                    got[e.attempt_id].append(e.seq)
                journal.delivered(batch, ())
            else:
                journal.close()
                journal = Journal(path)
        journal.close()
        assert got == {a: list(range(1, n + 1)) for a, n in seq.items()}
