"""Endings from the claim to the figures: chosen and stored when a call is handed out, noted when it is over."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib.resources import files
from uuid import UUID, uuid4

import pytest
from endings.sounds import tone, wav

from huifang.customers.models import Consent, Order
from huifang.endings.choosing import repeat, why_this_tune
from huifang.endings.library import change, put_aside, take_back, upload
from huifang.endings.models import Announcement, Assignment, EndingRule, Tune
from huifang.endings.rules import (
    RuleSettings,
    RuleUnusable,
    announce,
    move_up,
    save_rule,
    set_default,
)
from huifang.endings.statistics import LATER, arms, compared, plays_lately, scores_lately
from huifang.endings.wav import TuneUnusable
from huifang.errors import Conflict, NotFound
from huifang.followups.claiming import claim_orders
from huifang.followups.leases import release_silent_nodes
from huifang.people.models import AuditEntry
from huifang.segments.models import Membership, Segment
from huifang.surveys.models import Answer, Response

from .conftest import NOW
from .test_reporting import Call, rate

pytestmark = pytest.mark.django_db
DOCUMENT = json.loads((files("huifang.followups") / "scripts" / "first_order_3d.json").read_text("utf-8"))


@pytest.fixture
def claim(followup, trunk, script):
    script.document = {**DOCUMENT, "version": 1}
    script.save()

    def claim(person=None):
        followup(person)
        (order,) = claim_orders(node="n1", free=1, active=[], now=NOW)
        return order

    return claim


@pytest.fixture
def rule(agent):
    def rule(name="安抚", lowest=1, highest=2, tunes=("rain", "waves"), **more):
        settings = RuleSettings(name=name, lowest=lowest, highest=highest, tunes=tunes, **more)
        return save_rule(settings, acting_user=agent, now=NOW)

    return rule


def finish(order, score=1, ending="very_dissatisfied", tune=None, **more):
    """The call of ``order`` is made, rated and played out."""
    call = Call(order).answered()
    call.send("answer", 10, **rate(score))
    drawn = tune or order.facts.get(f"tune.{ending}", "rain")
    told = {"tune": drawn, "tune_ms": 5000, "tune_heard_all": True, **more}
    call.send("ended", 30, cause="completed", outcome="completed", ending=ending, **told)
    return Assignment.objects.get(attempt=UUID(order.attempt_id))


def test_without_rules_the_script_decides_and_plays_are_counted_all_the_same(claim):
    order = claim()
    assert not [name for name in order.facts if name.startswith(("tune.", "ending."))]
    assert not Assignment.objects.exists()
    row = finish(order, 5, "very_satisfied", "bright_piano")
    assert (row.tune, row.score, row.rule, row.salt) == ("bright_piano", 5, None, "")
    assert [(p.tune, p.plays) for p in plays_lately(NOW + timedelta(minutes=1))] == [("bright_piano", 1)]


def test_what_was_drawn_is_told_stored_and_can_be_drawn_again(claim, rule):
    made = rule()
    order = claim()
    row = Assignment.objects.get()
    assert row.attempt == UUID(order.attempt_id)
    for ending in ("dissatisfied", "very_dissatisfied"):
        assert order.facts[f"tune.{ending}"] in ("rain", "waves")
        assert repeat(row, ending).tune == order.facts[f"tune.{ending}"] == row.draws[ending]["tune"]
    assert "tune.neutral" not in order.facts
    row = finish(order)
    assert (row.rule, row.salt, row.heard_ms, row.heard_all) == (made, made.salt, 5000, True)
    assert "安抚" in why_this_tune(row.attempt)


def test_a_tune_that_could_not_be_had_is_no_play_of_the_draw(claim, rule):
    rule()
    row = finish(claim(), tune="gentle")
    assert (row.tune, row.rule, row.salt) == ("gentle", None, "")
    assert why_this_tune(row.attempt) == ""


def test_a_default_is_played_but_only_fair_draws_are_compared(claim, rule, agent):
    made = set_default(rule(), "waves", acting_user=agent, now=NOW)
    for _ in range(12):
        row = finish(claim())
        if not row.draws[row.ending]["fair"]:
            break
    assert (row.tune, row.rule, row.salt) == ("waves", made, "")
    with pytest.raises(Conflict):
        set_default(made, "gentle", acting_user=agent, now=NOW)


def test_rules_ask_for_brand_segment_and_purpose_in_their_order(claim, rule, customer, store, agent):
    vips = Segment.objects.create(slug="vip", name="VIP", tree={"all": []})
    store.brand = "花颜"
    store.save()
    last = rule("all", 5, 5, ("gentle",))
    rule("vip", 5, 5, ("warm_piano",), segment=vips)
    rule("brand", 5, 5, ("bright_piano",), brand="花颜")
    rule("service", 5, 5, ("rain",), purpose="service")
    person, vip = customer(), customer()
    Membership.objects.create(segment=vips, customer=vip, joined_at=NOW)

    def tune(of):
        return claim(of).facts["tune.very_satisfied"]

    assert tune(customer()) == "gentle"
    for name in ("service", "brand", "vip"):  # each one place up until it is before “all”
        row = EndingRule.objects.get(name=name)
        while EndingRule.objects.get(name=name).position > EndingRule.objects.get(pk=last.pk).position:
            move_up(row, acting_user=agent)
    assert tune(person) == "bright_piano"
    move_up(EndingRule.objects.get(name="vip"), acting_user=agent)
    move_up(EndingRule.objects.get(name="vip"), acting_user=agent)
    assert tune(vip) == "warm_piano"
    EndingRule.objects.filter(name="brand").update(is_active=False)
    assert tune(customer()) == "gentle"


def test_words_and_hand_over_go_with_the_call(claim, rule):
    rule("x", 3, 3, (), words="{customer.salutation}，谢谢您！", transfer="yes")
    facts = claim().facts
    assert facts["ending.neutral.words"] == "{customer.salutation}，谢谢您！"
    assert facts["ending.neutral.transfer"] is True
    assert "tune.neutral" not in facts


def test_an_order_that_went_back_leaves_no_draw(claim, rule):
    rule()
    claim()
    release_silent_nodes(NOW + timedelta(minutes=1))
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lowest": 4, "highest": 2}, "lower rating"),
        ({"tunes": ("no_such",)}, "no longer in the library"),
        ({"tunes": ()}, "changes nothing"),
        ({"words": "谢" * 101}, "longer than 100"),
        ({"words": "Thank you"}, "must be Chinese"),
        ({"words": "谢谢{"}, "brace"),
        ({"words": "谢谢{order.amount}"}, "order.amount"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_one_sentence(rule, change, said):
    with pytest.raises(RuleUnusable, match=said):
        rule(**change)


def test_other_tunes_begin_a_new_comparison_and_another_name_does_not(rule, agent):
    made = rule()
    settings = RuleSettings(name="新名字", lowest=1, highest=2, tunes=("waves", "rain"))
    again = save_rule(settings, acting_user=agent, now=NOW + timedelta(days=1), rule=made)
    assert (again.salt, again.since) == (made.salt, NOW)
    settings = RuleSettings(name="新名字", lowest=1, highest=2, tunes=("rain", "gentle"))
    again = save_rule(settings, acting_user=agent, now=NOW + timedelta(days=1), rule=made)
    assert again.salt != made.salt
    assert AuditEntry.objects.filter(action="endings.change_rule").count() == 2


# ---- uploaded tunes


@pytest.fixture
def tune(agent):
    sound = wav(tone(3, 16_000, 700), 16_000)
    return upload(sound, file_name="a.wav", name="新年", brand="", acting_user=agent, now=NOW)[0]


def test_an_uploaded_tune_is_drawn_and_kept_once_it_was_given_to_a_call(claim, rule, tune, agent):
    made = rule(tunes=(tune.key,))
    with pytest.raises(Conflict):
        put_aside(tune.key, acting_user=agent)
    order = claim()
    assert order.facts["tune.dissatisfied"] == tune.key
    made.delete()
    assert put_aside(tune.key, acting_user=agent).is_retired  # the call may still play it
    finish(order)
    take_back(tune.key, acting_user=agent)
    assert put_aside(tune.key, acting_user=agent).is_retired  # and now it was heard
    assert Tune.objects.count() == 1


def test_a_tune_that_nobody_heard_is_deleted_and_one_out_of_use_is_not_drawn(claim, rule, tune, agent):
    assert put_aside(tune.key, acting_user=agent) is None
    assert not Tune.objects.exists()
    with pytest.raises(NotFound):
        put_aside(tune.key, acting_user=agent)
    again = upload(
        wav(tone(3, 16_000, 700), 16_000),
        file_name="a.wav",
        name="新年",
        brand="",
        acting_user=agent,
        now=NOW,
    )[0]
    rule(tunes=(again.key, "rain"))
    Tune.objects.update(is_retired=True)
    assert {claim().facts["tune.dissatisfied"] for _ in range(6)} == {"rain"}


def test_the_tune_of_a_brand_is_played_for_that_brand_alone(claim, rule, tune, store, agent):
    change(tune.key, name="新年", brand="花颜", acting_user=agent)
    with pytest.raises(RuleUnusable, match="花颜"):
        rule(tunes=(tune.key,))
    rule(tunes=(tune.key,), brand="花颜")
    store.brand = "花颜"
    store.save()
    assert claim().facts["tune.dissatisfied"] == tune.key
    change(
        tune.key, name="新年", brand="动力", acting_user=agent
    )  # moved to another brand behind the rule's back
    assert "tune.dissatisfied" not in claim().facts


def test_the_same_sound_is_not_uploaded_twice(tune, agent):
    sound = wav(tone(3, 16_000, 700), 16_000)
    with pytest.raises(TuneUnusable, match="新年"):
        upload(sound, file_name="b.wav", name="别名", brand="", acting_user=agent, now=NOW)


# ---- figures


def heard(rule, person, tune, days, score=1, salt=None):
    at = NOW - timedelta(days=days)
    return Assignment.objects.create(
        attempt=uuid4(), customer=person, made_at=at, ended_at=at, answered=True, ending="e", score=score,
        tune=tune, heard_ms=4000, heard_all=score > 1, rule=rule, salt=rule.salt if salt is None else salt,
    )  # fmt: skip


def test_tunes_are_compared_by_what_customers_did_afterwards(rule, customer):
    made = rule()
    back, gone, later, early = (customer() for _ in range(4))
    for person, tune in ((back, "rain"), (gone, "waves"), (later, "waves"), (early, "rain")):
        heard(made, person, tune, days=40)
    heard(made, customer(), "rain", days=3)  # 30 days are not over yet
    heard(made, back, "waves", days=40, salt="of an earlier comparison")
    heard(made, back, "waves", days=40, salt="")  # the default, not drawn
    at = NOW - timedelta(days=40)
    for person, days in ((back, 10), (later, 31), (early, -1)):  # within, after, and before the call
        Order.objects.create(
            customer=person, number=f"o{person.pk}", ordered_at=at + timedelta(days=days), amount_cents=1
        )
    Consent.objects.create(customer=gone, purpose="", granted=False, source="call", at=at + timedelta(days=2))
    response = Response.objects.create(
        conversation=uuid4(), customer=back, script="s", script_version=1, channel="phone", started_at=at
    )
    for item, days, score in (("a", 5, 5), ("b", 8, 1)):  # only the next one counts
        Answer.objects.create(
            response=response, item=item, code="x", score=score, channel="key", at=at + timedelta(days=days)
        )
    (one,) = compared(NOW)
    rain, waves = one.tunes
    assert (rain.tune, waves.tune) == ("rain", "waves")
    assert ((rain.returned.hits, rain.returned.n), (waves.returned.hits, waves.returned.n)) == (
        (1, 2),
        (0, 2),
    )
    assert (rain.waiting, waves.waiting) == (1, 0)
    assert ((rain.refused.hits, rain.refused.n), (waves.refused.hits, waves.refused.n)) == ((0, 2), (1, 2))
    assert ((rain.next_glad.hits, rain.next_glad.n), (waves.next_glad.n)) == ((1, 1), 0)
    assert not rain.is_ahead  # two customers say nothing


def test_the_rating_of_the_call_itself_is_not_its_next_rating(rule, customer):
    made, person = rule(), customer()
    row = heard(made, person, "rain", days=40)
    response = Response.objects.create(
        conversation=row.attempt,
        customer=person,
        script="s",
        script_version=1,
        channel="phone",
        started_at=NOW,
    )
    Answer.objects.create(
        response=response, item="r", code="x", score=5, channel="key", at=row.ended_at + timedelta(seconds=1)
    )
    assert compared(NOW)[0].tunes[0].next_glad.n == 0


def test_a_tune_is_ahead_only_where_chance_would_hardly_do_it(rule, customer):
    made, back, gone = rule(), customer(), customer()
    Order.objects.create(
        customer=back, number="o", ordered_at=NOW - LATER + timedelta(days=-5), amount_cents=1
    )
    for n in range(60):
        heard(made, back if n % 3 else gone, "waves", days=40)
        heard(made, gone if n % 3 else back, "rain", days=40)
    rain, waves = compared(NOW)[0].tunes
    assert (waves.is_ahead, rain.is_ahead) == (True, False)
    assert 0.5 < waves.returned.low < waves.returned.value < waves.returned.high < 0.8


def test_plays_and_ratings_are_counted_lately(rule, customer):
    made, person = rule(), customer()
    for score, days in ((1, 5), (2, 5), (5, 5), (4, 200)):
        heard(made, person, "rain", days=days, score=score)
    (rain,) = plays_lately(NOW)
    assert (rain.plays, rain.whole.hits, rain.glad.hits, rain.glad.n) == (3, 2, 1, 3)
    assert [(score, share.hits) for score, share in scores_lately(NOW)] == [
        (5, 1),
        (4, 0),
        (3, 0),
        (2, 1),
        (1, 1),
    ]


def test_the_announcement_is_made_in_half_of_the_calls_and_compared(claim, agent):
    assert "ending.announced" not in claim().facts
    announce("never", acting_user=agent, now=NOW)
    assert claim().facts["ending.announced"] is False
    assert arms() == []
    announce("half", acting_user=agent, now=NOW)
    sides = {}
    while len(sides) < 2:
        order = claim()
        side = order.facts["ending.announced"]
        if side in sides:
            Call(order).send("ended", 1, cause="stopped", dialled=False)
        else:
            sides[side] = order
    finish(sides[True], 5, "very_satisfied", "bright_piano")
    with_it, without = arms()
    assert (with_it.announced, with_it.rated.hits, with_it.rated.n, with_it.glad.hits) == (True, 1, 1, 1)
    assert (without.announced, without.rated.n) == (False, 0)
    with pytest.raises(Conflict):
        announce("sometimes", acting_user=agent, now=NOW)
    salt = Announcement.objects.get().salt
    announce("half", acting_user=agent, now=NOW)
    assert Announcement.objects.get().salt == salt
