"""kill -9 between handing a message over and hearing what became of it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .sms_gateway import SECRET, SmsGateway

WORKER = Path(__file__).with_name("sms_worker.py")
TEN_IN_SHANGHAI = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)


def test_a_message_whose_sender_was_killed_waits_for_a_person_and_is_not_sent_again(tmp_path):
    server = SmsGateway()
    server.behave = ["slow"]
    environment = {
        **os.environ,
        "HUIFANG_HOME": str(tmp_path / "home"),
        "HUIFANG_KEY_FILE": str(tmp_path / "keys"),
        "HUIFANG_DATABASE_URL": "",
        "HUIFANG_CLOCK_OFFSET": str((TEN_IN_SHANGHAI - datetime.now(UTC)) // timedelta(seconds=1)),
        "HUIFANG_SMS_URL": server.url,
        "HUIFANG_SMS_KEY": SECRET,
        "HUIFANG_SMS_SENDER": "花颜美妆",
        "DJANGO_SETTINGS_MODULE": "huifang.settings",
    }
    first = second = None
    try:
        first = subprocess.Popen([sys.executable, WORKER, "seed"], env=environment)
        wait_for(lambda: len(server.taken) == 1, first)
        assert state(tmp_path) == [("sending",)]  # it was committed before anything left
        first.kill()
        first.wait()
        second = subprocess.Popen([sys.executable, WORKER, "work"], env=environment)
        wait_for(lambda: state(tmp_path) == [("unknown",)], second)
        wait_for(
            lambda: rows(tmp_path, "SELECT count(*) FROM work_job WHERE state != 'done'") == [(0,)], second
        )
        assert sum(server.asked.values()) == 1
    finally:
        for process in filter(None, (first, second)):
            process.kill()
            process.wait()
        server.close()


def wait_for(holds, process):
    deadline = time.monotonic() + 90
    while not holds():
        assert process.poll() is None, "the worker has ended by itself"
        if time.monotonic() > deadline:
            pytest.fail("it did not come to that")
        time.sleep(0.05)


def state(home):
    return rows(home, "SELECT state FROM text_messages_message")


def rows(home: Path, query: str) -> list[tuple]:
    connection = sqlite3.connect(home / "home" / "huifang.sqlite3", timeout=30)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
