"""高风险情绪 the whole way: a voice on the telephone, the recogniser, the centre, the board, and somebody who owns it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from voice_node.orders import short_script
from voice_node.stage import Street, environment, network, running, wait_until
from voice_node.test_speech_calls import says, spoken

from huifang import clock
from huifang.customers.models import ContactPoint, Customer
from huifang.customers.phones import blind_index, mask, seal
from huifang.followups import models
from huifang.followups.models import Attempt, FollowUp, Script
from huifang.followups.trunks import save_trunk
from huifang.people.encryption import keyring
from huifang.people.models import AuditEntry, Role, Store, User
from huifang.people.reach import Reach
from huifang.reports.board import board_now
from huifang.tickets.models import Ticket
from huifang.voice.pstn.persona import Speak, Turn

NUMBER = "+8613700000077"
MORNING = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Shanghai


def someone_is_due(trunk_port: int) -> User:
    """One customer of one store is to be called now; whoever answers for the store."""
    at = clock.now()
    store = Store.objects.create(code="S1", name="静安店")
    lead = User.objects.create(username="lead", first_name="林店长", role=Role.SUPERVISOR, store=store)
    save_trunk(name="virtual", host="127.0.0.1", port=trunk_port, max_calls=1, is_virtual=True)
    script = Script.objects.create(
        slug="short", version=1, name="短", document=short_script(), published_at=at
    )
    customer = Customer.objects.create(
        name="李娜", gender="female", store=store, created_at=at, updated_at=at
    )
    ContactPoint.objects.create(
        customer=customer, sealed=seal(NUMBER), index=blind_index(NUMBER), masked=mask(NUMBER)
    )
    FollowUp.objects.create(
        key="k", customer=customer, plan="p", plan_name="首单后3天回访", script=script, purpose="care",
        facts={"order.product": "面霜"}, due_at=at, expires_at=at + timedelta(days=1), created_at=at, updated_at=at,
    )  # fmt: skip
    return lead


@pytest.mark.speech
@pytest.mark.django_db(transaction=True)
def test_angry_words_on_the_telephone_mark_the_live_call_and_give_it_an_owner(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live_server
) -> None:
    pytest.importorskip("sherpa_onnx")
    offset = MORNING - datetime.now(UTC)
    monkeypatch.setattr(clock, "_offset", lambda: offset)
    angry = Speak("很生气")  # and again as soon as the robot goes on, once more where that was not heard
    turns = (Turn(angry), Turn(angry, into_s=1.0), Turn(angry))
    person = replace(says(), turns=turns)
    with network(Street({NUMBER: person}), tmp_path / "log") as phones:
        phones._words.update(spoken(shared / "speech" / "phrases"))
        lead = someone_is_due(phones.port)
        env = environment(
            tmp_path,
            live_server.url,
            HUIFANG_VOICE_TOKEN=keyring().voice_token,
            HUIFANG_CLOCK_OFFSET=str(offset.total_seconds()),
            HUIFANG_ASR_MODEL=str(shared / "speech" / "model"),
        )
        with running(env):

            def shown() -> list[str]:
                return [call["risk"] for call in board_now(Reach(True), clock.now())["calls"]]

            assert wait_until(lambda: any(shown()), 60), [t.text for t in models.Turn.objects.all()]
            ticket = Ticket.objects.get()  # while the call still lasts
            attempt = Attempt.objects.get()
            assert (attempt.state, attempt.mood) == ("talking", "angry")
    assert attempt.risk in ("angry_again", "furious")
    assert (ticket.cause, ticket.owner, ticket.attempt) == ("high_risk", lead, attempt.pk)
    assert attempt.claimed_at < ticket.due_at <= clock.now() + timedelta(hours=24)
    assert AuditEntry.objects.filter(action="tickets.open").count() == 1
    [first, *_] = models.Turn.objects.filter(speaker="customer").order_by("seq")
    assert first.emotion == "angry"
    assert first.voice["pitch_hz"] > 0
