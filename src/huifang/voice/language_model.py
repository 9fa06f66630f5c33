"""A language model behind ``/v1/chat/completions``, asked in mid-call and never waited for longer than agreed.

Text leaves the machine only where HUIFANG_LLM_URL is set, and then without numbers and names.  A model that fails
three times in a row is left alone for a while, then tried once; calls go on without it.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import httpx

from huifang.logic.breaker import pause
from huifang.logic.masking import masked
from huifang.logic.second_opinion import Opinion, opinion_in, request
from huifang.voice.director import Director, drop

LIMIT_S = 0.8
_WORKERS = 4
_FAILURES = 3  # in a row, after which it is left alone
_LARGEST = 64 * 1024  # bytes of an answer that says three words

log = logging.getLogger(__name__)


class LanguageModel:
    """Asks one model.  ``ask`` is called, and answers, on the director's thread.

    :param url: ``https://host/v1``, or the whole address of its chat/completions
    :param limit_s: after this the answer is None, whatever the model does
    """

    def __init__(
        self, url: str, key: str, model: str, director: Director, *, limit_s: float = LIMIT_S
    ) -> None:
        self._url = url if url.endswith("/chat/completions") else url.rstrip("/") + "/chat/completions"
        self._model = model
        self._director = director
        self._limit_s = limit_s
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(headers=headers, timeout=limit_s, trust_env=False)
        self._workers = ThreadPoolExecutor(_WORKERS, "language-model")
        self._lock = threading.Lock()  # guards what follows; workers count their own failures
        self._busy = 0
        self._failures = self._openings = 0
        self._shut_until = 0.0  # on the monotonic clock

    def ask(self, words: str, names: Iterable[str], then: Callable[[Opinion | None], None]) -> None:
        """Call ``then`` once, with the model's opinion or, at the latest after the limit, with None."""
        if not self._may_ask():
            then(None)
            return
        waiting: list[Callable[[Opinion | None], None]] = [then]

        def answer(opinion: Opinion | None) -> None:
            if waiting:
                drop(limit)
                waiting.pop()(opinion)

        limit = self._director.after(self._limit_s, lambda: answer(None))
        body, deadline = request(masked(words, names), self._model), time.monotonic() + self._limit_s
        self._workers.submit(
            self._work, body, deadline, lambda opinion: self._director.post(lambda: answer(opinion))
        )

    def close(self) -> None:
        """Ask nothing more; a request under way is not waited for."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def _may_ask(self) -> bool:
        with self._lock:
            is_trial = self._failures >= _FAILURES
            if self._busy >= (1 if is_trial else _WORKERS) or time.monotonic() < self._shut_until:
                return False
            self._busy += 1
            return True

    def _work(self, body: dict[str, object], deadline: float, then: Callable[[Opinion | None], None]) -> None:
        opinion = None
        try:
            opinion = self._opinion(body, deadline)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError, RuntimeError) as fault:
            log.warning("The language model gave no answer: %s", type(fault).__name__)
        finally:
            self._count(good=opinion is not None)
            then(opinion)

    def _opinion(self, body: dict[str, object], deadline: float) -> Opinion | None:
        with self._http.stream("POST", self._url, json=body) as response:
            response.raise_for_status()
            data = b""
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > _LARGEST or time.monotonic() > deadline:
                    return None
        return opinion_in(json.loads(data))

    def _count(self, *, good: bool) -> None:
        with self._lock:
            self._busy -= 1
            if good:
                self._failures = self._openings = 0
                return
            self._failures += 1
            if self._failures >= _FAILURES:
                self._openings += 1
                self._shut_until = time.monotonic() + pause(self._openings).total_seconds()
                log.warning("The language model is left alone for %s", pause(self._openings))
