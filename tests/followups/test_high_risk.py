"""An upset customer: a flag while the call lasts, and somebody who owns it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huifang.followups.models import Attempt
from huifang.people.models import AuditEntry
from huifang.surveys.models import Answer
from huifang.tickets.actions import resolve
from huifang.tickets.models import Ticket

from .conftest import NOW
from .test_reporting import Call, call, rate  # noqa: F401

pytestmark = pytest.mark.django_db


def says(call: Call, after: int, text: str, **read: object) -> None:  # noqa: F811
    call.send(
        "heard", after, text=text, key="", intent="complaint", confidence=0.6, start_ms=1, end_ms=2, **read
    )


def test_a_threat_raises_the_flag_and_a_ticket_while_the_call_lasts(call, agent):  # noqa: F811
    call.answered()
    says(call, 10, "我要打12315投诉你们", emotion="angry", polarity=-0.7, category="service")
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.risk) == ("talking", "threat")
    ticket = Ticket.objects.get()
    assert (ticket.cause, ticket.owner, ticket.attempt) == ("high_risk", agent, attempt.pk)
    assert "李娜" in ticket.title
    assert NOW < ticket.due_at <= NOW + timedelta(hours=24)
    assert AuditEntry.objects.filter(action="tickets.open").count() == 1


def test_one_call_opens_one_ticket_whatever_else_happens_in_it(call, agent):  # noqa: F811
    call.answered()
    for after in (10, 14, 18):
        says(call, after, "太过分了", emotion="angry", polarity=-0.9)
    call.send("answer", 20, **rate(1))
    call.send("ended", 30, cause="completed", outcome="completed")
    ticket = Ticket.objects.get()
    assert ticket.cause == "high_risk"
    assert AuditEntry.objects.filter(action="tickets.open").count() == 1


def test_a_ticket_that_was_resolved_during_the_call_is_not_opened_again(call, agent):  # noqa: F811
    call.answered()
    says(call, 10, "我要报警")
    resolve(Ticket.objects.get().pk, resolution="已致歉并退款", acting_user=agent, now=NOW)
    says(call, 12, "我要找律师")
    assert Ticket.objects.get().state == Ticket.State.RESOLVED


def test_a_customer_who_is_once_annoyed_is_left_alone(call):  # noqa: F811
    call.answered()
    says(call, 10, "有点慢", emotion="angry", polarity=-0.5)
    assert (Attempt.objects.get().risk, Ticket.objects.count()) == ("", 0)


def test_a_free_answer_is_stored_with_its_subject_and_polarity(call):  # noqa: F811
    call.answered()
    says(call, 10, "送货太慢了", emotion="disappointed", polarity=-0.9, category="logistics")
    says(call, 12, "对", emotion="", polarity=None, category="")
    free = {"item": "reason", "code": "free", "key": None, "score": None, "channel": "speech"}
    call.send("answer", 12, **free, text="送货太慢了")
    call.send("answer", 15, **rate(2))
    by_item = {a.item: (a.category, a.polarity) for a in Answer.objects.all()}
    assert by_item == {"reason": ("logistics", -0.9), "rating": ("", None)}


def test_what_a_customer_feels_stands_at_the_call_until_it_has_passed(call):  # noqa: F811
    call.answered()
    says(call, 10, "等了这么久", emotion="disappointed", category="logistics")
    assert Attempt.objects.get().mood == "disappointed"
    says(call, 12, "好吧", emotion="", by="agent_part")
    assert Attempt.objects.get().mood == "disappointed"
    says(call, 14, "那行", emotion="", by="agent_part")
    assert Attempt.objects.get().mood == ""
