"""A fresh world for the demonstration: folder, clock, staff, sample chain, who is due."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from huifang.commands.serve import check_port_free
from huifang.commands.startup import start
from huifang.demo.sample import DEMO_START
from huifang.env import Environment, read_environment
from huifang.errors import N_, FileUnusable, SettingInvalid, why

_MARKER = ".huifang-demo"
_held: list[IO[str]] = []
DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """What the run needs to know of the world it has made."""

    environment: Environment
    imported: int
    error_rows: int
    due: int
    skipped: int
    login: str
    password: str


def fresh_environment(*, web_port: int, trunk_port: int, sip_port: int, database_url: str) -> Environment:
    """Point this process (and its children) at an empty demonstration folder.

    An earlier demonstration's folder is removed; a folder that is not one is left alone and
    reported as ``FileUnusable``.  The clock starts at ``DEMO_START``.
    """
    home = read_environment().home
    home = home.with_name(home.name + "-demo")
    check_port_free("127.0.0.1", web_port, "huifang demo --port")
    if home.exists():
        if not (home / _MARKER).exists():
            raise FileUnusable(
                path=home, reason=N_("it is not a demonstration’s folder; move it away or set HUIFANG_HOME.")
            )
        _hold(home / _MARKER)
        shutil.rmtree(home)
    keys = home.with_name(home.name + ".keys")
    keys.unlink(missing_ok=True)
    try:
        home.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise SettingInvalid(name="HUIFANG_HOME", value=str(home), mend=why(error)) from None
    _hold(home / _MARKER)
    os.environ.update(
        HUIFANG_HOME=str(home),
        HUIFANG_KEY_FILE=str(keys),
        HUIFANG_DATABASE_URL=database_url,
        HUIFANG_CLOCK_OFFSET=str((DEMO_START - datetime.now(UTC)).total_seconds()),
        HUIFANG_TRUNK=f"127.0.0.1:{trunk_port}",
        HUIFANG_TRUNK_USER="",
        HUIFANG_TRUNK_PASSWORD="",
        HUIFANG_TRUNK_CALLER_ID="02166668888",
        HUIFANG_WEB_HOST="127.0.0.1",
        HUIFANG_WEB_PORT=str(web_port),
        HUIFANG_CENTRE_URL=f"http://127.0.0.1:{web_port}",
        HUIFANG_SIP_HOST="127.0.0.1",
        HUIFANG_SIP_PORT=str(sip_port),
        HUIFANG_NODE="demo-node",
    )
    return start_empty(
        database_url, N_("it already holds customers; the demonstration needs an empty database.")
    )


def start_empty(database_url: str, objection: str) -> Environment:
    """Begin in this process's environment.  ``SettingInvalid`` with ``objection`` where the database is in use."""
    environment = start(migrate=True)
    from huifang.customers.models import Customer

    if Customer.objects.exists():
        raise SettingInvalid(name="--database", value=database_url.rpartition("@")[2], mend=objection)
    return environment


def _hold(marker: Path) -> None:
    """Keep the folder of ``marker`` ours until this process ends: two demonstrations would mix."""
    held = marker.open("a")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise FileUnusable(
            path=marker.parent,
            reason=N_("a demonstration is running in it; end that one or set HUIFANG_HOME."),
        ) from None
    _held.append(held)


def free_udp_port() -> int:
    """A UDP port on loopback that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_tcp_port() -> int:
    """A TCP port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def people_the_world(
    environment: Environment, agents: dict[str, str], expert: str, *, most_calls: int
) -> DemoWorld:
    """Import the sample chain, hire its staff and work out who is due.

    ``agents``: user name → SIP address of the phone on the virtual network.  Of those due now,
    ``most_calls`` are left for this run; the others are put off by a day.
    """
    from huifang.clock import now
    from huifang.customers.facts import refresh_facts
    from huifang.customers.importing import import_file
    from huifang.followups.models import FollowUp
    from huifang.followups.trunks import save_trunk
    from huifang.knowledge.importing import import_articles
    from huifang.people.audit import system_user
    from huifang.plans.planning import plan_due
    from huifang.plans.shipped import publish_shipped
    from huifang.work.schedule import ensure_recurring

    system = system_user()
    runs = [
        import_file(DATA / name, acting_user=system, now=now()) for name in ("customers.csv", "orders.csv")
    ]
    password = secrets.token_urlsafe(9)
    _hire(agents, expert, password)
    publish_shipped(now=now())
    import_articles(DATA / "knowledge.csv", acting_user=system, now=now())
    save_trunk(
        name="虚拟线路",
        host=environment.trunk_host,
        port=environment.trunk_port,
        caller_ids=[environment.trunk_caller_id],
        max_calls=environment.node_seats,
        is_virtual=True,
    )
    if environment.sms_url:
        _write_rules(now())
    ensure_recurring(now=now())
    refresh_facts(now())
    plan_due(now=now(), acting_user=system)
    states = FollowUp.State
    due = FollowUp.objects.filter(state=states.DUE, due_at__lte=now())
    later = list(due.order_by("-priority", "due_at", "id").values_list("id", flat=True)[most_calls:])
    FollowUp.objects.filter(id__in=later).update(due_at=now() + timedelta(days=1))
    return DemoWorld(
        environment=environment,
        imported=sum(run.imported for run in runs),
        error_rows=sum(run.failed for run in runs),
        due=due.count(),
        skipped=FollowUp.objects.filter(state=states.SKIPPED).count(),
        login="admin",
        password=password,
    )


def _write_rules(now: datetime) -> None:
    """Who rated gets a text message; tunes and words stay those of the scripts."""
    from huifang.endings.rules import RuleSettings, save_rule
    from huifang.people.audit import system_user

    for name, lowest, highest, message in (
        ("致谢短信", 4, 5, "{customer.salutation}，感谢您的评价，{store.name}期待再次为您服务。"),
        ("致歉短信", 1, 2, "{customer.salutation}，很抱歉让您失望了，{store.name}会尽快与您联系。"),
    ):
        save_rule(
            RuleSettings(name=name, lowest=lowest, highest=highest, message=message),
            acting_user=system_user(),
            now=now,
        )


def _hire(agents: dict[str, str], expert: str, password: str) -> None:
    from huifang.people.actions import create_user
    from huifang.people.audit import system_user
    from huifang.people.models import Role, Store

    system = system_user()
    staff: list[dict[str, Any]] = [
        {"username": "admin", "name": "管理员", "role": Role.ADMIN},
        {"username": "supervisor", "name": "周主管", "role": Role.SUPERVISOR, "sip_uri": expert},
    ]
    names = ["小王", "小陈", "小林", "小赵"]
    stores = Store.objects.order_by("code")
    for (username, sip_uri), name, store in zip(agents.items(), names, stores, strict=False):
        staff.append(
            {"username": username, "name": name, "role": Role.AGENT, "sip_uri": sip_uri, "store": store}
        )
    for person in staff:
        create_user(acting_user=system, password=password, **person)
