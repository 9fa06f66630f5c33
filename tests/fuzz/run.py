"""Drive one fuzz target with atheris: ``python tests/fuzz/run.py sip 600``.

What it finds is written to ``crash-…`` in the current folder and printed; it belongs into a test.
A message that takes longer than 100 ms of CPU time is a finding, too.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
with atheris.instrument_imports(
    include=["huifang.logic", "huifang.voice", "sippy"], enable_loader_override=False
):
    from fuzz.targets import SEEDS, TARGETS

_LONGEST_S = 0.1


def main(name: str, seconds: str) -> None:
    target = TARGETS[name]
    logging.getLogger("huifang.voice.sip").setLevel(logging.CRITICAL)  # every message would be a line

    def take(data: bytes) -> None:
        began = time.process_time()
        target(data)
        used = time.process_time() - began
        assert used < _LONGEST_S, f"{used:.3f} s of CPU time"

    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for number, seed in enumerate(SEEDS[name]):
        (corpus / str(number)).write_bytes(seed)
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, os.fspath(corpus)], take)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
