"""Who may do what: every URL × method × role.  A route without a row here fails."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from endings.sounds import tone, wav

from huifang.people.models import AuditEntry
from web.world import PASSWORD, World

WHO = ("anonymous", "agent", "other_agent", "supervisor", "store_supervisor", "admin", "disabled")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# What the people in WHO get, in that order.  ``store_supervisor`` and ``other_agent`` belong to the
# other store, so a thing of ``world.store`` does not exist for them; ``disabled`` is a user of the
# right store whose account has been closed while the session was open.
EVERYONE = (302, 200, 200, 200, 200, 200, 302)
OWN_STORE = (302, 200, 404, 200, 404, 200, 302)
LEADS_OWN_STORE = (403, 403, 403, 302, 404, 302, 403)
STAFF_OWN_STORE = (403, 302, 404, 302, 404, 302, 403)
CHAIN = (302, 403, 403, 200, 403, 200, 302)
CALL_TAKERS = (302, 200, 200, 200, 200, 403, 302)
CHAIN_POST = (403, 403, 403, 302, 403, 302, 403)
LEADS_PAGE = (302, 403, 403, 200, 200, 200, 302)
ADMIN_PAGE = (302, 403, 403, 403, 403, 200, 302)
ADMIN_POST = (403, 403, 403, 403, 403, 302, 403)
ANYBODY = (200, 200, 200, 200, 200, 200, 200)
NOBODY = (403, 405, 405, 405, 405, 405, 403)
NO_TOKEN = (401,) * 7


TRUNK = {
    "name": "中继", "host": "sip.example.net", "port": 5060, "caller_rule": "rotate", "prefixes": "+86",
    "max_calls": 30, "priority": 1, "weight": 1, "codecs": "PCMA,PCMU",
}  # fmt: skip


RULE = {"name": "不满意", "lowest": 1, "highest": 2, "tunes": "rain"}
ARTICLE = {"title": "香水留香", "answer": "大约六小时。", "source": "手册 第9页", "is_published": "on"}
BUDGET = {"name": "新客30元券", "promotion": "new30", "total": 20}


@dataclass
class Row:
    """One route: its path for a world, and the expected answers by method (others: 405, or 403 for
    people who are nobody here)."""

    path: str
    answers: dict[str, tuple[int, ...]]
    data: dict[str, object] = field(default_factory=dict)
    others: tuple[int, ...] = NOBODY
    headers: dict[str, str] = field(default_factory=dict)


def matrix(world: World) -> dict[str, Row]:
    call, ticket = world.call.pk, world.ticket.pk
    leads_only = (403, 403, 403, 405, 405, 405, 403)
    admin_only = (403, 403, 403, 403, 403, 405, 403)
    chain_only = (403, 403, 403, 405, 403, 405, 403)
    takers_only = (403, 405, 405, 405, 405, 403, 403)
    public = (405,) * 7
    return {
        "": Row("/", {"GET": EVERYONE}),
        "board/stream/": Row("/board/stream/", {"GET": EVERYONE}),
        "login/": Row(
            "/login/",
            {"GET": (200, 302, 302, 302, 302, 302, 200), "POST": (302,) * 7},
            {"username": "agent2", "password": PASSWORD},
            public,
        ),
        "logout/": Row("/logout/", {"POST": (403, 302, 302, 302, 302, 302, 403)}),
        "language/": Row("/language/", {"POST": (302,) * 7}, {"language": "en"}, public),
        "password/": Row(
            "/password/",
            {"GET": EVERYONE, "POST": (403, 302, 302, 302, 302, 302, 403)},
            {"old": PASSWORD, "new": "another horse 18", "again": "another horse 18"},
        ),
        "customers/": Row("/customers/", {"GET": EVERYONE}),
        "customers/<int:pk>/": Row(f"/customers/{world.customer.pk}/", {"GET": OWN_STORE}),
        "customers/<int:pk>/reveal/<int:point>/": Row(
            f"/customers/{world.customer.pk}/reveal/{world.point.pk}/",
            {"POST": (403, 403, 403, 200, 404, 200, 403)},
            others=leads_only,
        ),
        "follow-ups/": Row("/follow-ups/", {"GET": EVERYONE}),
        "calls/": Row("/calls/", {"GET": EVERYONE}),
        "calls/<uuid:pk>/": Row(f"/calls/{call}/", {"GET": OWN_STORE}),
        "calls/<uuid:pk>/recording/": Row(f"/calls/{call}/recording/", {"GET": OWN_STORE}),
        "calls/<uuid:pk>/verify/": Row(
            f"/calls/{world.doubtful.pk}/verify/",
            {"POST": LEADS_OWN_STORE},
            {"finding": "reached"},
            leads_only,
        ),
        "lines/": Row("/lines/", {"GET": LEADS_PAGE}, others=leads_only),
        "lines/live/": Row("/lines/live/", {"GET": LEADS_PAGE}, others=leads_only),
        "lines/verify/": Row(
            "/lines/verify/",
            {"POST": (403, 403, 403, 302, 302, 302, 403)},
            {"one": f"{world.doubtful.pk} reached"},
            leads_only,
        ),
        "lines/trunks/new/": Row(
            "/lines/trunks/new/", {"GET": ADMIN_PAGE, "POST": ADMIN_POST}, TRUNK, admin_only
        ),
        "lines/trunks/<int:pk>/": Row(
            f"/lines/trunks/{world.trunk.pk}/", {"GET": ADMIN_PAGE, "POST": ADMIN_POST}, TRUNK, admin_only
        ),
        "lines/numbers/new/": Row(
            "/lines/numbers/new/",
            {"GET": ADMIN_PAGE, "POST": ADMIN_POST},
            {"number": "8001", "script": "first-order"},
            admin_only,
        ),
        "lines/numbers/<int:pk>/": Row(
            f"/lines/numbers/{world.number.pk}/",
            {"GET": ADMIN_PAGE, "POST": ADMIN_POST},
            {"number": "8001", "script": "first-order"},
            admin_only,
        ),
        "scripts/": Row("/scripts/", {"GET": LEADS_PAGE}, others=leads_only),
        "scripts/<slug:slug>/": Row(f"/scripts/{world.script.slug}/", {"GET": LEADS_PAGE}, others=leads_only),
        "scripts/<slug:slug>/rehearsal/": Row(
            f"/scripts/{world.script.slug}/rehearsal/", {"GET": LEADS_PAGE}, others=leads_only
        ),
        "softphone/": Row("/softphone/", {"GET": CALL_TAKERS}, others=takers_only),
        "softphone/line/": Row(
            "/softphone/line/",
            {"GET": (302, 400, 400, 400, 400, 403, 302), "POST": (403, 200, 200, 200, 200, 403, 403)},
            {"offer": "v=0"},
            takers_only,
        ),
        "softphone/calls/<uuid:pk>/": Row(
            f"/softphone/calls/{call}/", {"GET": (302, 200, 404, 200, 404, 403, 302)}, others=takers_only
        ),
        "messages/": Row("/messages/", {"GET": EVERYONE}),
        "messages/<int:pk>/verify/": Row(
            f"/messages/{world.text.pk}/verify/", {"POST": LEADS_OWN_STORE}, {"arrived": "yes"}, leads_only
        ),
        "softphone/calls/<uuid:pk>/live/": Row(
            f"/softphone/calls/{call}/live/",
            {"GET": (302, 200, 404, 200, 404, 403, 302)},
            others=takers_only,
        ),
        "a/<str:token>/": Row(
            f"/a/{world.link}/",
            {"GET": ANYBODY, "POST": ANYBODY},
            {"step": "send", "a-rating": "neutral"},
            public,
        ),
        "tickets/": Row("/tickets/", {"GET": EVERYONE}),
        "tickets/<int:pk>/": Row(f"/tickets/{ticket}/", {"GET": OWN_STORE}),
        "tickets/<int:pk>/resolve/": Row(
            f"/tickets/{ticket}/resolve/", {"POST": STAFF_OWN_STORE}, {"resolution": "已道歉并补发"}
        ),
        "tickets/<int:pk>/reassign/": Row(
            f"/tickets/{ticket}/reassign/",
            {"POST": LEADS_OWN_STORE},
            {"owner": world.users["admin"].pk},
            leads_only,
        ),
        "knowledge/": Row("/knowledge/", {"GET": EVERYONE}),
        "knowledge/missing/": Row("/knowledge/missing/", {"GET": EVERYONE}),
        "knowledge/<int:pk>/": Row(f"/knowledge/{world.article.pk}/", {"GET": EVERYONE}),
        "knowledge/new/": Row(
            "/knowledge/new/",
            {"GET": LEADS_PAGE, "POST": (403, 403, 403, 302, 302, 302, 403)},
            {**ARTICLE, "store": world.other_store.pk},
            leads_only,
        ),
        "knowledge/<int:pk>/question/": Row(
            f"/knowledge/{world.article.pk}/question/",
            {"POST": LEADS_OWN_STORE},
            {"question": "晚上几点打烊"},
            leads_only,
        ),
        "knowledge/<int:pk>/edit/": Row(  # it holds for the whole chain
            f"/knowledge/{world.article.pk}/edit/",
            {"GET": (302, 403, 403, 200, 404, 200, 302), "POST": LEADS_OWN_STORE},
            ARTICLE,
            leads_only,
        ),
        "knowledge/import/": Row(
            "/knowledge/import/",
            {"GET": CHAIN, "POST": CHAIN_POST},
            {"file": ("faq.csv", "标题,答案\n停车,地下有停车场。\n")},
            chain_only,
        ),
        "promises/": Row("/promises/", {"GET": EVERYONE}),
        "promises/<int:pk>/": Row(f"/promises/{world.promise.pk}/", {"GET": OWN_STORE}),
        "promises/<int:pk>/settle/": Row(
            f"/promises/{world.promise.pk}/settle/",
            {"POST": STAFF_OWN_STORE},
            {"state": "kept", "note": "已补发"},
        ),
        "promises/budgets/": Row("/promises/budgets/", {"GET": LEADS_PAGE}, others=leads_only),
        "promises/budgets/new/": Row(
            "/promises/budgets/new/",
            {"GET": CHAIN, "POST": CHAIN_POST},
            {**BUDGET, "promotion": "vip50"},
            chain_only,
        ),
        "promises/budgets/<int:pk>/": Row(
            f"/promises/budgets/{world.budget.pk}/", {"GET": CHAIN, "POST": CHAIN_POST}, BUDGET, chain_only
        ),
        "tunes/": Row("/tunes/", {"GET": LEADS_PAGE}, others=leads_only),
        "tunes/upload/": Row(
            "/tunes/upload/",
            {"GET": CHAIN, "POST": CHAIN_POST},
            {"name": "钢琴", "file": ("a.wav", wav(tone(2.1, 8000, 600), 8000))},
            chain_only,
        ),
        "tunes/announcement/": Row(
            "/tunes/announcement/", {"POST": CHAIN_POST}, {"mode": "half"}, chain_only
        ),
        "tunes/brands/": Row(
            "/tunes/brands/", {"POST": CHAIN_POST}, {f"store-{world.store.pk}": "花颜"}, chain_only
        ),
        "tunes/rules/new/": Row("/tunes/rules/new/", {"GET": CHAIN, "POST": CHAIN_POST}, RULE, chain_only),
        "tunes/rules/suggested/": Row(
            "/tunes/rules/suggested/", {"POST": (403, 403, 403, 409, 403, 409, 403)}, {}, chain_only
        ),
        "tunes/rules/<int:pk>/": Row(
            f"/tunes/rules/{world.rule.pk}/", {"GET": CHAIN, "POST": CHAIN_POST}, RULE, chain_only
        ),
        "tunes/rules/<int:pk>/default/": Row(
            f"/tunes/rules/{world.rule.pk}/default/", {"POST": CHAIN_POST}, {"tune": "rain"}, chain_only
        ),
        "tunes/statistics/": Row("/tunes/statistics/", {"GET": CHAIN}, others=chain_only),
        "tunes/statistics.json": Row("/tunes/statistics.json", {"GET": CHAIN}, others=chain_only),
        "tunes/<slug:key>/": Row(
            f"/tunes/{world.tune.key}/", {"GET": CHAIN, "POST": CHAIN_POST}, {"name": "新名字"}, chain_only
        ),
        "tunes/<slug:key>/audio/": Row("/tunes/rain/audio/", {"GET": LEADS_PAGE}, others=leads_only),
        "plans/": Row("/plans/", {"GET": EVERYONE}),
        "plans/<slug:slug>/switch/": Row(
            f"/plans/{world.plan.slug}/switch/", {"POST": CHAIN_POST}, {"active": "no"}, chain_only
        ),
        "imports/": Row(
            "/imports/",
            {"GET": CHAIN, "POST": CHAIN_POST},
            {"file": ("customers.csv", "会员号,姓名,手机号,门店\nM9,钱女士,13712345678,静安店\n")},
            chain_only,
        ),
        "imports/<int:pk>/errors/": Row(
            "/imports/1/errors/", {"GET": (302, 403, 403, 404, 403, 404, 302)}, others=chain_only
        ),
        "static/<path:path>": Row("/static/web/app.css", {"GET": ANYBODY}, others=public),
        # Voice nodes only, by service token; a person's login opens nothing here.
        "api/voice/claim": Row("/api/voice/claim", {"POST": NO_TOKEN}, others=public),
        "api/voice/events": Row("/api/voice/events", {"POST": NO_TOKEN}, others=public),
        "api/voice/inbound": Row("/api/voice/inbound", {"POST": NO_TOKEN}, others=public),
        "api/voice/knowledge/<name>": Row(
            f"/api/voice/knowledge/{'0' * 32}", {"GET": NO_TOKEN}, others=public
        ),
        "api/voice/softphones": Row("/api/voice/softphones", {"POST": NO_TOKEN}, others=public),
        "api/voice/recordings/<attempt_id>": Row(
            f"/api/voice/recordings/{uuid4()}", {"PUT": NO_TOKEN}, others=public
        ),
        "api/voice/tunes/<key>": Row(f"/api/voice/tunes/{world.tune.key}", {"GET": NO_TOKEN}, others=public),
        # The gateway for text messages only, by its signature.
        "api/messages/replies": Row("/api/messages/replies", {"POST": NO_TOKEN}, others=public),
        "api/": Row("/api/", dict.fromkeys(METHODS, (404,) * 7)),
    }


ROUTES = (
    "", "board/stream/", "login/", "logout/", "language/", "password/", "customers/", "customers/<int:pk>/",
    "customers/<int:pk>/reveal/<int:point>/", "follow-ups/", "calls/", "calls/<uuid:pk>/",
    "calls/<uuid:pk>/recording/", "calls/<uuid:pk>/verify/", "lines/", "lines/live/", "lines/verify/",
    "lines/trunks/new/", "lines/trunks/<int:pk>/", "lines/numbers/new/", "lines/numbers/<int:pk>/", "tickets/", "tickets/<int:pk>/",
    "tickets/<int:pk>/resolve/", "tickets/<int:pk>/reassign/", "plans/", "plans/<slug:slug>/switch/",
    "tunes/", "tunes/upload/", "tunes/announcement/", "tunes/brands/", "tunes/rules/new/", "tunes/rules/suggested/",
    "tunes/rules/<int:pk>/", "tunes/rules/<int:pk>/default/", "tunes/statistics/", "tunes/statistics.json",
    "tunes/<slug:key>/", "tunes/<slug:key>/audio/", "api/voice/tunes/<key>",
    "scripts/", "scripts/<slug:slug>/", "scripts/<slug:slug>/rehearsal/",
    "messages/", "messages/<int:pk>/verify/", "a/<str:token>/", "api/messages/replies",
    "knowledge/", "knowledge/new/", "knowledge/import/", "knowledge/missing/", "knowledge/<int:pk>/",
    "knowledge/<int:pk>/edit/", "knowledge/<int:pk>/question/", "api/voice/knowledge/<name>",
    "promises/", "promises/<int:pk>/", "promises/<int:pk>/settle/", "promises/budgets/",
    "promises/budgets/new/", "promises/budgets/<int:pk>/",
    "imports/", "imports/<int:pk>/errors/", "static/<path:path>", "api/voice/claim", "api/voice/events",
    "api/voice/inbound", "api/voice/softphones", "softphone/", "softphone/line/", "softphone/calls/<uuid:pk>/",
    "softphone/calls/<uuid:pk>/live/",
    "api/voice/recordings/<attempt_id>", "api/",
)  # fmt: skip


def all_routes(patterns=None, prefix: str = "") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            found += all_routes(pattern.url_patterns, route)
        else:
            found.append((route, pattern.callback))
    return found


def test_every_route_has_a_row_and_every_row_a_route(world):
    assert {route for route, _view in all_routes()} == set(matrix(world)) == set(ROUTES)


def test_every_view_outside_the_api_says_who_may_use_it():
    undeclared = [
        route for route, view in all_routes() if not route.startswith("api/") and not hasattr(view, "access")
    ]
    assert undeclared == []


@pytest.mark.parametrize("route", ROUTES)
def test_each_role_gets_what_the_matrix_says(world, route):
    row = matrix(world)[route]
    got: dict[str, tuple[int, ...]] = {}
    for method in METHODS:
        got[method] = tuple(status_of(world, who, method, row) for who in WHO)
    wanted = {method: row.answers.get(method, row.others) for method in METHODS}
    assert got == wanted


def status_of(world: World, who: str, method: str, row: Row) -> int:
    """The status of one request; what it changed is undone."""
    with transaction.atomic():
        client = Client(raise_request_exception=False)
        agent = world.users["agent"]
        twin = type(agent).objects.create(
            username="agent2", role=agent.role, store=agent.store, password=agent.password
        )
        if who == "disabled":
            client.force_login(twin)
            type(agent).objects.filter(username="agent2").update(is_active=False)
        elif who != "anonymous":
            client.force_login(world.users[who])
        if who == "disabled" and row.path == "/login/":
            type(agent).objects.filter(username="agent2").update(is_active=True)
            client = Client(raise_request_exception=False)
        status = client.generic(method, row.path, **body_of(method, row)).status_code
        transaction.set_rollback(True)
    return status


def body_of(method: str, row: Row) -> dict[str, object]:
    if method != "POST" or not row.data:
        return {}
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    data = {}
    for name, value in row.data.items():
        if isinstance(value, tuple):
            file = io.BytesIO(value[1] if isinstance(value[1], bytes) else value[1].encode())
            file.name = value[0]
            value = file
        data[name] = value
    return {"data": encode_multipart(BOUNDARY, data), "content_type": MULTIPART_CONTENT}


def test_every_action_of_a_person_leaves_an_audit_row_with_the_person(world, client_of):
    done_by_supervisor = {
        "customers.reveal_number": matrix(world)["customers/<int:pk>/reveal/<int:point>/"],
        "messages.sent": matrix(world)["messages/<int:pk>/verify/"],
        "followups.resolve_in_doubt": matrix(world)["calls/<uuid:pk>/verify/"],
        "tickets.reassign": matrix(world)["tickets/<int:pk>/reassign/"],
        "tickets.resolve": matrix(world)["tickets/<int:pk>/resolve/"],
        "endings.upload_tune": matrix(world)["tunes/upload/"],
        "endings.change_tune": matrix(world)["tunes/<slug:key>/"],
        "endings.create_rule": matrix(world)["tunes/rules/new/"],
        "endings.set_default": matrix(world)["tunes/rules/<int:pk>/default/"],
        "endings.announce": matrix(world)["tunes/announcement/"],
        "endings.set_brand": matrix(world)["tunes/brands/"],
        "knowledge.change": matrix(world)["knowledge/<int:pk>/edit/"],
        "promises.kept": matrix(world)["promises/<int:pk>/settle/"],
        "promises.change_budget": matrix(world)["promises/budgets/<int:pk>/"],
        "plans.switch_off": matrix(world)["plans/<slug:slug>/switch/"],
        "people.set_password": matrix(world)["password/"],
        "people.sign_out": matrix(world)["logout/"],
    }
    client = client_of("supervisor")
    for row in done_by_supervisor.values():
        assert client.generic("POST", row.path, **body_of("POST", row)).status_code in (200, 302)
    entries = AuditEntry.objects.filter(action__in=done_by_supervisor)
    assert {entry.action for entry in entries} == set(done_by_supervisor)
    assert {entry.acting_user.username for entry in entries} == {"supervisor"}


def test_a_post_without_the_token_of_its_form_changes_nothing(world, client_of):
    client = client_of("supervisor", enforce_csrf_checks=True)
    for route, row in matrix(world).items():
        if "POST" in row.answers and not route.startswith("api/"):
            assert client.generic("POST", row.path, **body_of("POST", row)).status_code == 403, route
    assert not AuditEntry.objects.exists()
