"""One derivation of a stream: a name, how it is computed, and a line for each series that it is of."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ...base.errors import InvalidValueError
from ...base.model import Key
from ...base.patterns import FieldPatterns, patterns_of
from ...base.text import printable, quantity
from ...base.times import WindowLike
from ...series.ring import Series
from ...series.table import pandas_series
from .difference import difference
from .incremental import IncrementalLines
from .rate import rate_of_change
from .rolling import rolling_band, rolling_mean
from .transform import Context, Transform, is_transform, span_of
from .user_function import Function, FunctionLine, describe

SHARE_OF_LOOP = 0.1
"""The share of time that the functions of one stream may take."""

_MAKERS = (rolling_mean, rolling_band, rate_of_change, difference)
_LONGEST_NAME = 60
_MOST_REMARKS = 3


class DerivedSeries(NamedTuple):
    """A derived series, and where it comes from.

    Attributes:
        key: its own (topic, field).
        series: its samples; there may be none yet.
        source: the key of the series that it is made of.
        name: the name of the derivation, and of the line if there are several, such as "mean" or "band max".
        number: the number of the derivation among those of the stream.
        is_edge: whether it is one of several lines, such as an edge of a band.
        remark: a remark on it; `""` for none.
        is_over: whether nothing more is added, at least for now, as computing it failed: the remark says why.
    """

    key: Key
    series: Series
    source: Key
    name: str
    number: int
    is_edge: bool
    remark: str
    is_over: bool


class Derived:
    """Lines computed from others, one or two for each series that `of` matches; made by `stream.derive`.

    The lines go when their series go. An error in one of them stops only that line.

    Args:
        name: the name of the lines: "mean" gives "mean of kitchen".
        function: the result of `rolling_mean` or the like, or another Transform; or a function of a pandas Series
            that returns one.
        of: patterns of the series, as in `fields`.
        unit: the unit of the lines; None for the usual one.
        lookback: how far back a function looks; None if it needs all samples.
        on_remove: called when it is removed.

    Attributes:
        name: as given.
        function: as given.
        of: as given.
        unit: as given.
        lookback: as given.
    """

    def __init__(
        self,
        name: str,
        function: Transform | Function,
        of: str | Sequence[str] = "*",
        *,
        unit: str | None = None,
        lookback: WindowLike | None = None,
        on_remove: Callable[[Derived], object] = lambda _derived: None,
    ) -> None:
        self.name = _checked_name(name)
        self.function = function
        self.of = of
        self.unit = _checked_unit(unit)
        self.lookback = lookback
        self._lookback = None if lookback is None else span_of("lookback", lookback)
        self._patterns = FieldPatterns(patterns_of("of", of))
        self._on_remove = on_remove
        self.number = 0
        """Its number among the derivations of the stream."""
        self._lines: dict[Key, IncrementalLines | FunctionLine] = {}
        self._failures: dict[Key, str] = {}
        self._around = Context({})
        self._function: Any = function
        self._transform = function if is_transform(function) else None
        if self._transform is not None:
            if lookback is not None:
                raise InvalidValueError(
                    "lookback= is for functions of your own: this one knows how far back it looks"
                )
        elif not callable(function) or isinstance(function, type) or function in _MAKERS:
            raise InvalidValueError(
                "function is rolling_mean('30 s') or the like, or a function of a pandas Series, such as "
                f"lambda s: s.rolling('30s').mean(), not {printable(repr(function))}"
            )
        else:
            pandas_series("", Series("", "", 1).cut())  # raises now if pandas is missing

    def remove(self) -> None:
        """Stop computing its lines, and remove them from the plots. Returns at once; for any thread."""
        self._on_remove(self)

    @property
    def error(self) -> str | None:
        """Why nothing is added to lines, each reason once; None while all is well."""
        return self._errors_by(lambda line: line.error) or None

    @property
    def text(self) -> str:
        """Its series and its remarks: what is missing, how long a function takes, how old its result is."""
        lines = [*self._lines.values()]
        remarks = dict.fromkeys(
            line.remark for line in lines if isinstance(line, IncrementalLines) and line.remark
        )
        functions = [line for line in lines if isinstance(line, FunctionLine)]
        behind = sum(line.backlog for line in lines if isinstance(line, IncrementalLines))
        said = [
            f"of {quantity(len(lines), 'series')}" if lines else f"of {', '.join(patterns_of('of', self.of))}",
            *list(remarks)[:_MOST_REMARKS],
            f"{quantity(behind, 'sample')} to go" if behind else "",
            describe(functions, SHARE_OF_LOOP, time.perf_counter()),
            self._errors_by(lambda line: line.remark),
        ]
        return f"{self.name}: {'; '.join(filter(None, said))}"

    def _errors_by(self, words: Callable[[FunctionLine], str]) -> str:
        functions = [words(line) for line in self._lines.values() if isinstance(line, FunctionLine)]
        return "; ".join(dict.fromkeys(filter(None, [*functions, *self._failures.values()])))

    def __repr__(self) -> str:
        return f"<Derived {printable(self.text, 300)}>"

    # Called by Derivations, while the stream is locked.

    def keep_in_step(self, found: Mapping[Key, Series]) -> None:
        """Keep exactly one line for each series that it is of.

        Args:
            found: the stream's series.
        """
        self._around = Context(found)
        former, lines = self._lines, dict[Key, IncrementalLines | FunctionLine]()
        for key, series in found.items():
            if self._is_of(key, series):
                line = former.get(key)
                lines[key] = line if line is not None and line.source is series else self._new_line(series)
        self._failures = {
            key: text for key, text in self._failures.items() if lines.get(key) is former.get(key) is not None
        }
        self._lines = lines  # at once, as other threads may go through them

    def follow(self, has_time: Callable[[], bool]) -> bool:
        """Bring the lines of a transform up to date, as far as there is time; returns whether anything was done.

        Args:
            has_time: whether there is time for more.
        """
        is_news = False
        ready = [(key, line) for key, line in self._lines.items() if isinstance(line, IncrementalLines)]
        for key, line in sorted(ready, key=lambda pair: pair[1].backlog):  # live ones do not wait for a long past
            if key not in self._failures:
                try:
                    is_news |= line.follow(self._around, has_time)
                except Exception as error:
                    text = f"{type(error).__name__}: {printable(str(error))}"
                    self._failures = {**self._failures, key: text}  # a new one, as other threads may read it
                    for series in line.series:
                        series.mark_gap()
        for function_line in self._lines.values():
            if isinstance(function_line, FunctionLine):
                function_line.note_interruption()
        return is_news

    @property
    def backlog(self) -> int:
        """How many samples `follow` has yet to compute."""
        return sum(
            line.backlog
            for key, line in self._lines.items()
            if isinstance(line, IncrementalLines) and key not in self._failures
        )

    def waiting(self) -> list[FunctionLine]:
        """The lines of a user's function whose source has changed."""
        return [line for line in self._lines.values() if isinstance(line, FunctionLine) and line.is_behind]

    def series(self) -> list[DerivedSeries]:
        """All its series."""
        names = ("",) if self._transform is None else self._transform.lines
        found = []
        for source, line in self._lines.items():
            error = line.error if isinstance(line, FunctionLine) else self._failures.get(source, "")
            remark = self._failures.get(source) or line.remark
            for name, series in zip(names, line.series, strict=True):
                key = (series.topic, series.field)
                full_name, is_edge = f"{self.name} {name}".strip(), len(names) > 1
                found.append(
                    DerivedSeries(key, series, source, full_name, self.number, is_edge, remark, bool(error))
                )
        return found

    def _is_of(self, key: Key, series: Series) -> bool:
        """Whether a series matches; states are only for the user's own functions."""
        return self._patterns.match(*key) and not (series.is_state and self._transform is not None)

    def _new_line(self, source: Series) -> IncrementalLines | FunctionLine:
        if self._transform is not None:
            fields = tuple(self._field(source, name) for name in self._transform.lines)
            return IncrementalLines(source, self._transform, fields, self.unit)
        return FunctionLine(source, self._field(source, ""), self._function, self.unit, self._lookback)

    def _field(self, source: Series, name: str) -> str:
        return " ".join(filter(None, [source.field, "→", self.name, name]))


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME:
        raise InvalidValueError(
            f"name is a text of at most {_LONGEST_NAME} characters, such as 'mean', not {printable(repr(name))}"
        )
    return name.strip()


def _checked_unit(unit: object) -> str | None:
    if unit is not None and not isinstance(unit, str):
        raise InvalidValueError(f"unit is a text such as '°C', or None, not {printable(repr(unit))}")
    return unit
