"""A small chain with a day of calls behind it, for tests of the screens."""

from __future__ import annotations

import json
import math
import struct
import wave
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.hashers import make_password

from huifang.clock import now
from huifang.customers.models import Consent, ContactPoint, Customer, CustomerEvent, CustomerFacts
from huifang.customers.phones import blind_index, mask, seal
from huifang.endings.models import EndingRule, Tune
from huifang.endings.preparing import key_of
from huifang.followups.models import (
    Attempt,
    AttemptEvent,
    Conversation,
    FollowUp,
    InboundNumber,
    Script,
    Trunk,
    Turn,
    VoiceNode,
)
from huifang.followups.publishing import SHIPPED
from huifang.knowledge.models import Article, ArticleVersion, Revision
from huifang.logic.knowledge import to_json
from huifang.messages.links import address_of, make_link
from huifang.messages.models import Message
from huifang.people.models import Role, Store, User
from huifang.plans.models import Plan
from huifang.promises.models import CouponBudget, Promise
from huifang.surveys.models import Answer, Response
from huifang.tickets.models import Ticket
from huifang.work.models import ProcessState

PASSWORD = "correct horse 17"


@cache
def _document() -> dict[str, Any]:
    return json.loads((SHIPPED / "first_order_3d.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@dataclass
class World:
    """The rows that tests ask about.  ``call`` is answered and recorded, ``doubtful`` is in doubt; both
    belong to ``customer`` of ``store``.  ``elsewhere`` is a customer of ``other_store``."""

    store: Store
    other_store: Store
    users: dict[str, User]
    plan: Plan
    script: Script
    trunk: Trunk
    customer: Customer
    elsewhere: Customer
    point: ContactPoint
    call: Attempt
    doubtful: Attempt
    ticket: Ticket
    number: InboundNumber
    promise: Promise
    budget: CouponBudget
    tune: Tune
    rule: EndingRule
    article: Article
    link: str
    text: Message


def build_world() -> World:
    """Two stores, five users, two customers with calls and tickets, one plan."""
    at = now()
    store = Store.objects.create(code="S1", name="静安店", region="上海")
    other = Store.objects.create(code="S2", name="西湖店", region="杭州")
    users = {
        "admin": _user("admin", "管理员", Role.ADMIN, None),
        "supervisor": _user("supervisor", "周主管", Role.SUPERVISOR, None),
        "store_supervisor": _user("lead", "林店长", Role.SUPERVISOR, other),
        "agent": _user("agent", "小王", Role.AGENT, store),
        "other_agent": _user("other", "小陈", Role.AGENT, other),
    }
    plan = Plan.objects.create(
        slug="first-order-3d",
        name="首单后3天回访",
        purpose="care",
        script="first-order",
        document={"due_after_days": 3, "due_within_days": 4},
        created_at=at,
    )
    script = Script.objects.create(
        slug="first-order", version=1, name="首单后3天回访", document=_document(), published_at=at
    )
    trunk = Trunk.objects.create(name="虚拟线路", host="127.0.0.1", is_virtual=True)
    customer, point = add_customer("李女士", store, "+8613812345678", at)
    elsewhere, _ = add_customer("赵先生", other, "+8613912345678", at)
    call = add_call(customer, plan, script, trunk, at - timedelta(minutes=6), score=2)
    doubtful = add_call(customer, plan, script, trunk, at - timedelta(minutes=3), state="in_doubt")
    ticket = Ticket.objects.create(
        key=f"attempt:{call.pk.hex}",
        customer=customer,
        cause=Ticket.Cause.LOW_SCORE,
        title=f"{customer.name}打了2分",
        detail="首单后3天回访\n店员的服务",
        attempt=call.pk,
        owner=users["agent"],
        opened_at=at - timedelta(minutes=5),
        due_at=at - timedelta(minutes=1),
    )
    number = InboundNumber.objects.create(number="+862166668888", script=script.slug, store=store)
    budget = CouponBudget.objects.create(
        key="new30:*", promotion="new30", name="新客30元券", total=20, used=1
    )
    promise = Promise.objects.create(
        key=f"{call.pk.hex}:9",
        attempt=call.pk,
        customer=customer,
        kind="exchange",
        said="好的，我帮您登记换货。",
        heard="我想换个尺码",
        at_ms=2400,
        ticket=ticket,
        made_at=at - timedelta(minutes=5),
        due_at=at + timedelta(days=1),
    )
    alaw = bytes(range(256)) * 100
    tune = Tune.objects.create(
        key=key_of(alaw),
        name="新年钢琴曲",
        alaw=alaw,
        seconds=3.2,
        peaks=[10, 80, 100, 30],
        file_name="新年.wav",
        uploaded_by=users["admin"],
        uploaded_at=at,
    )
    rule = EndingRule.objects.create(
        position=1, name="安抚", lowest=1, highest=2, tunes=["rain", "waves"], salt="s", since=at
    )
    article = Article.objects.create(
        code="hours",
        version=1,
        title="营业时间",
        answer="早上十点到晚上九点半。",
        questions=["几点开门", "几点关门"],
        source="手册 第2页",
        changed_at=at - timedelta(days=1),
        changed_by=users["admin"],
    )
    ArticleVersion.objects.create(
        article=article,
        number=1,
        content=to_json(article.plain),
        is_published=True,
        saved_at=at - timedelta(days=1),
        saved_by=users["admin"],
    )
    Revision.objects.create(name=uuid4().hex)
    text = Message.objects.create(
        key="t", customer=customer, attempt=call.pk, cause="ending", purpose="service", text="【花颜】谢谢您。",
        masked=point.masked, state="unknown", reason="ReadTimeout", made_at=at - timedelta(hours=1),
        due_at=at, expires_at=at,
    )  # fmt: skip
    make_link(attempt=doubtful.pk, customer=customer, items=["rating"], now=at)
    for name in ("web", "work", "voice"):
        ProcessState.objects.create(name=name, state="running", pid=1, restarts=0, changed_at=at)
    VoiceNode.objects.create(name="node-1", seen_at=at, free=58)
    return World(
        store,
        other,
        users,
        plan,
        script,
        trunk,
        customer,
        elsewhere,
        point,
        call,
        doubtful,
        ticket,
        number,
        promise,
        budget,
        tune,
        rule,
        article,
        address_of(doubtful.pk).rstrip("/").rpartition("/")[2],
        text,
    )


def _user(username: str, name: str, role: str, store: Store | None) -> User:
    return User.objects.create(
        username=username, first_name=name, role=role, store=store, password=_hashed(PASSWORD)
    )


@cache
def _hashed(password: str) -> str:
    return make_password(password)  # slow on purpose, so once is enough


def add_customer(name: str, store: Store, number: str, at: datetime) -> tuple[Customer, ContactPoint]:
    """A customer with facts, one order on the timeline and one phone."""
    customer = Customer.objects.create(
        member_number=f"M{number[-10:]}",
        name=name,
        gender="female",
        birthday=date(1992, 5, 20),
        store=store,
        created_at=at,
        updated_at=at,
    )
    point = ContactPoint.objects.create(
        customer=customer, sealed=seal(number), index=blind_index(number), masked=mask(number)
    )
    CustomerFacts.objects.create(
        customer=customer,
        order_count=3,
        total_cents=128_000,
        last_year_cents=128_000,
        first_order_at=at - timedelta(days=400),
        last_order_at=at - timedelta(days=3),
        last_product="玫瑰精华水",
        recency_quintile=5,
        frequency_quintile=3,
        monetary_quintile=4,
        lifecycle="active",
    )
    CustomerEvent.objects.create(
        customer=customer,
        kind="order.placed",
        at=at - timedelta(days=3),
        data={"product": "玫瑰精华水", "amount_cents": 32_800, "number": "O1"},
        source="order:O1",
    )
    Consent.objects.create(customer=customer, purpose="marketing", granted=True, source="import", at=at)
    return customer, point


def add_call(
    customer: Customer,
    plan: Plan,
    script: Script,
    trunk: Trunk,
    at: datetime,
    *,
    score: int | None = None,
    state: str = "ended",
    cause: str = "completed",
    outcome: str = "",
    tune: str = "rain",
) -> Attempt:
    """One attempt that began at ``at``; with ``score`` an answered conversation with a recording."""
    states = {"ended": "done" if score or outcome else "failed", "in_doubt": "in_doubt"}
    rules = [
        {"name": "do_not_call", "passed": True, "data": {}},
        {"name": "reachable", "passed": True, "data": {}},
        {"name": "hours", "passed": True, "data": {}},
        {"name": "frequency", "passed": True, "data": {"recent": 0}},
    ]
    verdict: dict[str, Any] = {"allowed": True, "policy": "3f2a91c0d7e4", "rules": rules, "not_before": None}
    followup = FollowUp.objects.create(
        key=f"{plan.slug}:{customer.pk}:{at.isoformat()}",
        customer=customer,
        plan=plan.slug,
        plan_name=plan.name,
        script=script,
        purpose="care",
        reason={
            "code": "first_order",
            "anchor": str((at - timedelta(days=3)).date()),
            "days": 3,
            "last": str((at + timedelta(days=1)).date()),
            "product": "玫瑰精华水",
        },
        verdict=verdict,
        state=states.get(state, "claimed"),
        due_at=at - timedelta(hours=1),
        expires_at=at + timedelta(days=1),
        tries=1,
        created_at=at,
        updated_at=at,
    )
    answered = at + timedelta(seconds=6) if score or state == "talking" else None
    ended = at + timedelta(seconds=48) if state == "ended" else None
    attempt = Attempt.objects.create(
        followup=followup,
        customer=customer,
        trunk=trunk,
        node="node-1",
        state=state,
        verdict=verdict,
        cause=cause if state == "ended" else "",
        outcome=("completed" if score else outcome) if state == "ended" else "",
        tune=tune if score else "",
        claimed_at=at,
        lease_until=at + timedelta(minutes=1),
        dialled_at=at + timedelta(seconds=1),
        answered_at=answered,
        ended_at=ended,
    )
    AttemptEvent.objects.create(attempt=attempt, seq=1, kind="dialling", at=at)
    CustomerEvent.objects.create(
        customer=customer,
        kind="call.in_doubt" if state == "in_doubt" else "call.ended",
        at=ended or at,
        data={"cause": cause, "outcome": attempt.outcome, "score": score, "plan": plan.name},
        source=f"attempt:{attempt.pk.hex}",
    )
    if score and answered and ended:
        _converse(attempt, score, answered, ended)
    return attempt


def _converse(attempt: Attempt, score: int, answered: datetime, ended: datetime) -> None:
    relative = f"{attempt.pk.hex}.wav"
    conversation = Conversation.objects.create(
        attempt=attempt, started_at=answered, ended_at=ended, recording=relative, recording_seconds=3.0
    )
    write_recording(settings.HUIFANG.recordings / relative, seconds=3)
    key = str(6 - score)
    said: list[dict[str, Any]] = [
        {"speaker": "us", "text": f"您好，{attempt.customer.name}，我是静安店的智能语音助手。", "start_ms": 0, "end_ms": 900},
        {"speaker": "us", "text": "请问您对这次购物满意吗？非常满意请按1，非常不满意请按5。", "start_ms": 900, "end_ms": 1600, "interrupted": True},
        {"speaker": "customer", "text": "", "key": key, "intent": "rating", "confidence": 1.0, "start_ms": 1700, "end_ms": 1800},
        {"speaker": "us", "text": "请问主要是哪方面的问题呢？", "start_ms": 1900, "end_ms": 2300},
        {"speaker": "customer", "text": "店员爱理不理的", "intent": "choice", "confidence": 0.91, "start_ms": 2400, "end_ms": 2700},
        {"speaker": "us", "text": "真的很抱歉，您先听听雨声，稍等一下。", "start_ms": 2750, "end_ms": 3000},
    ]  # fmt: skip
    Turn.objects.bulk_create(Turn(conversation=conversation, seq=n, **turn) for n, turn in enumerate(said, 2))
    response = Response.objects.create(
        conversation=attempt.pk,
        customer=attempt.customer,
        script="first-order",
        script_version=1,
        channel="phone",
        started_at=answered,
    )
    Answer.objects.create(
        response=response,
        item="rating",
        code="dissatisfied",
        key=key,
        score=score,
        channel="key",
        at=answered,
    )
    Answer.objects.create(
        response=response, item="reason", code="service", text="店员爱理不理的", channel="speech", at=ended
    )


def write_recording(path: Path, seconds: int) -> None:
    """A stereo WAV at 8 kHz: 440 Hz on the left, 660 Hz on the right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        for n in range(8000 * seconds):
            left = int(8000 * math.sin(2 * math.pi * 440 * n / 8000))
            right = int(8000 * math.sin(2 * math.pi * 660 * n / 8000))
            file.writeframesraw(struct.pack("<hh", left, right))
