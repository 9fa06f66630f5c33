"""A recording arrives while the events of its call are being stored: both rows, no deadlock."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connection, connections, transaction

from huifang.followups.claiming import claim_orders
from huifang.followups.models import Attempt, Conversation
from huifang.followups.reporting import take_events
from huifang.followups.uploads import store_recording
from huifang.logic.voice_line import Event, EventKind

from .conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
WAV = b"RIFF\x24\0\0\0WAVEfmt "


def wait_until_somebody_waits_for_a_lock() -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("the upload does not wait for the attempt's row")


def test_a_recording_waits_for_the_events_of_its_call(
    followup: Any, trunk: Any, settings: Any, tmp_path: Any
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one lock for everything; the servers' tests run this on PostgreSQL")
    followup()
    (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)

    def event(seq: int, kind: EventKind) -> Event:
        return Event(order.attempt_id, order.fence, seq, kind, NOW.isoformat(), {})

    take_events(node="n1", events=[event(1, EventKind.DIALLING)], now=NOW)
    attempt = Attempt.objects.get()
    faults: list[BaseException] = []

    def upload() -> None:
        try:
            store_recording(attempt.pk, [WAV])
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections["default"].close()

    thread = threading.Thread(target=upload)
    with transaction.atomic():
        Attempt.objects.select_for_update().get(pk=attempt.pk)  # as take_events begins
        thread.start()
        wait_until_somebody_waits_for_a_lock()
        take_events(node="n1", events=[event(2, EventKind.ANSWERED)], now=NOW)
    thread.join()
    assert faults == []
    assert Conversation.objects.get().recording.endswith(f"{order.attempt_id}.wav")
