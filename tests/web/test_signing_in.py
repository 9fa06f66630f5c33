from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from huifang.people import signing_in
from huifang.people.actions import PasswordUnusable, UserUnusable, create_user, ensure_first_admin
from huifang.people.audit import system_user
from huifang.people.models import AuditEntry, FailedSignIns, Role, User
from huifang.people.passwords import make_password_up
from web.world import PASSWORD

WRONG = "not the password 1"


def attempt(username: str, password: str, address: str = "10.0.0.1"):
    return Client(REMOTE_ADDR=address).post("/login/", {"username": username, "password": password})


def test_the_right_password_opens_the_page_that_was_asked_for(world):
    client = Client()
    asked = client.get("/tickets/?mine=1")
    assert asked.headers["Location"] == "/login/?next=%2Ftickets%2F%3Fmine%3D1"
    form = {"username": "agent", "password": PASSWORD, "next": "/tickets/?mine=1"}
    assert client.post("/login/", form).headers["Location"] == "/tickets/?mine=1"
    assert client.get("/tickets/").status_code == 200
    assert AuditEntry.objects.get(action="people.sign_in").acting_user.username == "agent"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_never_leads_to_another_site(world, elsewhere):
    reply = Client().post("/login/", {"username": "agent", "password": PASSWORD, "next": elsewhere})
    assert reply.headers["Location"] == "/"


def test_who_has_signed_in_goes_on_from_the_login_page_whatever_the_address_says(world, client_of):
    for following, place in (("~", "/"), ("12", "/"), ("/calls/", "/calls/")):
        assert client_of("agent").get("/login/", {"next": following})["Location"] == place


def test_signing_in_changes_the_session_key_and_signing_out_ends_it(world):
    client = Client()
    client.get("/login/")
    client.post("/login/", {"username": "agent", "password": PASSWORD})
    stolen = client.cookies["huifang_session"].value
    client.post("/logout/")
    thief = Client()
    thief.cookies["huifang_session"] = stolen
    assert thief.get("/").status_code == 302


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(world):
    reply = Client().post("/login/", {"username": "agent", "password": PASSWORD})
    cookie = reply.cookies["huifang_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_five_failures_lock_even_the_right_password_for_five_minutes(world, monkeypatch):
    for _ in range(signing_in.NAME_AT_ADDRESS_LIMIT):
        assert attempt("agent", WRONG).status_code == 403
    assert attempt("agent", PASSWORD).status_code == 429
    assert attempt("AGENT ", PASSWORD).status_code == 429
    assert AuditEntry.objects.filter(action="people.sign_in_locked").count() == 1
    later = signing_in.now() + signing_in.WINDOW + timedelta(seconds=1)
    monkeypatch.setattr(signing_in, "now", lambda: later)
    assert attempt("agent", PASSWORD).status_code == 302


def test_a_lock_of_one_address_does_not_keep_the_person_out_elsewhere(world):
    for _ in range(signing_in.NAME_AT_ADDRESS_LIMIT):
        attempt("agent", WRONG, "10.0.0.66")
    assert attempt("agent", PASSWORD, "10.0.0.1").status_code == 302


def test_one_address_trying_many_names_is_locked(world, monkeypatch):
    monkeypatch.setattr(
        signing_in, "authenticate", lambda *args, **kwargs: None
    )  # hashing is slow on purpose
    statuses = [attempt(f"name{n}", WRONG).status_code for n in range(signing_in.ADDRESS_LIMIT + 1)]
    assert statuses == [403] * signing_in.ADDRESS_LIMIT + [429]


def test_many_addresses_trying_one_name_are_locked(world, monkeypatch):
    monkeypatch.setattr(signing_in, "authenticate", lambda *args, **kwargs: None)
    statuses = [attempt("agent", WRONG, f"10.0.1.{n}").status_code for n in range(signing_in.NAME_LIMIT + 1)]
    assert statuses[-1] == 429


def test_the_answer_never_tells_which_names_exist(world):
    User.objects.filter(username="other").update(is_active=False)
    system_user()

    def body(name: str) -> str:
        page = attempt(name, WRONG, "10.0.2.1").content.decode()
        lines = [line for line in page.splitlines() if "csrf" not in line.lower() and "nonce" not in line]
        return "\n".join(lines).replace(f'value="{name}"', "")

    answers = [[body(name) for _ in range(6)] for name in ("agent", "nobody", "other", "system")]
    assert all(answer == answers[0] for answer in answers)


def test_the_table_of_failures_holds_no_names_and_stays_small(world, monkeypatch):
    attempt("agent", WRONG)
    assert not any("agent" in row.subject for row in FailedSignIns.objects.all())
    later = signing_in.now() + signing_in.WINDOW + timedelta(seconds=1)
    monkeypatch.setattr(signing_in, "now", lambda: later)
    attempt("nobody", WRONG)
    assert FailedSignIns.objects.count() == 3


def test_changing_the_password_keeps_this_session_and_ends_the_others(world):
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/login/", {"username": "agent", "password": PASSWORD})
    form = {"old": PASSWORD, "new": "another horse 18", "again": "another horse 18"}
    assert here.post("/password/", form).status_code == 302
    assert here.get("/tickets/").status_code == 200
    assert there.get("/tickets/").status_code == 302


@pytest.mark.parametrize(
    "form",
    [
        {"old": WRONG, "new": "another horse 18", "again": "another horse 18"},
        {"old": PASSWORD, "new": "another horse 18", "again": "another horse 19"},
        {"old": PASSWORD, "new": "short", "again": "short"},
        {"old": PASSWORD, "new": "12345678901", "again": "12345678901"},
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_an_easy_one(world, client_of, form):
    assert client_of("agent").post("/password/", form).status_code == 400
    assert User.objects.get(username="agent").check_password(PASSWORD)


def test_users_are_created_with_an_audit_row_and_refused_in_a_sentence(db):
    system = system_user()
    made = create_user(username="wang", password=make_password_up(), name="小王", acting_user=system)
    assert (made.role, made.display_name) == (Role.AGENT, "小王")
    assert AuditEntry.objects.get(action="people.create_user").object_id == str(made.pk)
    with pytest.raises(UserUnusable, match="taken"):
        create_user(username="WANG", password=make_password_up(), acting_user=system)
    with pytest.raises(UserUnusable, match="role"):
        create_user(username="li", password=make_password_up(), role="boss", acting_user=system)
    with pytest.raises(UserUnusable):
        create_user(username="li wei!", password=make_password_up(), acting_user=system)
    with pytest.raises(PasswordUnusable):
        create_user(username="li", password="123456", acting_user=system)


def test_the_first_start_makes_one_admin_and_no_second(db):
    password = ensure_first_admin()
    assert User.objects.get(username="admin").check_password(password)
    assert ensure_first_admin() == ""
