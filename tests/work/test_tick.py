from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from huifang import clock
from huifang.people.audit import record, system_user
from huifang.people.models import AuditEntry
from huifang.tickets import jobs
from huifang.work.handlers import Handler, HandlerMissing, find_handler, job
from huifang.work.models import Job
from huifang.work.promising import promise
from huifang.work.schedule import RECURRING, ensure_recurring
from huifang.work.tick import LEASE, MOST_TRIES, claim, keep, pause_after, perform

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
KIND = "huifang.tickets.jobs:try_out"
pytestmark = pytest.mark.django_db


@pytest.fixture
def handler(monkeypatch):
    """Make ``function`` the handler of KIND."""

    def put(function, atomic=True):
        monkeypatch.setattr(jobs, "try_out", Handler(function, atomic), raising=False)

    put(lambda payload, now: None)
    return put


def owe(key="k", due_at=NOW, **payload):
    promise(kind=KIND, key=key, payload=payload, due_at=due_at, now=NOW)


def only(worker="w", now=NOW):
    (claimed,) = claim(worker, 10, now)
    return claimed


def test_a_promise_is_done_once_when_it_is_due(handler):
    seen = []
    handler(lambda payload, now: seen.append((payload, now)))
    owe(n=1, due_at=NOW + timedelta(minutes=1))
    assert claim("w", 10, NOW) == []
    at = NOW + timedelta(minutes=1)
    assert perform(only(now=at), at)
    assert seen == [({"n": 1}, at)]
    assert Job.objects.get().state == "done"
    assert claim("w", 10, NOW + timedelta(days=9)) == []


def test_promising_twice_is_promising_once(handler):
    owe(n=1)
    owe(n=2)
    assert Job.objects.get().payload == {"n": 1}


@pytest.mark.parametrize(
    "kind",
    [
        "os:system",
        "huifang.tickets.jobs:actions",
        "huifang.nowhere.jobs:x",
        "huifang.tickets.models:Ticket",
        "",
    ],
)
def test_only_marked_functions_of_a_jobs_module_can_be_named(kind):
    with pytest.raises(HandlerMissing):
        find_handler(kind)
    with pytest.raises(HandlerMissing):
        promise(kind=kind, key="k", payload={}, due_at=NOW, now=NOW)


def test_a_claimed_job_is_nobody_else_s_until_the_lease_is_over(handler):
    owe()
    first = only("w1")
    assert claim("w2", 10, NOW + LEASE) == []
    keep([first], NOW + LEASE)
    assert claim("w2", 10, NOW + LEASE + timedelta(seconds=1)) == []
    second = only("w2", NOW + 2 * LEASE + timedelta(seconds=1))
    assert second.fence == first.fence + 1


def test_what_a_late_worker_did_is_undone(handler):
    handler(lambda payload, now: record(acting_user=system_user(), action="x", thing=object()))
    owe()
    late = only("w1")
    later = NOW + LEASE + timedelta(seconds=1)
    other = only("w2", later)
    assert not perform(late, later)
    assert not AuditEntry.objects.exists()
    assert perform(other, later)
    assert AuditEntry.objects.count() == 1


def test_a_failure_is_undone_written_down_and_tried_again_later(handler):
    def fail(payload, now):
        record(acting_user=system_user(), action="x", thing=object())
        raise RuntimeError("no line")

    handler(fail)
    owe()
    assert not perform(only(), NOW)
    row = Job.objects.get()
    assert (row.state, row.due_at, row.last_error) == (
        "due",
        NOW + timedelta(seconds=5),
        "RuntimeError: no line",
    )
    assert not AuditEntry.objects.exists()


def test_after_the_last_try_a_person_must_look(handler):
    def fail(payload, now):
        raise RuntimeError("never")

    handler(fail)
    owe()
    at = NOW
    for _ in range(MOST_TRIES):
        assert not perform(only(now=at), at)
        at += timedelta(hours=2)
    assert Job.objects.get().state == "failed"
    assert claim("w", 10, at) == []


def test_pauses_grow_up_to_an_hour():
    pauses = [pause_after(tries).total_seconds() for tries in (1, 2, 3, 50)]
    assert pauses == [5, 10, 20, 3600]


def test_a_recurring_job_writes_its_next_occurrence_and_never_gives_up(handler):
    owe()
    Job.objects.update(every_s=60, tries=MOST_TRIES + 5)
    assert perform(only(), NOW)
    row = Job.objects.get()
    assert (row.state, row.due_at, row.tries) == ("due", NOW + timedelta(seconds=60), 0)
    at = row.due_at

    def fail(payload, now):
        raise RuntimeError

    handler(fail)
    Job.objects.update(tries=MOST_TRIES + 5)
    perform(only(now=at), at)
    assert Job.objects.get().state == "due"


def test_every_recurring_job_has_a_handler_and_one_row():
    for kind in RECURRING:
        assert isinstance(find_handler(kind), Handler)
    for _ in range(2):
        ensure_recurring(now=NOW)
    assert sorted(Job.objects.values_list("kind", flat=True)) == sorted(RECURRING)
    Job.objects.create(kind="huifang.old.jobs:gone", key="every:gone", every_s=1, due_at=NOW, created_at=NOW)
    ensure_recurring(now=NOW)
    assert Job.objects.count() == len(RECURRING)


def test_every_recurring_job_can_be_done():
    ensure_recurring(now=NOW)
    for claimed in claim("w", 50, NOW):
        assert perform(claimed, NOW), claimed.kind


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_a_time_share_the_jobs(handler):
    for n in range(40):
        owe(f"k{n}")
    taken, faults = [], []

    def work(name):
        try:
            while batch := claim(name, 3, NOW):
                taken.extend(j.id for j in batch)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(taken) == sorted(Job.objects.values_list("id", flat=True))


@pytest.mark.django_db(transaction=True)
def test_the_legs_do_what_is_due_and_stop_when_told(handler):
    from huifang.work.legs import run

    done = threading.Event()
    stop = threading.Event()
    handler(lambda payload, now: done.set() if payload["n"] == 9 else None)
    for n in range(10):
        owe(f"k{n}", n=n, due_at=clock.now())
    legs = threading.Thread(target=run, args=(stop,))
    legs.start()
    done.wait(30)
    stop.set()
    legs.join(30)
    assert not legs.is_alive()
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_the_mark_keeps_the_function_callable():
    seen = []

    @job(atomic=False)
    def note(payload, now):
        seen.append(payload)

    note({"a": 1}, NOW)
    assert (seen, note.is_atomic) == ([{"a": 1}], False)
