"""Run by test_messages_crash.py in a process of its own: ``sms_worker.py seed`` makes a message that is due and sends
it, ``sms_worker.py work`` goes on where a killed one stopped."""

from __future__ import annotations

import sys
import threading
from datetime import timedelta
from uuid import uuid4

from huifang.commands.startup import start

start(migrate=sys.argv[1] == "seed")

from huifang.clock import now  # noqa: E402
from huifang.customers.models import ContactPoint, Customer  # noqa: E402
from huifang.customers.phones import blind_index, mask, seal  # noqa: E402
from huifang.messages.models import Message  # noqa: E402
from huifang.messages.owing import owe  # noqa: E402
from huifang.work import tick  # noqa: E402
from huifang.work.legs import run  # noqa: E402

if sys.argv[1] == "seed":
    number, at = "+8613812345678", now()
    customer = Customer.objects.create(name="李娜", created_at=at, updated_at=at)
    ContactPoint.objects.create(
        customer=customer, sealed=seal(number), index=blind_index(number), masked=mask(number)
    )
    owe(
        attempt=uuid4(),
        customer=customer,
        cause=Message.Cause.ENDING,
        purpose="service",
        text="谢谢您。",
        now=at,
    )
tick.LEASE = timedelta(seconds=10)  # so long may a busy machine forget the one that is not killed yet
run(threading.Event())
