"""How fast a value changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..decoding.judgement.units import symbol
from ..series import Series
from .around import Around
from .recipe import Piece


@dataclass(frozen=True)
class RateOfChange:
    """How much a value changes in a second; see `rate_of_change`."""

    lines = ("",)

    def unit(self, unit: str) -> str:
        """The source's by the second.

        Example:
            >>> [RateOfChange().unit(unit) for unit in ("Cel", "m/s", "")]
            ['°C/s', 'm/s²', '1/s']
        """
        known = symbol(unit)
        return f"{known}²" if known.endswith("/s") else f"{known or '1'}/s"

    def calculator(self, source: Series) -> Rates:
        """What computes the line of one series."""
        return Rates(source)

    def __repr__(self) -> str:
        return "rate_of_change()"


class Rates:
    """From each sample to the next: the change by the seconds between them.

    There is none across a gap, nor between samples of the same instant, of which the last one counts.

    Args:
        source: the series.

    Example:
        >>> source = Series("lab/oven", "", capacity=9)
        >>> source.extend([1.0, 3.0, 3.0, 4.0], [10.0, 20.0, 30.0, 20.0])
        >>> Rates(source).compute(0, 4)[0]
        Piece(time=array([3., 4.]), value=array([  5., -10.]), gaps=array([], dtype=int64), is_broken=False)
    """

    remark = ""

    def __init__(self, source: Series) -> None:
        self._source = source

    def compute(self, start: int, stop: int) -> list[Piece]:
        """What comes of the samples at positions `start` to `stop`."""
        cut = self._source.cut(start - 1, stop)
        seconds = np.diff(cut.time)
        has_rate = seconds > 0
        gaps = cut.gaps - 1  # the first one has none before it that counts
        has_rate[gaps] = False
        with np.errstate(all="ignore"):
            rate = np.diff(cut.value) / seconds
        return [Piece.of(cut.time[1:], rate, has_rate, gaps)]

    def changed_from(self, around: Around) -> float | None:
        """Nothing but the source changes it."""
        return None
