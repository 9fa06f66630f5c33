"""What every test stands on: a home folder and key file of its own, before Django is loaded."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

_HOME = Path(tempfile.mkdtemp(prefix="huifang-test-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("HUIFANG_")]:
    del os.environ[_name]  # a developer's own settings must not change what the tests see
os.environ["HUIFANG_HOME"] = str(_HOME / "home")
os.environ["HUIFANG_KEY_FILE"] = str(_HOME / "keys")
os.environ["DJANGO_SETTINGS_MODULE"] = "huifang.settings"
(_HOME / "home").mkdir(mode=0o700)

from huifang.people.encryption import create_key_file  # noqa: E402

create_key_file(_HOME / "keys")

import django  # noqa: E402

django.setup()  # here, not by pytest-django's own option: that one loads the settings before this file

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture
def shared() -> Path:
    """The folder of outside test data; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with outside test data is not here")
    return SHARED
