"""The softphone in a real browser with its fake microphone, behind a real gateway, called over SIP."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra softphone is not installed")

from servers.chromium import CHROMIUM, FAKE_MICROPHONE, FLAGS, NO_CHROMIUM
from voice_softphone.node import Node
from web.world import PASSWORD

from browser.conftest import WATCH_POLICY, Site
from huifang.voice.rtp.g711 import Codec, encode

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("softphone")]
PATIENCE_S = 40.0
TONE = encode(
    (np.sin(2 * np.pi * 700 / 8000 * np.arange(8000)) * 16000).astype(np.int16), Codec.PCMA
).tobytes()
LOUDEST_HERTZ = """
async () => {
  window.ears ??= new AudioContext();
  await window.ears.resume();
  const analyser = window.ears.createAnalyser();
  analyser.fftSize = 8192;
  window.ears.createMediaStreamSource(document.getElementById("ear").srcObject).connect(analyser);
  await new Promise((done) => setTimeout(done, 400));
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const peak = levels.indexOf(Math.max(...levels));
  return levels[peak] < -60 ? 0 : (peak * window.ears.sampleRate) / analyser.fftSize;
}
"""


class Gateway:
    """``huifang softphone`` as a process of its own."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "huifang", "softphone"]
        with (self._site.folder / "softphone.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=self._site.environment, stdout=log, stderr=log)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(20)

    def log(self) -> str:
        return (self._site.folder / "softphone.log").read_text()[-5000:]


@pytest.fixture(scope="module")
def gateway(site: Site) -> Iterator[Gateway]:
    if CHROMIUM is None:  # nobody would use it, and it would be ended before it has begun
        pytest.skip(NO_CHROMIUM)
    gateway = Gateway(site)
    gateway.start()
    yield gateway
    assert gateway.end() == 0, gateway.log()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *FAKE_MICROPHONE])
        yield browser
        browser.close()


@pytest.fixture
def node() -> Iterator[Node]:
    node = Node()
    node.start()
    yield node
    node.stop()


class Desk:
    """An agent's browser: ``page`` where they work, ``phone`` the softphone's window."""

    def __init__(self, site: Site, context: Any, faults: list[str]) -> None:
        self.site = site
        self.context = context
        self.faults = faults
        self.page = context.new_page()
        self.page.goto("/login/")
        self.page.fill("[name=username]", "agent")
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("button.primary")
        self.page.wait_for_url("**/")
        self.page.goto("/customers/")
        with context.expect_page() as opened:
            self.page.click("#softphone")
        self.phone = opened.value
        self.phone.set_viewport_size({"width": 420, "height": 720})
        self.phone.wait_for_url("**/softphone/")  # it begins as an empty window

    def go_online(self) -> str:
        """The SIP address of the phone that this makes."""
        self.phone.click("[data-do=online]")
        self.shows("ready")
        return self.uri()

    def uri(self) -> str:
        """What the centre would have a node ring."""
        return eventually(lambda: self._told("select sip_uri from people_softphone where state = 'ready'"))

    def is_told(self, state: str) -> None:
        """The centre knows of this state of the phone."""
        eventually(lambda: self._told(f"select state from people_softphone where state = '{state}'"))

    def shows(self, state: str) -> None:
        self.phone.wait_for_selector(f".softphone[data-state={state}]", timeout=PATIENCE_S * 1000)

    def answer(self, call: Any) -> None:
        self.phone.click("[data-do=answer]")
        call.is_answered()
        self.shows("talking")

    def acts(self) -> list[str]:
        return self._ask("select action from people_auditentry where action like 'softphone.%' order by id")

    def attempt(self) -> str:
        """The customer's call in the world of the tests."""
        return self._ask("select id from followups_attempt where state = 'ended' order by claimed_at")[0]

    def _told(self, question: str) -> str:
        return next(iter(self._ask(question)), "")

    def _ask(self, question: str) -> list[str]:
        path = self.site.folder / "home" / "huifang.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            return [str(row[0]) for row in database.execute(question).fetchall()]


@pytest.fixture
def desk(site: Site, gateway: Gateway, chromium: Any) -> Iterator[Desk]:
    context = chromium.new_context(
        base_url=site.url, locale="zh-CN", permissions=["microphone"], viewport={"width": 1360, "height": 900}
    )
    context.add_init_script(WATCH_POLICY)
    faults: list[str] = []
    context.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    desk = Desk(site, context, faults)
    yield desk
    violations = [v for page in context.pages for v in page.evaluate("window.violations ?? []")]
    context.close()
    assert (faults, violations) == ([], []), site.log() + gateway.log()


