"""The softphone line over HTTP, with the gateway's own client."""

from __future__ import annotations

import json
import uuid

import httpx
import pytest
from django.test import Client

from huifang.clock import now
from huifang.followups.claiming import transfer_targets
from huifang.logic.softphone_line import GatewayReport, Phone, PhoneState
from huifang.logic.voice_line import TransferTarget
from huifang.people.encryption import keyring
from huifang.people.models import User
from huifang.people.softphones import go_online, people_on_duty
from huifang.voice.contract import Centre, CentreAway, CentreRefuses

pytestmark = pytest.mark.django_db


def through_django(request: httpx.Request) -> httpx.Response:
    client = Client(raise_request_exception=False)
    headers = {"authorization": request.headers["authorization"]}
    reply = client.generic(
        request.method, request.url.path, request.content, "application/json", headers=headers
    )
    return httpx.Response(reply.status_code, content=reply.content)


@pytest.fixture
def centre() -> Centre:
    return Centre("http://centre.test", keyring().voice_token, httpx.MockTransport(through_django))


def test_a_gateway_gets_the_offer_answers_it_and_makes_a_phone(centre: Centre) -> None:
    amy = User.objects.create(username="amy", role="agent")
    row = go_online(user=amy, offer="v=0 offer", now=now())
    told = centre.sync_softphones(GatewayReport("g-1"))
    assert [(offer.key, offer.sdp) for offer in told.offers] == [(row.key.hex, "v=0 offer")]
    uri = f"sip:{row.key.hex}@127.0.0.1:5070"
    phone = Phone(row.key.hex, PhoneState.READY, uri, "v=0 answer")
    assert centre.sync_softphones(GatewayReport("g-1", [phone])).offers == []
    assert transfer_targets(people_on_duty(now()), [], None) == [
        TransferTarget("amy", "amy", uri, is_window=True)
    ]
    ringing = Phone(row.key.hex, PhoneState.RINGING, uri, "v=0 answer", uuid.uuid4().hex)
    told = centre.sync_softphones(GatewayReport("g-1", [ringing], ["f" * 32]))
    assert (told.offers, told.closed) == ([], [])
    assert [person.sip_uri for person in people_on_duty(now())] == [""]


def test_a_wrong_token_and_nonsense_are_refused(centre: Centre) -> None:
    stranger = Centre("http://centre.test", "not-the-token", httpx.MockTransport(through_django))
    with pytest.raises(CentreAway):
        stranger.sync_softphones(GatewayReport("g-1"))
    bad = Phone("no key", PhoneState.READY, "sip:x@127.0.0.1:5070", "")
    with pytest.raises(CentreRefuses):
        centre.sync_softphones(GatewayReport("g-1", [bad]))
    evil = Phone("f" * 32, PhoneState.READY, "sip:x@127.0.0.1:5070\r\nX: y", "")
    with pytest.raises(CentreRefuses):
        centre.sync_softphones(GatewayReport("g-1", [evil]))


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"offers": [{}], "closed": []}', b'{"offers": 1, "closed": []}']
)
def test_an_answer_that_is_none_is_a_centre_that_is_away(body: bytes) -> None:
    centre = Centre("http://x.test", "t", httpx.MockTransport(lambda _: httpx.Response(200, content=body)))
    with pytest.raises(CentreAway):
        centre.sync_softphones(GatewayReport("g-1"))


def test_what_is_told_is_plain_json() -> None:
    sent = []

    def keep(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json={"offers": [], "closed": []})

    centre = Centre("http://x.test", "t", httpx.MockTransport(keep))
    centre.sync_softphones(GatewayReport("g", [Phone("a" * 32, PhoneState.READY, "sip:a@b", "v=0")], ["b"]))
    assert sent == [
        {
            "gateway": "g",
            "phones": [
                {"key": "a" * 32, "state": "ready", "sip_uri": "sip:a@b", "answer": "v=0", "attempt": ""}
            ],
            "refused": ["b"],
        }
    ]
