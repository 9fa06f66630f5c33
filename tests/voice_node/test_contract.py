"""The node's HTTP side: what is tried again and what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huifang.logic.voice_line import (
    ClaimAnswer,
    ClaimRequest,
    Event,
    EventKind,
    Order,
    TrunkAddress,
    order_from_json,
    to_json,
)
from huifang.voice.contract import Centre, CentreAway, CentreRefuses, pause_before_retry

from .centre import TOKEN, FakeCentre
from .orders import order

EVENT = Event("a" * 32, 1, 1, EventKind.DIALLING, "2026-11-23T02:00:00+00:00")


@pytest.fixture
def centre() -> Iterator[FakeCentre]:
    fake = FakeCentre()
    fake.url = fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def client(centre: FakeCentre) -> Iterator[Centre]:
    client = Centre(centre.url, TOKEN)
    yield client
    client.close()


def answering(status: int, content: bytes = b"{}") -> Centre:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
    return Centre("http://centre", TOKEN, transport)


def test_orders_come_as_they_were_given(centre: FakeCentre, client: Centre) -> None:
    given_out = order("+8613800000001", 5060)
    centre.orders.append(given_out)
    assert client.claim(ClaimRequest("n", 3, ["x"], {"late_share": 0.0})) == ClaimAnswer([given_out])
    assert centre.claims[0]["active"] == ["x"]


def test_orders_added_while_a_node_claims_are_not_lost(centre: FakeCentre, client: Centre) -> None:
    def while_claimed() -> Iterator[Order]:
        yield order("+8613800000001", 5060)
        client.claim(ClaimRequest("n", 5))
        yield order("+8613800000002", 5060)

    centre.orders.extend(while_claimed())
    client.claim(ClaimRequest("n", 5))
    assert len(centre.handed_out) == 2


def test_the_trunks_to_register_with_come_along_and_keys_of_a_newer_centre_are_passed_over() -> None:
    trunk = to_json(TrunkAddress("sip", "192.0.2.1", 5060, register=True))
    answer = {"orders": [], "trunks": [{**trunk, "colour": "red"}], "peers": ["192.0.2.1"], "weather": 1}
    claimed = answering(200, json.dumps(answer).encode()).claim(ClaimRequest("n", 1))
    assert claimed.trunks == [TrunkAddress("sip", "192.0.2.1", 5060, register=True)]
    assert claimed.peers == ["192.0.2.1"]


def test_the_answer_and_the_order_of_an_older_centre_are_enough() -> None:
    data = to_json(order("+8613800000001", 5060))
    for key in ("codecs", "refer", "register"):
        del data["trunk"][key]
    data["transfer_targets"] = [{"agent": "a", "display_name": "A", "sip_uri": "sip:a@h", "hat": "blue"}]
    claimed = answering(200, json.dumps({"orders": [data]}).encode()).claim(ClaimRequest("n", 1))
    assert (claimed.trunks, claimed.peers) == ([], [])
    assert claimed.orders == [order_from_json(data)]
    assert claimed.orders[0].trunk.codecs == ["PCMA", "PCMU"]


@pytest.mark.parametrize("trunks", [b"5", b'"x"', b"[5]", b'[{"port": 1}]'])
def test_trunks_that_cannot_be_read_do_not_end_the_node(trunks: bytes) -> None:
    with pytest.raises(CentreAway, match="not readable"):
        answering(200, b'{"orders": [], "trunks": ' + trunks + b"}").claim(ClaimRequest("n", 1))


def test_events_say_what_is_no_longer_ours(centre: FakeCentre, client: Centre) -> None:
    assert client.post_events("n", [EVENT]) == set()
    centre.refuse_dialling.add(EVENT.attempt_id)
    assert client.post_events("n", [EVENT]) == {EVENT.attempt_id}


def test_a_recording_arrives_byte_for_byte(centre: FakeCentre, client: Centre, tmp_path: Path) -> None:
    wav = tmp_path / "a.wav"
    wav.write_bytes(bytes(range(256)) * 1000)
    client.upload_recording("a" * 32, wav)
    assert centre.recordings["a" * 32] == wav.read_bytes()


def test_a_silent_centre_is_away(centre: FakeCentre, client: Centre) -> None:
    centre.stop()
    with pytest.raises(CentreAway):
        client.post_events("n", [EVENT])


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again(status: int) -> None:
    with pytest.raises(CentreAway):
        answering(status).post_events("n", [EVENT])


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_what_will_never_be_taken_is_told_apart(status: int) -> None:
    with pytest.raises(CentreRefuses) as refused:
        answering(status).post_events("n", [EVENT])
    assert refused.value.status == status


def test_a_wrong_token_names_the_setting(centre: FakeCentre) -> None:
    with pytest.raises(CentreAway, match="HUIFANG_VOICE_TOKEN"):
        Centre(centre.url, "wrong").claim(ClaimRequest("n", 1))


def test_a_page_instead_of_json_names_the_setting() -> None:
    with pytest.raises(CentreAway, match="HUIFANG_CENTRE_URL"):
        answering(200, b"<html>").claim(ClaimRequest("n", 1))


def test_an_unreadable_order_does_not_end_the_node() -> None:
    with pytest.raises(CentreAway, match="not readable"):
        answering(200, b'{"orders": [{"attempt_id": 1}]}').claim(ClaimRequest("n", 1))


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_pauses_grow_and_stay_bounded(tries: int, chance: float) -> None:
    pause = pause_before_retry(tries, chance)
    assert 0.1 <= pause <= 15.0
    assert pause_before_retry(tries + 1, chance) >= pause
