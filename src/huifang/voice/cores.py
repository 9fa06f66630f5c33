"""Which processor cores this process may use."""

from __future__ import annotations

import os
from collections.abc import Collection

from huifang.errors import N_, Clause, SettingInvalid


def check_cores(cores: Collection[int]) -> None:
    """``SettingInvalid`` where one of ``cores`` is not among those that this process may use."""
    there = os.sched_getaffinity(0)
    if not there.issuperset(cores):
        mend = Clause(N_("this machine has the cores %(there)s."), there=", ".join(map(str, sorted(there))))
        raise SettingInvalid(name="HUIFANG_CPU", value=",".join(map(str, cores)), mend=mend)


def pin(cores: Collection[int]) -> None:
    """Stay on ``cores``; none named = wherever the system likes.  Raises as ``check_cores``."""
    check_cores(cores)
    if cores:
        os.sched_setaffinity(0, cores)
