"""What the frame around every page needs to know."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from huifang.people.permissions import LEADS


def for_every_page(request: HttpRequest) -> dict[str, Any]:
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "languages": settings.LANGUAGES,
        "is_lead": getattr(request.user, "role", "") in LEADS if hasattr(request, "user") else False,
    }
