"""Headers, escaping, reach, and errors as pages."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys

import pytest
from django.test import Client

from huifang.customers.models import Customer
from huifang.followups.models import Turn
from huifang.people.models import AuditEntry
from huifang.tickets.models import Ticket
from web.test_authorisation import matrix

PAYLOAD = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>{{ 7|add:7 }}</textarea>"
PAGES = (
    "/",
    "/customers/",
    "/follow-ups/",
    "/calls/",
    "/tickets/",
    "/plans/",
    "/imports/",
    "/password/",
    "/nothing/",
)


@pytest.mark.parametrize("path", [*PAGES, "/login/", "/softphone/"])
def test_every_page_allows_only_scripts_with_its_own_nonce(world, client_of, path):
    client = client_of({"/login/": None, "/softphone/": "agent"}.get(path, "admin"))
    replies = [client.get(path) for _ in range(2)]
    nonces = []
    for reply in replies:
        policy = dict(part.strip().split(" ", 1) for part in reply["Content-Security-Policy"].split(";"))
        assert "unsafe" not in reply["Content-Security-Policy"]
        assert policy["default-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        nonce = re.fullmatch(r"'nonce-([\w-]{20,})'", policy["script-src"])[1]
        html = reply.content.decode()
        for script in re.findall(r"<script[^>]*>", html):
            assert f'nonce="{nonce}"' in script or 'type="application/json"' in script
        assert not re.search(r"\son\w+=|\sstyle=|javascript:", html)
        nonces.append(nonce)
    assert nonces[0] != nonces[1]


def test_only_the_softphone_may_use_the_microphone(world, client_of):
    client = client_of("agent")
    assert "microphone=(self)" in client.get("/softphone/")["Permissions-Policy"]
    assert "microphone=()" in client.get("/customers/")["Permissions-Policy"]


def test_every_answer_carries_the_protective_headers(world, client_of):
    reply = client_of("agent").get("/customers/")
    assert reply["X-Frame-Options"] == "DENY"
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Referrer-Policy"] == "same-origin"
    assert reply["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in reply


def test_behind_https_the_deployment_check_is_clean(tmp_path):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HUIFANG_")},
        "HUIFANG_HTTPS": "1",
        "HUIFANG_HOME": os.environ["HUIFANG_HOME"],
        "HUIFANG_KEY_FILE": os.environ["HUIFANG_KEY_FILE"],
        "DJANGO_SETTINGS_MODULE": "huifang.settings",
    }
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_foreign_host_name_is_refused(world):
    assert (
        Client(raise_request_exception=False).get("/login/", headers={"host": "evil.example"}).status_code
        == 400
    )


def test_what_customers_and_callers_say_is_shown_as_text_never_as_markup(world, client_of):
    Customer.objects.filter(pk=world.customer.pk).update(name=PAYLOAD[:80])
    Turn.objects.update(text=PAYLOAD, intent=PAYLOAD[:40])
    Ticket.objects.update(title=PAYLOAD, detail=PAYLOAD, state="resolved", resolution=PAYLOAD)
    world.customer.events.update(data={"product": PAYLOAD, "plan": PAYLOAD, "outcome": PAYLOAD})
    client = client_of("admin")
    pages = [
        "/", "/customers/", f"/customers/{world.customer.pk}/", "/follow-ups/", "/calls/",
        f"/calls/{world.call.pk}/", "/tickets/?state=resolved", f"/tickets/{world.ticket.pk}/",
        "/customers/?q=%3Cscript%3Ealert(1)%3C/script%3E", "/login/?next=%22%3E%3Cscript%3E",
    ]  # fmt: skip
    for path in pages:
        html = client.get(path).content.decode()
        assert "<img src=x" not in html, path
        assert "<script>alert" not in html, path
        assert "7|add" in html or PAYLOAD[:9] not in html, path


def test_lists_show_only_the_own_store(world, client_of):
    for path in ("/customers/", "/follow-ups/", "/calls/", "/tickets/"):
        mine = client_of("agent").get(path).content.decode()
        theirs = client_of("other_agent").get(path).content.decode()
        assert "李女士" in mine, path
        assert "李女士" not in theirs, path
        assert "赵先生" not in mine, path
    assert (
        "李女士" not in client_of("other_agent").get(f"/customers/?store={world.store.pk}").content.decode()
    )


def test_an_agent_without_a_store_sees_nobody(world, client_of):
    type(world.users["agent"]).objects.filter(username="agent").update(store=None)
    assert "李女士" not in client_of("agent").get("/customers/").content.decode()


def test_numbers_are_masked_until_a_supervisor_asks_and_that_is_written_down(world, client_of):
    path = f"/customers/{world.customer.pk}/"
    page = client_of("supervisor").get(path).content.decode()
    assert "138****5678" in page
    assert "13812345678" not in page
    revealed = client_of("supervisor").post(f"{path}reveal/{world.point.pk}/").content.decode()
    assert "13812345678" in revealed
    entry = AuditEntry.objects.get(action="customers.reveal_number")
    assert (entry.acting_user.username, entry.object_id) == ("supervisor", str(world.point.pk))
    assert "13812345678" not in str(entry.data)


def test_a_point_of_one_customer_is_not_revealed_through_another(world, client_of):
    path = f"/customers/{world.elsewhere.pk}/reveal/{world.point.pk}/"
    assert client_of("admin").post(path).status_code == 404


def test_a_ticket_is_not_handed_to_somebody_who_could_not_see_it(world, client_of):
    path = f"/tickets/{world.ticket.pk}/reassign/"
    for owner in (world.users["other_agent"].pk, "", "x", "²", 10**30):
        assert client_of("admin").post(path, {"owner": owner}).status_code in (400, 404), owner
    world.ticket.refresh_from_db()
    assert world.ticket.owner.username == "agent"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_errors_are_pages_in_the_persons_language(world, client_of, language):
    client = client_of("agent")
    client.cookies["huifang_language"] = language
    sentence = {"zh-hans": "您的角色没有这项权限", "en": "your role does not include it"}[language]
    reply = client.get("/imports/")
    assert reply.status_code == 403
    assert sentence in reply.content.decode()
    missing = {"zh-hans": "找不到", "en": "Not found"}[language]
    assert missing in client.get("/customers/999999/").content.decode()


def test_a_conflict_says_what_is_the_matter_and_changes_nothing(world, client_of):
    client = client_of("agent")
    path = f"/tickets/{world.ticket.pk}/resolve/"
    assert client.post(path, {"resolution": "  "}).status_code == 409
    assert client.post(path, {"resolution": "已道歉"}).status_code == 302
    again = client.post(path, {"resolution": "再来一次"}, headers={"referer": "http://testserver/tickets/"})
    assert again.status_code == 409
    assert "工单已经解决" in again.content.decode()
    assert 'href="/tickets/"' in again.content.decode()
    world.ticket.refresh_from_db()
    assert world.ticket.resolution == "已道歉"


def test_a_crash_is_a_page_too_and_tells_nothing_of_the_inside(world, client_of, monkeypatch):
    import huifang.tickets.pages

    def crash(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(huifang.tickets.pages, "keyset_page", crash)
    reply = client_of("agent").get("/tickets/")
    assert reply.status_code == 500
    assert "系统出错了" in reply.content.decode()
    assert "secret" not in reply.content.decode()


def test_nonsense_in_an_address_is_ignored_and_never_a_crash(world, client_of):
    client = client_of("admin")
    nonsense = [
        "x",
        "~",
        "2026-01-01~1",
        "2026-01-01T00:00:00+00:00~x",
        "%00",
        "9" * 400,
        "~" + "9" * 400,
        "0001-01-01T00:00:00+23:59~1",
        "9999-12-31T23:59:59-23:59~1",
        "²",
    ]
    for path in ("/customers/", "/follow-ups/", "/calls/", "/tickets/", f"/customers/{world.customer.pk}/"):
        for value in nonsense:
            names = ("after", "before", "q", "store", "state", "plan", "segment", "score", "days", "result")
            assert client.get(path, dict.fromkeys(names, value)).status_code == 200, (path, value)


def test_a_nul_character_is_refused_before_a_database_sees_it(world, client_of):
    assert client_of("admin").get("/customers/", {"q": "\0"}).status_code == 400
    assert client_of().post("/login/", {"username": "\0", "password": "x"}).status_code == 400


def test_an_owner_that_nobody_has_is_not_found_however_long(world, client_of):
    for owner in ("9" * 5000, "-1", "²", "", "zhang"):
        reply = client_of("admin").post(f"/tickets/{world.ticket.pk}/reassign/", {"owner": owner})
        assert reply.status_code == 404, owner[:10]


def test_the_matrix_knows_the_pages_of_this_file(world):
    routes = {row.path for row in matrix(world).values()}
    assert set(PAGES) - {"/nothing/"} <= routes


def test_a_crash_is_written_to_the_log_and_a_refusal_is_not(world, client_of, monkeypatch):
    import huifang.tickets.pages

    def crash(*args, **kwargs):
        raise RuntimeError("for the log")

    monkeypatch.setattr(huifang.tickets.pages, "keyset_page", crash)
    (handler,) = [h for h in logging.getLogger("django.request").handlers if type(h) is logging.StreamHandler]
    log = io.StringIO()
    before = handler.setStream(log)
    try:
        client_of("agent").get("/tickets/")
        client_of("agent").get("/imports/")
    finally:
        handler.setStream(before)
    assert "RuntimeError: for the log" in log.getvalue()
    assert "/imports/" not in log.getvalue()
