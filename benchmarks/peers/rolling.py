"""The newest samples as whole arrays, for who is given these."""

from __future__ import annotations

import numpy as np


class Rolling:
    """Keeps the newest samples.

    Args:
        window: how many.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self.x = self.y = np.empty(0)

    def append(self, x: np.ndarray, y: np.ndarray) -> None:
        """Take samples in at the end; `x` and `y` are new arrays from then on."""
        self.x = np.concatenate([self.x, x])[-self._window :]
        self.y = np.concatenate([self.y, y])[-self._window :]
