"""Samples of several series as one row in order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..base.model import FloatArray, Key, Sample


class Part(NamedTuple):
    """Samples of one series.

    Attributes:
        key: (topic, field).
        unit: of the values.
        time: shape (n,), epoch seconds.
        value: shape (n,).
    """

    key: Key
    unit: str
    time: FloatArray
    value: FloatArray


def in_order(parts: Sequence[Part]) -> Iterator[Sample]:
    """All samples by their time.

    Example:
        >>> parts = [Part(("a", ""), "", np.array([1.0, 3.0]), np.array([10.0, 30.0]))]
        >>> parts += [Part(("b", ""), "", np.array([2.0]), np.array([20.0]))]
        >>> [sample.value for sample in in_order(parts)]
        [10.0, 20.0, 30.0]
    """
    if not parts:
        return
    times = np.concatenate([part.time for part in parts])
    values = np.concatenate([part.value for part in parts])
    owners = np.repeat(np.arange(len(parts)), [len(part.time) for part in parts])
    order = times.argsort(kind="stable")
    columns = (column[order].tolist() for column in (times, values, owners))
    for at, value, owner in zip(*columns, strict=True):
        (topic, field), unit, *_ = parts[owner]
        yield Sample(topic, field, at, value, unit)
