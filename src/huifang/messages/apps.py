"""The room's name among Django's: ``messages`` is taken by django.contrib."""

from __future__ import annotations

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "huifang.messages"
    label = "text_messages"
