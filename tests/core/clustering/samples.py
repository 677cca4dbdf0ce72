"""Codes for tests of clustering."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def grouped_codes(sizes: list[int], seed: int = 1, noise: float = 6.0) -> tuple[npt.NDArray[np.int8], list[int]]:
    """Points around random directions, shuffled, and the number of the direction that each belongs to."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(len(sizes), 256)) * 40
    groups = np.repeat(np.arange(len(sizes)), sizes)
    random.shuffle(groups)
    points = centres[groups] + random.normal(size=(len(groups), 256)) * noise
    return np.rint(np.clip(points, -127, 127)).astype(np.int8), groups.tolist()
