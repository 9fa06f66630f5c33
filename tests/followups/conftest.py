"""A small chain to call: one store, an agent, a script, a trunk, and customers on demand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huifang.customers.models import ContactPoint, Customer
from huifang.customers.phones import blind_index, mask, seal
from huifang.followups.models import FollowUp, Script, Trunk
from huifang.followups.trunks import save_trunk
from huifang.people.models import Role, Store, User

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Shanghai
SCRIPT = {"id": "care", "version": 1, "languages": ["zh-CN"], "steps": []}


@pytest.fixture
def store(db: None) -> Store:
    return Store.objects.create(code="S1", name="南京路店")


@pytest.fixture
def agent(store: Store) -> User:
    return User.objects.create(
        username="amy", first_name="艾米", role=Role.AGENT, store=store, sip_uri="sip:amy@127.0.0.1:5099"
    )


@pytest.fixture
def trunk(db: None) -> Trunk:
    return save_trunk(name="virtual", host="127.0.0.1", port=5090, max_calls=10, is_virtual=True)


@pytest.fixture
def script(db: None) -> Script:
    return Script.objects.create(slug="care", version=1, name="关怀", document=SCRIPT, published_at=NOW)


@pytest.fixture
def customer(store: Store) -> Callable[..., Customer]:
    def make(number: str = "", **more: Any) -> Customer:
        count = Customer.objects.count()
        person = Customer.objects.create(
            **{
                "name": "李娜",
                "gender": "female",
                "store": store,
                "created_at": NOW,
                "updated_at": NOW,
                **more,
            }
        )
        e164 = number or f"+8613800{count:06d}"
        ContactPoint.objects.create(
            customer=person, sealed=seal(e164), index=blind_index(e164), masked=mask(e164)
        )
        return person

    return make


@pytest.fixture
def followup(customer: Callable[..., Customer], script: Script) -> Callable[..., FollowUp]:
    def make(person: Customer | None = None, **more: Any) -> FollowUp:
        person = person or customer()
        values: dict[str, Any] = {
            "key": f"care:{person.pk}:{FollowUp.objects.count()}",
            "customer": person,
            "plan": "care",
            "plan_name": "首单后3天回访",
            "script": script,
            "purpose": "care",
            "due_at": NOW - timedelta(hours=1),
            "expires_at": NOW + timedelta(days=3),
            "created_at": NOW,
            "updated_at": NOW,
            **more,
        }
        return FollowUp.objects.create(**values)

    return make
