"""How long a state was on, and how often it changed."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..base.model import FloatArray, IntArray


class Stays(NamedTuple):
    """What is known of a run of samples of a state, each of which lasts until the next one.

    Attributes:
        first_value: of the first sample.
        last_time: of the last sample, epoch seconds.
        last_value: of the last sample.
        first_time: of the first sample, epoch seconds.
        known_s: seconds for which the state is known: not across gaps.
        on_s: seconds of these in which it was not 0.
        changes: how often it changed from sample to sample.
        is_on_off: True where it is 0 or 1 all the time.

    Example:
        >>> stays = Stays.of(np.array([1.0, 3.0, 4.0]), np.array([1.0, 0.0, 1.0]), np.array([], int))
        >>> stays = stays.lasting(5.0)
        >>> stays.on_share, stays.changes
        (0.75, 2)
    """

    first_time: float
    first_value: float
    last_time: float
    last_value: float
    known_s: float
    on_s: float
    changes: int
    is_on_off: bool

    @classmethod
    def of(cls, time: FloatArray, value: FloatArray, gaps: IntArray) -> Stays:
        """Those of some samples, at least one.

        Args:
            time: shape (n,), epoch seconds, ascending.
            value: shape (n,).
            gaps: indices of those before which others may be missing.
        """
        lasts_s = np.diff(time)
        lasts_s[gaps - 1] = 0.0
        return cls(
            float(time[0]),
            float(value[0]),
            float(time[-1]),
            float(value[-1]),
            float(lasts_s.sum()),
            float(lasts_s[value[:-1] != 0].sum()),
            int(np.count_nonzero(value[1:] != value[:-1])),
            bool(np.isin(value, (0.0, 1.0)).all()),
        )

    @classmethod
    def at(cls, time: float, value: float) -> Stays:
        """Those of one sample."""
        return cls(time, value, time, value, 0.0, 0.0, 0, value in (0.0, 1.0))

    def joined(self, later: Stays, *, is_broken: bool) -> Stays:
        """Those of both together.

        Args:
            later: what comes after it.
            is_broken: whether samples may be missing between the two.
        """
        stays = self if is_broken else self.lasting(later.first_time)
        return Stays(
            self.first_time,
            self.first_value,
            later.last_time,
            later.last_value,
            stays.known_s + later.known_s,
            stays.on_s + later.on_s,
            self.changes + later.changes + (self.last_value != later.first_value),
            self.is_on_off and later.is_on_off,
        )

    def lasting(self, until: float) -> Stays:
        """The same with a last sample that is known to last until a time (epoch seconds)."""
        lasts_s = max(until - self.last_time, 0.0)
        on_s = lasts_s if self.last_value else 0.0
        return self._replace(known_s=self.known_s + lasts_s, on_s=self.on_s + on_s)

    @property
    def on_share(self) -> float:
        """The share of the time known in which it was on; NaN of a state that knows more than on and off."""
        return self.on_s / self.known_s if self.is_on_off and self.known_s > 0 else math.nan
