"""A real browser in front of a real server: ``huifang web`` as a process of its own, SQLite, a free port.

``site`` is the server with a small chain in its database (tests/web/world.py); ``site.run`` executes
Python in yet another process on the same data, as the worker or a voice node would.  ``page`` is a
fresh browser window that fails its test when the console shows an error or the content policy is
violated.  Scope is the module: Playwright's loop must not be open under other tests.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from servers.chromium import CHROMIUM, FLAGS, NO_CHROMIUM
from web.conftest import ROOT, compile_catalogue
from web.world import PASSWORD

WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => window.violations.push(e.violatedDirective + " " + e.blockedURI));
"""


class Site:
    """A running ``huifang web`` and its data."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HUIFANG_")},
            "HUIFANG_HOME": str(folder / "home"),
            "HUIFANG_KEY_FILE": str(folder / "keys"),
            "HUIFANG_WEB_PORT": str(port),
            "PYTHONPATH": str(ROOT / "tests"),
        }
        self.sessions: dict[str, list[Any]] = {}
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._server is not None
        return self._server.pid

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "web.log").open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "huifang", "web"], env=self.environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while self._server.poll() is None and time.monotonic() < deadline:
            try:
                urlopen(f"{self.url}/login/", timeout=5).close()
                return
            except (URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError("the server did not start:\n" + self.log())

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGTERM)
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The server neither runs nor dies, as on a machine that hangs."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._server.send_signal(signal.SIGCONT)

    def log(self) -> str:
        """What the server has said so far."""
        return (self.folder / "web.log").read_text()[-5000:]

    def run(self, code: str) -> str:
        """Execute ``code`` in another process on the site's data; what it printed."""
        prelude = "from huifang.commands.startup import start; start(migrate=True)\nfrom web.world import *\n"
        done = subprocess.run(
            [sys.executable, "-c", prelude + code], env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    if not (ROOT / "src/huifang/web/static/vendor/echarts.min.js").exists():
        pytest.skip("the front-end packages are not here: run make setup")
    compile_catalogue()
    site = Site(tmp_path_factory.mktemp("site"))
    site.run("build_world()")
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(site, chromium):
    """A window without a login."""
    context = chromium.new_context(base_url=site.url, locale="en-US", viewport={"width": 1360, "height": 900})
    context.add_init_script(WATCH_POLICY)
    window = context.new_page()
    faults: list[str] = []
    window.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
    window.on("pageerror", lambda error: faults.append(str(error)))
    window.on("dialog", lambda dialog: (faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
    window.faults = faults
    yield window
    violations = window.evaluate("window.violations ?? []")
    context.close()
    assert (faults, violations) == ([], []), site.log()


@pytest.fixture
def sign_in(site, page):
    """``sign_in("agent")``: the window on the board, with that user signed in.  The form is filled in
    once per user; later windows come back with the session that it gave."""

    def with_session(username: str = "admin"):
        if username in site.sessions:
            page.context.add_cookies(site.sessions[username])
            page.goto("/")
            return page
        page.goto("/login/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.click("button.primary")
        page.wait_for_url("**/")
        site.sessions[username] = page.context.cookies()
        return page

    return with_session
