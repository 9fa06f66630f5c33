"""What every test stands on: a home folder and key file of its own, before Django is loaded."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_HOME = Path(tempfile.mkdtemp(prefix="huifang-test-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("HUIFANG_")]:
    del os.environ[_name]  # a developer's own settings must not change what the tests see
os.environ["HUIFANG_HOME"] = str(_HOME / "home")
os.environ["HUIFANG_KEY_FILE"] = str(_HOME / "keys")
os.environ["DJANGO_SETTINGS_MODULE"] = "huifang.settings"
# The one variable that comes from outside: the same tests on another database (servers/postgres.py).
os.environ["HUIFANG_DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
(_HOME / "home").mkdir(mode=0o700)

from huifang.people.encryption import create_key_file  # noqa: E402

create_key_file(_HOME / "keys")

import django  # noqa: E402
from django.db import connections  # noqa: E402

# A file, not SQLite's shared memory: there, threads would meet locks that no real database has.
if not os.environ["HUIFANG_DATABASE_URL"]:
    connections.databases["default"].setdefault("TEST", {})["NAME"] = str(_HOME / "test.sqlite3")
django.setup()  # here, not by pytest-django's own option: that one loads the settings before this file
from django.conf import settings as _django  # noqa: E402

assert _django.HUIFANG.home == _HOME / "home", "the settings were loaded before this file"
# Worker processes of pytest-xdist inherit this environment, and pytest-django would load the settings
# there, with this process's home, before this file can name theirs.
del os.environ["DJANGO_SETTINGS_MODULE"]

from servers.postgres import postgres_url  # noqa: E402, F401 - a fixture for every test

# A busy machine is no fault of the code: no example has a time limit.
settings.register_profile("huifang", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("huifang")

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture
def shared() -> Path:
    """The folder of outside test data; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with outside test data is not here")
    return SHARED
