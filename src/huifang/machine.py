"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any


def this_machine() -> dict[str, Any]:
    """``machine`` (processor and system), ``cores`` that this process may use, ``python``, and ``load``,
    the average of the last minute: on a busy machine the figures measure the neighbours."""
    return {
        "machine": f"{_processor()}, {platform.system()} {platform.release()}",
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def resident_mb() -> float:
    """How much memory this process has in the machine's memory just now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
