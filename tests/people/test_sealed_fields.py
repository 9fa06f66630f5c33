"""What customers said is unreadable in the database without the key file, and plain to the program."""

from __future__ import annotations

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from huifang.clock import now
from huifang.errors import KeyFileUnusable
from huifang.people.sealed_fields import SealedJson, SealedText
from huifang.tickets.models import Ticket

WORDS = "店员态度太差了，我要投诉😡"
TABLES = {
    "surveys_answer": ("text",),
    "followups_turn": ("text",),
    "followups_attemptevent": ("data",),
    "promises_promise": ("said", "heard", "data"),
    "tickets_ticket": ("detail",),
}


def raw(table: str, column: str) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(f'select "{column}" from "{table}" order by id')
        return [bytes(row[0]) for row in cursor.fetchall()]


def migrate(*targets: tuple[str, str]):
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets))
    return executor.loader.project_state(list(targets)).apps


def latest() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_a_value_opens_in_its_own_column_only() -> None:
    here, there = SealedText(context="a.b.c"), SealedText(context="a.b.d")
    sealed = here.get_prep_value(WORDS)
    assert WORDS.encode() not in sealed
    assert sealed != here.get_prep_value(WORDS), "the same words look different each time"
    assert here.from_db_value(sealed, None, None) == WORDS
    with pytest.raises(KeyFileUnusable):
        there.from_db_value(sealed, None, None)
    with pytest.raises(KeyFileUnusable):
        here.from_db_value(sealed[:-1] + bytes([sealed[-1] ^ 1]), None, None)


@pytest.mark.parametrize("data", [{}, {"text": WORDS, "score": 1, "list": [None, 1.5, {"a": "b"}]}])
def test_data_come_back_as_they_were(data: dict[str, object]) -> None:
    field = SealedJson(context="a.b.c")
    assert field.from_db_value(field.get_prep_value(data), None, None) == data


def test_a_sealed_column_can_be_asked_whether_it_is_empty_and_nothing_else(db) -> None:
    assert list(Ticket.objects.filter(detail="")) == []
    for asked in ({"detail": WORDS}, {"detail__contains": "差"}, {"detail__gt": "a"}, {"detail__in": ["a"]}):
        with pytest.raises(FieldError):
            list(Ticket.objects.filter(**asked))


def test_nothing_of_what_was_said_stands_in_the_tables_of_a_call(world_of_calls) -> None:
    found = 0
    for table, columns in TABLES.items():
        for column in columns:
            for value in raw(table, column):
                found += bool(value)
                assert not any(
                    words.encode() in value for words in ("店员", "雨声", "首单", "换货", "rating")
                )
    assert found > 5, "there was something to be hidden"


@pytest.fixture
def world_of_calls(db, settings):
    from web.world import build_world

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return build_world()


@pytest.mark.django_db(transaction=True)
def test_what_was_stored_in_clear_is_sealed_by_the_migration_and_can_be_brought_back() -> None:
    before = (("tickets", "0003_alter_ticket_cause"), ("followups", "0008_mood_of_attempt"))
    after = (("tickets", "0004_seal_what_was_said"), ("followups", "0009_seal_what_was_said"))
    try:
        apps = migrate(*before)
        user = apps.get_model("people", "User").objects.create(username="u", role="agent")
        customer = apps.get_model("customers", "Customer").objects.create(
            name="李", created_at=now(), updated_at=now()
        )
        tickets = apps.get_model("tickets", "Ticket").objects
        for n, detail in enumerate((WORDS, "", "x" * 5_000)):
            tickets.create(
                key=str(n), customer=customer, cause="callback", title="t", detail=detail, owner=user,
                opened_at=now(), due_at=now(),
            )  # fmt: skip
        apps = migrate(*after)
        assert [t.detail for t in apps.get_model("tickets", "Ticket").objects.order_by("pk")] == [
            WORDS, "", "x" * 5_000,
        ]  # fmt: skip
        sealed = raw("tickets_ticket", "detail")
        assert WORDS.encode() not in b"".join(sealed)
        assert sealed[1] == b""
        apps = migrate(*before)
        back = apps.get_model("tickets", "Ticket").objects.order_by("pk").values_list("detail", flat=True)
        assert list(back) == [WORDS, "", "x" * 5_000]
    finally:
        latest()
