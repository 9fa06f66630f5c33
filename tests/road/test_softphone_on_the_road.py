"""A customer gives a bad rating, asks for a person, and gets one: in a browser, through every process."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from servers.chromium import CHROMIUM, FAKE_MICROPHONE, FLAGS, NO_CHROMIUM

pytest.importorskip("aiortc", reason="the extra softphone is not installed")

PATIENCE_S = 120.0
CALLS = 3
SEED = 279
MAKE_A_WORLD = f"""
import json, os
from huifang.demo.world import free_tcp_port, free_udp_port, fresh_environment, people_the_world
trunk = free_udp_port()
environment = fresh_environment(
    web_port=free_tcp_port(), trunk_port=trunk, sip_port=free_udp_port(), database_url=""
)
nobody = {{f"agent{{n}}": "" for n in range(1, 5)}}
world = people_the_world(environment, nobody, "", most_calls={CALLS})
settings = {{name: value for name, value in os.environ.items() if name.startswith("HUIFANG_")}}
print(json.dumps({{"settings": settings, "trunk": trunk, "password": world.password}}))
"""


class Chain:
    """The sample chain with processes of its own; nobody has a telephone on the desk."""

    def __init__(self, folder: Path) -> None:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("HUIFANG_")}
        plain["HUIFANG_HOME"] = str(folder / "home")
        made = subprocess.run(
            [sys.executable, "-c", MAKE_A_WORLD], env=plain, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stderr
        told = json.loads(made.stdout.splitlines()[-1])
        self.environment = plain | told["settings"]
        self.password = told["password"]
        self.trunk = told["trunk"]
        self.url = told["settings"]["HUIFANG_CENTRE_URL"]
        self.log = folder / "processes.log"

    @contextmanager
    def running(self, *command: str) -> Iterator[None]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "huifang", *command], env=self.environment, stdout=log, stderr=log
            )
        try:
            yield
        finally:
            process.kill()  # a node would let its calls end first; nobody waits for that here
            process.wait(30)

    def is_up(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.url.rpartition(":")[2]))) == 0

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        path = Path(self.environment["HUIFANG_HOME"]) / "huifang.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(question).fetchall()

    def told(self, attempt: str) -> list[str]:
        """What the node has reported of the call, in order."""
        events = f"select kind from followups_attemptevent where attempt_id = '{attempt}' order by seq"
        return [kind for (kind,) in self.ask(events)]

    def eventually(self, claim: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while not (found := claim()):
            assert time.monotonic() < deadline, self.log.read_text()[-8000:]
            time.sleep(0.2)
        return found


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_an_angry_customer_is_handed_over_to_a_browser_and_back_to_the_robot(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    chain = Chain(tmp_path)
    with chain.running("web"), chain.running("softphone"), sync_playwright() as playwright:
        chain.eventually(chain.is_up)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *FAKE_MICROPHONE])
        phone = browser.new_page(base_url=chain.url, locale="zh-CN", viewport={"width": 420, "height": 760})
        phone.goto("/login/?next=/softphone/")
        phone.fill("[name=username]", "supervisor")
        phone.fill("[name=password]", chain.password)
        phone.click("button.primary")
        phone.wait_for_url("**/softphone/")
        phone.click("[data-do=online]")
        shows(phone, "ready")
        chain.eventually(lambda: chain.ask("select 1 from people_softphone where state = 'ready'"))

        far_end = ["pstn", "--port", str(chain.trunk), "--seed", str(SEED), "--only", "angry"]
        with chain.running(*far_end), chain.running("voice"):
            shows(phone, "ringing")
            name = phone.locator("#name")
            chain.eventually(lambda: name.inner_text() not in ("", "未知来电"))
            phone.locator("#reason:not(:empty)").wait_for()
            phone.click("[data-do=answer]")
            shows(phone, "talking")
            ((attempt, customer),) = chain.eventually(
                lambda: chain.ask(
                    "select a.id, c.name from people_softphone s join followups_attempt a on a.id = s.attempt "
                    "join customers_customer c on c.id = a.customer_id where s.state = 'talking'"
                )
            )
            assert name.inner_text() == customer
            chain.eventually(lambda: "bridged" in chain.told(attempt))
            phone.click("[data-keys='*1']")  # the robot goes on with the rating
            shows(phone, "ready")
            chain.eventually(lambda: "back_to_robot" in chain.told(attempt))
            ((agent,),) = chain.ask(
                f"select agent from followups_conversation where attempt_id = '{attempt}'"
            )
            assert agent == "supervisor"
        acts = [
            act for (act,) in chain.ask("select action from people_auditentry where action like 'softphone%'")
        ]
        assert acts[:2] == ["softphone.go_online", "softphone.answer"]
        browser.close()


def shows(phone: Any, state: str) -> None:
    phone.wait_for_selector(f".softphone[data-state={state}]", timeout=PATIENCE_S * 1000)
