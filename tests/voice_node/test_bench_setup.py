"""The set-up bench in small: a real node in its own process, every call accounted for on three sides."""

from __future__ import annotations

from huifang.voice.bench_setup import run_setup


def test_every_call_of_a_short_run_is_known_to_its_end() -> None:
    figures = run_setup(rate=8, seconds=4)
    assert (figures["calls"], figures["failed"]) == (32, 0)
    assert figures["setup_p99_ms"] >= figures["setup_p50_ms"] > 0
    assert figures["cpu_share"] > 0
    assert figures["at_once"] >= 1
    assert {"rate", "seconds", "cpu_share", "rss_mb", "fds", "threads", "machine", "cores", "python"} <= set(
        figures
    )
