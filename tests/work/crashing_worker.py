"""Run by test_crash.py in a process of its own: ``crashing_worker.py seed N`` or ``… work``.

Its one job writes a row of the audit trail and takes its time, so that a kill -9 falls into it.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import datetime, timedelta
from typing import Any

from huifang.commands.startup import start

start(migrate=sys.argv[1] == "seed")

from huifang.clock import now  # noqa: E402
from huifang.people.audit import record, system_user  # noqa: E402
from huifang.tickets import jobs  # noqa: E402
from huifang.work import tick  # noqa: E402
from huifang.work.handlers import Payload, job  # noqa: E402
from huifang.work.promising import promise  # noqa: E402

KIND = "huifang.tickets.jobs:leave_a_mark"


@job()
def leave_a_mark(payload: Payload, at: datetime) -> None:
    record(acting_user=system_user(), action="test.mark", thing=object(), n=payload["n"])
    time.sleep(0.02)


found: Any = jobs
found.leave_a_mark = leave_a_mark
if sys.argv[1] == "seed":
    system_user()
    for n in range(int(sys.argv[2])):
        promise(kind=KIND, key=f"mark:{n}", payload={"n": n}, due_at=now(), now=now())
else:
    tick.LEASE = timedelta(seconds=1)
    from huifang.work.legs import run

    print("ready", flush=True)
    run(threading.Event())
