"""The screens' tests speak Chinese, so the catalogue must be compiled from what is in the tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from web.world import World, build_world

ROOT = Path(__file__).resolve().parents[2]


def compile_catalogue() -> None:
    source = ROOT / "src/huifang/locale/zh_Hans/LC_MESSAGES/django.po"
    target = source.with_suffix(".mo")
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        subprocess.run([sys.executable, ROOT / "scripts" / "compile_messages.py"], check=True)


compile_catalogue()


@pytest.fixture(autouse=True)
def quick_hashing(settings) -> None:
    """The real hash is slow on purpose; what is tested here does not depend on it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world(db) -> World:
    return build_world()


@pytest.fixture
def client_of(world):
    """``client_of("agent")``: a browser in which that user of the world has signed in."""

    def sign_in(name: str | None = None, **options) -> Client:
        client = Client(raise_request_exception=False, **options)
        if name:
            client.force_login(world.users[name])
        return client

    return sign_in
