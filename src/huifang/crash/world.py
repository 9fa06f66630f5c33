"""A world for a crash run: many customers, one follow-up each, all due now."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from huifang.crash.verdict import Owed, Try
from huifang.demo.world import start_empty
from huifang.env import Environment
from huifang.errors import N_

SCRIPT = "dormant_60d"
PLAN = "crash"
_LASTS = timedelta(hours=8)


def fresh_environment(
    home: Path, *, trunk_port: int, web_port: int, database_url: str, clock_offset_s: float
) -> Environment:
    """Point this process (and its children) at an empty folder and database, on the demonstration's day."""
    os.environ.update(
        HUIFANG_HOME=str(home),
        HUIFANG_KEY_FILE=str(home.with_name("keys")),
        HUIFANG_DATABASE_URL=database_url,
        HUIFANG_CLOCK_OFFSET=str(clock_offset_s),
        HUIFANG_TRUNK=f"127.0.0.1:{trunk_port}",
        HUIFANG_TRUNK_USER="",
        HUIFANG_TRUNK_PASSWORD="",
        HUIFANG_TRUNK_CALLER_ID="02166668888",
        HUIFANG_WEB_HOST="127.0.0.1",
        HUIFANG_WEB_PORT=str(web_port),
        HUIFANG_CENTRE_URL=f"http://127.0.0.1:{web_port}",
        HUIFANG_SIP_HOST="127.0.0.1",
        HUIFANG_ASR_MODEL="",
    )
    return start_empty(database_url, N_("it already holds customers; a crash run needs an empty database."))


def people_the_world(environment: Environment, calls: int, *, most_at_once: int) -> None:
    """``calls`` customers who are due now, behind a trunk that carries ``most_at_once`` calls."""
    from django.db import transaction

    from huifang.clock import now
    from huifang.customers.models import ContactPoint, Customer, Purpose
    from huifang.customers.phones import blind_index, mask, seal
    from huifang.followups.models import FollowUp, Script
    from huifang.followups.trunks import save_trunk
    from huifang.people.models import Store
    from huifang.plans.shipped import publish_shipped
    from huifang.work.schedule import ensure_recurring

    at = now()
    publish_shipped(now=at)
    ensure_recurring(now=at)
    save_trunk(
        name="virtual",
        host=environment.trunk_host,
        port=environment.trunk_port,
        caller_ids=[environment.trunk_caller_id],
        max_calls=most_at_once,
        is_virtual=True,
    )
    script = Script.objects.filter(slug=SCRIPT).latest("version")
    with transaction.atomic():
        store = Store.objects.create(code="crash", name="南京路店")
        people = [
            Customer(member_number=f"C{n}", name=f"客户{n}", store=store, created_at=at, updated_at=at)
            for n in range(calls)
        ]
        for person in people:
            person.save()
        numbers = [(person, _number(n)) for n, person in enumerate(people)]
        ContactPoint.objects.bulk_create(
            ContactPoint(customer=person, sealed=seal(e164), index=blind_index(e164), masked=mask(e164))
            for person, e164 in numbers
        )
        FollowUp.objects.bulk_create(
            FollowUp(
                key=f"{PLAN}:{person.pk}",
                customer=person,
                plan=PLAN,
                plan_name="压力测试",
                script=script,
                purpose=Purpose.CARE,
                due_at=at,
                expires_at=at + _LASTS,
                created_at=at,
                updated_at=at,
            )
            for person in people
        )


def _number(n: int) -> str:
    return f"+86138{n:08d}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How much is still to be done."""

    due: int
    running: int
    put_off_unrung: int
    """put off although nobody has been rung yet"""

    @property
    def is_over(self) -> bool:
        return self.due == 0 and self.running == 0


def standing(at: datetime) -> Standing:
    """Count now; ``at`` is what the centre's clock says."""
    from django.db.models import Count, Exists, OuterRef, Q

    from huifang.followups.lines import RUNNING
    from huifang.followups.models import Attempt, FollowUp

    states = FollowUp.State
    rung = Attempt.objects.filter(followup=OuterRef("pk"), ringing_at__isnull=False)
    counts = FollowUp.objects.aggregate(
        due=Count("pk", filter=Q(state=states.DUE, due_at__lte=at)),
        put_off_unrung=Count("pk", filter=Q(~Exists(rung), state=states.DUE, due_at__gt=at)),
    )
    return Standing(running=Attempt.objects.filter(state__in=RUNNING).count(), **counts)


def what_is_owed(seed: int) -> list[Owed]:
    """Every follow-up of the run with its attempts.  ``seed``: by which the far end names numbers."""
    from huifang.customers.phones import unseal
    from huifang.followups.models import FollowUp
    from huifang.voice.pstn.population import number_id

    rows = FollowUp.objects.filter(plan=PLAN).prefetch_related("attempts", "customer__contact_points")
    return [
        Owed(
            number_id(seed, unseal(bytes(row.customer.contact_points.all()[0].sealed))),
            row.state,
            tuple(Try(one.pk.hex, one.node, one.dialled_at is not None) for one in row.attempts.all()),
        )
        for row in rows
    ]


def failed_jobs() -> int:
    """Promises that were tried as often as allowed and not kept."""
    from huifang.work.models import Job

    return Job.objects.filter(state=Job.State.FAILED).count()


def database_version() -> str:
    """``PostgreSQL 15.9`` or ``SQLite 3.40.1``."""
    from django.db import connection

    connection.ensure_connection()
    version = ".".join(str(part) for part in connection.get_database_version())
    return f"{connection.display_name} {version}"
