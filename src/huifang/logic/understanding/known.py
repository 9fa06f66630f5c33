"""Which features a model knows: those that occur often enough in what it learnt from.

A table that any hash falls into makes strangers share a row, and what nobody ever said weighs as something that somebody
did.  A sorted list of what is known costs a search and keeps them apart; what is not in it tells nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huifang.logic.understanding.features import Features

Keys = NDArray[np.uint32]
"""The indices of known features, rising; what belongs to each has the same place in a model's table."""


def places(keys: Keys, index: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each of ``index`` stands in ``keys`` (of which there is at least one), and whether it does."""
    found = np.minimum(np.searchsorted(keys, index.astype(np.uint32)), len(keys) - 1)
    return found, keys[found] == index


def known(keys: Keys, given: Features) -> Features:
    """The rows and the values of what is known of ``given``."""
    found, is_known = places(keys, given[0])
    return found[is_known], given[1][is_known]
