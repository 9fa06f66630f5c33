"""The NinjaAPI that is mounted at /api/."""

from __future__ import annotations

from ninja import NinjaAPI

from huifang.api import errors, messages, softphones, voice

api = NinjaAPI(title="Huifang", version="1", docs_url=None, openapi_url=None, urls_namespace="api")
errors.install(api)
api.add_router("voice/", voice.router)
api.add_router("voice/", softphones.router)
api.add_router("messages/", messages.router)
