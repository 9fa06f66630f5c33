"""The whole road, really dialled: on SQLite with a person looking on, and on PostgreSQL."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from road.demonstration import Demonstration, demonstration
from servers.chromium import CHROMIUM, FLAGS, NO_CHROMIUM

PICTURES = os.environ.get("PICTURES", "")
"""A folder to write the README's pictures to (``make pictures``); empty = none."""


def check_figures(figures: dict[str, Any], calls: int) -> None:
    """What must be true of every run, whatever the callers do."""
    assert figures["imported"] > 1700
    assert figures["error_rows"] > 0
    assert figures["due"] == calls
    assert figures["dialled"] == calls
    assert (figures["doubled"], figures["lost"], figures["in_doubt"]) == (0, 0, 0)
    assert 0 < figures["rated"] <= figures["answered"] < calls
    assert sum(figures["endings"].values()) == figures["rated"]
    low = sum(count for score, count in figures["endings"].items() if int(score) <= 2)
    assert figures["tickets"] >= low
    assert figures["transferred"] + figures["callbacks_promised"] >= low
    assert 0 < figures["text_messages"] <= 2 * figures["answered"]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_person_watches_the_road_from_the_live_board_to_a_recording(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    with demonstration(tmp_path) as run, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1360, "height": 900}, locale="zh-CN")
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        sign_in(page, run)
        assert page.title().startswith("今日看板")
        # The board moves without being reloaded: talking rises, then done follows.
        wait_for(page, f"{tile('talking')} >= 10", 300)
        before = page.evaluate(tile("done"))
        wait_for(page, f"{tile('done')} >= {before + 8}", 300)
        picture(page, "board")
        figures = run.wait_for_figures()
        check_figures(figures, calls=figures["due"])
        assert figures["due"] >= 55
        assert figures["completed"] >= figures["due"] / 2
        open_a_call_and_play_it(page, run)
        for path in (
            "/customers/",
            "/follow-ups/",
            "/calls/",
            "/lines/",
            "/tickets/",
            "/messages/",
            "/plans/",
            "/imports/",
        ):
            response = page.goto(run.url + path)
            assert response is not None
            assert response.status == 200, path
            picture(page, path.strip("/"))
        assert faults == []
        browser.close()


def sign_in(page: Any, run: Demonstration) -> None:
    page.goto(run.url + "/")
    page.locator("input[name=username]").fill(run.user)
    page.locator("input[name=password]").fill(run.password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_selector("[data-tile=talking]")


def open_a_call_and_play_it(page: Any, run: Demonstration) -> None:
    """Find a completed call in the list, open it, and let its recording play."""
    page.goto(run.url + "/calls/")
    links = page.locator("a[href^='/calls/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    for link in [link for link in links if len(link) > len("/calls/") + 30]:
        page.goto(run.url + link)
        if page.locator("audio").count():
            break
    assert page.locator("ol.chat li").count() >= 2
    page.evaluate("document.querySelector('audio').play()")
    wait_for(page, "document.querySelector('audio').currentTime > 0.5", 20)
    assert page.evaluate("document.querySelector('audio').duration") > 3
    assert page.evaluate("document.querySelector('audio').error") is None
    picture(page, "call")


def tile(name: str) -> str:
    """The number on a tile of the board, as JavaScript."""
    return f"Number(document.querySelector('[data-tile={name}]').textContent)"


def wait_for(page: Any, expression: str, seconds: int) -> None:
    """Playwright's own waiting evaluates texts in the page, which our content policy forbids."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"it did not come true: {expression}"
        page.wait_for_timeout(200)


def picture(page: Any, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


@pytest.mark.postgres
def test_same_road_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE road")
    url = postgres_url.rpartition("/")[0] + "/road"
    with demonstration(tmp_path, "--database", url, "--calls", "24") as run:
        check_figures(run.wait_for_figures(), calls=24)
    assert not (tmp_path / "home-demo" / "huifang.sqlite3").exists()