def eventually(claim: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := claim()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def talked_for(desk: Desk, seconds: int) -> None:
    """Wait until the call's clock shows so much, or more where the machine was slow to look."""
    desk.phone.wait_for_function(
        "least => document.querySelector('#clock').textContent.split(':').reduce((m, s) => m * 60 + Number(s), 0) >= least",
        arg=seconds,
    )


def loudness(pcm: np.ndarray) -> float:
    return float(np.sqrt(np.mean(pcm.astype(np.float64) ** 2))) if len(pcm) else 0.0


def test_a_customer_rings_is_talked_to_and_heard_and_the_agent_hangs_up(
    desk: Desk, node: Node, tmp_path: Path
) -> None:
    uri = desk.go_online()
    desk.page.wait_for_selector("#softphone[data-state=ready]")
    call = node.dial(uri, desk.attempt())
    call.rings()
    desk.shows("ringing")
    desk.phone.locator("#name", has_text="李女士").wait_for()
    assert "138****5678" in desk.phone.inner_text("#call")
    desk.page.locator("#softphone-bar", has_text="李女士").wait_for()
    picture(desk.phone, "softphone-ringing")
    picture(desk.page, "softphone-bar")
    with desk.context.expect_page() as customer:
        desk.answer(call)
    customer.value.wait_for_url("**/customers/*/")
    desk.page.goto("/tickets/")  # the agent goes on working: the call must not notice
    call.session.play(TONE, "tone", loop=True)
    eventually(lambda: abs(desk.phone.evaluate(LOUDEST_HERTZ) - 700) < 15)

    call.session.record_to(tmp_path / "beeps.wav")
    desk.phone.click(".keypad summary")
    for key in "5#":
        desk.phone.click(f".keypad [data-keys='{key}']")
    assert [call.key(), call.key()] == ["5", "#"]
    call.session.send_keys("7")
    desk.phone.locator("#note", has_text="7").wait_for()
    talked_for(desk, 3)
    picture(desk.phone, "softphone-talking")
    talked_for(desk, 7)  # the fake microphone beeps once a second
    desk.phone.click("[data-do=hang_up]")
    call.is_hung_up()
    beeps = call.recorded()
    assert max(loudness(beeps[start : start + 800]) for start in range(0, len(beeps) - 800, 400)) > 500
    desk.shows("ready")
    assert desk.phone.inner_text("#last") == "您已挂断。"
    desk.page.wait_for_selector("#softphone[data-state=ready]")
    desk.is_told("ready")
    assert desk.acts()[-2:] == ["softphone.go_online", "softphone.answer"]


ANGRY = {
    "text": "你们几点开门都说不清楚，店员还爱理不理，太过分了", "key": "", "intent": "complaint", "emotion": "angry",
    "emotion_confidence": 0.82, "category": "service", "by": "agent_part", "voice_emotion": "agitated",
    "voice_confidence": 0.4, "voice": {"level_db": -14.0, "rate": 6.0, "pitch_hz": 290.0},
}  # fmt: skip


def test_an_agent_sees_what_the_customer_feels_and_what_to_say(desk: Desk, node: Node) -> None:
    attempt = desk.attempt()
    call = node.dial(desk.go_online(), attempt)
    call.rings()
    desk.shows("ringing")
    desk.answer(call)
    assert desk.phone.is_hidden("#feeling")
    told = (
        f"AttemptEvent.objects.create(attempt_id='{attempt}', seq=50, kind='heard', at=now(), data={ANGRY!r})"
    )
    desk.site.run(told)
    desk.phone.locator("#mood", has_text="愤怒").wait_for()
    first = desk.phone.locator("#sentences li").all_inner_texts()
    assert 2 <= len(first) <= 3
    assert "语气激动" in desk.phone.inner_text("#mood-from")
    assert "营业时间" in desk.phone.inner_text("#help")
    assert desk.phone.is_visible("[data-expert][data-wanted]")
    desk.phone.click(".history summary")
    assert "李女士打了2分" in desk.phone.inner_text("#history")
    desk.phone.evaluate("scrollTo(0, 0)")
    picture(desk.phone, "softphone-angry")
    desk.phone.click("[data-do=again]")
    eventually(lambda: desk.phone.locator("#sentences li").all_inner_texts() not in ([], first))
    assert not set(desk.phone.locator("#sentences li").all_inner_texts()) & set(first)
    assert desk.phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    call.leg.hang_up()
    desk.shows("ready")
    desk.phone.locator("#feeling").wait_for(state="hidden")


def test_muting_is_silence_for_the_customer_who_then_hangs_up(desk: Desk, node: Node, tmp_path: Path) -> None:
    call = node.dial(desk.go_online())
    call.rings()
    desk.shows("ringing")
    assert desk.phone.inner_text("#name") == "未知来电"
    desk.answer(call)
    desk.phone.click("[data-do=mute]")
    desk.phone.wait_for_selector("[data-do=mute][aria-pressed=true]")
    call.session.play(TONE, "tone", loop=True)
    eventually(lambda: abs(desk.phone.evaluate(LOUDEST_HERTZ) - 700) < 15)  # what was under way has arrived
    call.session.record_to(tmp_path / "muted.wav")
    talked_for(desk, 3)
    call.leg.hang_up()
    desk.shows("ready")
    assert desk.phone.inner_text("#last") == "通话已结束。"
    assert loudness(call.recorded()) < 50


def test_taking_no_calls_and_refusing_one(desk: Desk, node: Node) -> None:
    uri = desk.go_online()
    desk.phone.click("[data-do=pause]")
    desk.shows("paused")
    desk.is_told("paused")
    assert node.dial(uri).status() == 480
    desk.phone.click("[data-do=resume]")
    desk.shows("ready")
    call = node.dial(uri)
    call.rings()
    desk.shows("ringing")
    desk.page.click("[data-softphone=reject]")  # from the page where the agent works
    assert call.status() == 603
    desk.shows("ready")
    desk.phone.click("[data-do=offline]")
    desk.shows("offline")
    desk.is_told("offline")
    assert node.dial(uri).status() == 480
    assert desk.acts()[-4:] == [
        "softphone.go_online", "softphone.pause", "softphone.resume", "softphone.go_offline",
    ]  # fmt: skip


def test_keys_alone_suffice_and_a_window_closed_in_mid_call_ends_the_call(desk: Desk, node: Node) -> None:
    desk.phone.bring_to_front()
    desk.phone.focus("[data-do=online]")
    desk.phone.keyboard.press("Enter")
    desk.shows("ready")
    uri = desk.uri()
    call = node.dial(uri)
    call.rings()
    desk.shows("ringing")
    desk.phone.locator("[data-do=answer]:focus").wait_for()
    desk.phone.keyboard.press("Enter")
    call.is_answered()
    desk.shows("talking")
    desk.phone.close()
    call.is_hung_up()
    desk.page.wait_for_selector("#softphone[data-state=offline]")
    desk.is_told("offline")
    assert node.dial(uri).status() == 480


def test_going_online_elsewhere_takes_the_phone_over(desk: Desk, gateway: Gateway) -> None:
    before = desk.go_online()
    elsewhere = desk.context.new_page()
    elsewhere.goto("/softphone/")
    elsewhere.click("[data-do=online]")
    elsewhere.wait_for_selector(".softphone[data-state=ready]")
    desk.shows("offline")
    assert desk.phone.inner_text("#fault") == "您已在另一个窗口上线。"
    eventually(lambda: desk.uri() != before)
    desk.faults.clear()  # the browser notes the 404 that told the first window


def test_after_the_gateway_has_died_the_phone_comes_back_by_itself(
    desk: Desk, node: Node, gateway: Gateway
) -> None:
    before = desk.go_online()
    gateway.end(signal.SIGKILL)
    gateway.start()
    desk.shows("going_online")
    desk.shows("ready")
    after = eventually(lambda: (uri := desk.uri()) != before and uri)
    call = node.dial(after)
    call.rings()
    desk.shows("ringing")
    call.leg.cancel()
    assert call.status() == 487


def test_the_window_fits_a_telephone_and_the_dark(desk: Desk, node: Node) -> None:
    desk.phone.set_viewport_size({"width": 390, "height": 700})
    desk.phone.emulate_media(color_scheme="dark")
    call = node.dial(desk.go_online(), desk.attempt())
    call.rings()
    desk.shows("ringing")
    desk.answer(call)
    desk.phone.click(".keypad summary")
    assert desk.phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(desk.phone, "softphone-dark")
    call.leg.hang_up()
    desk.shows("ready")


def picture(page: Any, name: str) -> None:
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")
