"""The page 话术: scripts as pictures, and rehearsals of them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from huifang.followups.models import Script
from huifang.followups.publishing import shipped_scripts
from huifang.logic.rehearsal_words import SPECIAL
from huifang.logic.script_document import Ask, End, script_from_json
from huifang.logic.script_map import HEIGHT, WIDTH, map_of
from web.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(world: World) -> Client:
    client = Client()
    client.force_login(world.users["supervisor"])
    return client


def test_every_script_is_listed_with_its_newest_version(lead: Client, world: World) -> None:
    old = world.script
    document = {**old.document, "version": 2, "name": "首单回访新版"}
    Script.objects.create(
        slug=old.slug, version=2, name="首单回访新版", document=document, published_at=old.published_at
    )
    listed = lead.get("/scripts/").content.decode()
    assert "首单回访新版" in listed
    assert "首单后3天回访" not in listed
    one = lead.get(f"/scripts/{old.slug}/?version=1").content.decode()
    assert "首单后3天回访" in one
    assert f"/scripts/{old.slug}/?version=2" in one


def test_an_unknown_script_or_version_is_not_found(lead: Client, world: World) -> None:
    assert lead.get("/scripts/nosuch/").status_code == 404
    assert lead.get(f"/scripts/{world.script.slug}/?version=9").status_code == 404


def test_a_rehearsal_shows_what_came_of_it(lead: Client, world: World) -> None:
    shown = lead.get(f"/scripts/{world.script.slug}/rehearsal/?by=words&seed=3").content.decode()
    assert re.search(r"违反铁律</span><strong>0<", shown)
    assert re.search(r"死胡同</span><strong>0<", shown)
    counts = [int(n) for n in re.findall(r"<b>(\d+)</b>", shown.split("没有一次听懂时")[0])]
    assert sum(counts) == 300
    assert "客：" in shown


def test_one_number_of_callers_is_one_result(lead: Client, world: World) -> None:
    def result(query: str) -> str:
        return lead.get(f"/scripts/{world.script.slug}/rehearsal/?{query}").content.decode()

    assert result("seed=5&by=keys") == result("seed=5&by=keys")
    assert result("seed=5&by=keys") != result("seed=6&by=keys")
    assert not any(words in result("seed=5&by=keys") for words in SPECIAL["refuses"])
    assert result("seed=x&by=songs") == result("seed=7&by=both")


@pytest.mark.parametrize("document", shipped_scripts(), ids=lambda d: str(d["id"]))
def test_a_picture_holds_every_step_once_and_apart_from_the_others(document: dict[str, object]) -> None:
    script = script_from_json(document)
    picture = map_of(script, "zh-CN")
    names = [box.id for box in picture.boxes]
    assert sorted(names) == sorted([*script.steps, *(f"ending {e.id}" for e in script.endings)])
    for one in picture.boxes:
        assert 0 <= one.x <= picture.width - WIDTH
        assert 0 <= one.y <= picture.height - HEIGHT
        for other in picture.boxes:
            apart = abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT
            assert one is other or apart
    drawn = {(arrow.source, arrow.target) for arrow in picture.arrows}
    for step in script.steps.values():
        if not isinstance(step, End):
            assert {(step.id, way.go) for way in step.ways} <= drawn
        if isinstance(step, Ask):
            assert {(step.id, f.go) for f in (step.no_input, step.no_match) if f.go} <= drawn
