"""The samples of a plot, and what is made of them, as its user asks for them."""

from __future__ import annotations

import os
from collections.abc import Coroutine, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analysis.alarms.events import EventTable
from ..analysis.alarms.limit import Limit, UserCall
from ..analysis.transforms.derived import Derived
from ..analysis.transforms.transform import Transform
from ..analysis.transforms.user_function import Function
from ..base.errors import names_its_keywords
from ..base.model import Sample
from ..base.times import WindowLike
from ..live.ledger import Ledger
from ..sensor_stream import SensorStream
from ..series.samples import KEY
from ..series.table import long_table, wide_table
from .plot import Plot

if TYPE_CHECKING:  # these are imported by who uses them, as most do not
    import pandas as pd

    from ..analysis.until import Condition
    from ..decoding.explanation import Explanations
    from ..series.files import Progress


class PlotData:
    """The methods of a plot that need no page: each may be called from any thread.

    For widgets to inherit; see LiveSensorPlot.

    Attributes:
        stream: where the series are.
        selection: the span that is selected, as (start, end); None for none.
    """

    stream: SensorStream
    selection: Any
    _plot: Plot

    @property
    def ledger(self) -> Ledger:
        """The account of what became of every message."""
        return self.stream.ledger

    @names_its_keywords("LiveSensorPlot")
    def to_csv(
        self,
        path: str | os.PathLike[str],
        *,
        wide: bool = False,
        arrival: bool = False,
        progress: Progress | bool | None = None,
        of: str | Iterable[str] | None = None,
    ) -> Path:
        """Write all samples kept to a CSV file; see SensorStream.to_csv, and `to_pandas` for `of`."""
        from ..series.export import write_csv

        return write_csv(path, self._plot.samples(of), wide=wide, arrival=arrival, progress=progress)

    @names_its_keywords("LiveSensorPlot")
    def to_parquet(
        self,
        path: str | os.PathLike[str],
        *,
        wide: bool = False,
        arrival: bool = False,
        progress: Progress | bool | None = None,
        of: str | Iterable[str] | None = None,
    ) -> Path:
        """Write all samples kept to a Parquet file; see SensorStream.to_parquet, and `to_pandas` for `of`."""
        from ..series.export import write_parquet

        return write_parquet(
            path, self._plot.samples(of), wide=wide, arrival=arrival, progress=progress, origin=self._plot.origin()
        )

    @names_its_keywords("LiveSensorPlot")
    def to_pandas(
        self, *, wide: bool = False, arrival: bool = False, of: str | Iterable[str] | None = None
    ) -> pd.DataFrame:
        """All samples kept, also those outside the window.

        A derived line has its topic, and its name behind an arrow in its field: "/temperature → mean". Where all
        comes from is in `attrs`, as for SensorStream.to_pandas, with the zone of the plot's axis, and its events.

        Args:
            wide: as for SensorStream.to_pandas.
            arrival: as for SensorStream.to_pandas; what was computed never arrived.
            of: a pattern such as "*mean", or a list of them, of the lines wanted, derived ones included; "*" for
                all of them. None for all series of the stream, but no derived line. From another thread, or from
                a widget's callback, which may run in one, derived lines are as far as they are computed by then.

        Raises:
            InvalidValueError: for what is no pattern, and where no line with a sample matches.
            MissingPackageError: without pandas.

        Example:
            >>> plot.to_pandas(of=["*/temperature", "*mean"], wide=True).plot()  # doctest: +SKIP
        """
        series = self._plot.samples(of).series
        table = (wide_table if wide else long_table)(series, arrival=arrival)
        table.attrs[KEY] = self._plot.origin().text(series)
        return table

    @names_its_keywords("LiveSensorPlot")
    def selected(self, *, wide: bool = False) -> pd.DataFrame:
        """The samples of the series shown that are selected, as `to_pandas` has them; none without a selection.

        Those of a paused plot are those of its picture.

        Args:
            wide: as for SensorStream.to_pandas.

        Example:
            >>> plot.selection = "2026-03-01T12:00:00Z", "2026-03-01T12:05:00Z"  # doctest: +SKIP
            >>> plot.selected(wide=True).plot()  # doctest: +SKIP
        """
        return self._plot.selection.samples(self.selection, wide=wide)

    def statistics(self) -> pd.DataFrame:
        """Count, mean, first, last and so on of each series shown: of the selection, else of what is in view.

        A row per series: topic, field, unit, count, mean, min, max, std, first, last, difference, rate_hz,
        on_share, changes. difference is the last value less the first, as of a meter. A state has no mean, std and
        difference, but on_share, the share of the time in which it was on, and changes, how often it changed.
        rate_hz counts samples a second between the first and the last one.
        """
        return self._plot.selection.figures(self.selection, self.stream.now())

    @names_its_keywords("LiveSensorPlot")
    def derive(
        self,
        name: str,
        function: Transform | Function,
        of: str | Sequence[str] = "*",
        *,
        unit: str | None = None,
        lookback: WindowLike | None = None,
    ) -> Derived:
        """Draw what is computed from series, live: a line for each series that `of` matches, now or later.

        It is the stream's, and all plots of that draw it; see SensorStream.derive for what functions are given,
        when they are called, and what memory it takes. What a function raises stands in the legend, too.

        Args:
            name: "mean" gives "mean of kitchen"; an earlier derivation of this name is replaced.
            function: `rolling_mean("30 s")` or the like, another Transform, or a function of a pandas Series.
            of: a pattern such as "*/temperature", or a list of them, as in `fields`; "*" for all series.
            unit: of the lines, such as "K"; None for the series' own, by the second where it is a rate.
            lookback: how far back a function of your own looks, "30 s" or a number of samples; None for all.

        Raises:
            InvalidValueError: (a ValueError) for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.
            MissingPackageError: for a function of your own, without pandas.

        Example:
            >>> from mqttwidgets import LiveSensorPlot
            >>> plot = LiveSensorPlot("home/+/temperature", autostart=False)
            >>> plot.derive("smooth", lambda s: s.ewm(span=20).mean(), lookback=200)
            <Derived smooth: of *>
            >>> plot.close()
        """
        return self.stream.derive(name, function, of, unit=unit, lookback=lookback)

    @property
    def derived(self) -> tuple[Derived, ...]:
        """The derivations that `derive` added, the oldest first."""
        return self.stream.derived

    @names_its_keywords("LiveSensorPlot")
    def limit(
        self,
        of: str | Iterable[str],
        *,
        above: float | None = None,
        below: float | None = None,
        hysteresis: float = 0.0,
        for_: WindowLike | None = None,
        call: UserCall | None = None,
        label: str | None = None,
    ) -> Limit:
        """Watch for values beyond a limit: its level, its alarms in the picture, `events`, and a call of your own.

        It is the stream's, and all plots of that show it; see SensorStream.limit for how samples are looked at.
        In a notebook functions are called on the kernel's event loop, while this plot, or another one, is there.

        Args:
            of: a pattern of series such as "*/temperature", or a list of them, as for `fields`.
            above: there is an alarm while values are above this.
            below: there is an alarm while values are below this.
            hysteresis: how far back a value must come to end an alarm, in its unit.
            for_: how long values must be beyond the limit until there is an alarm, such as "10 s"; the alarm then
                began when they first were.
            call: called with an Event when an alarm begins (`event.end` is None), and once more when it ends; may
                be a coroutine function.
            label: what to call the limit; None for its numbers.

        Raises:
            InvalidValueError: for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.

        Example:
            >>> plot.limit("*/temperature", above=30, hysteresis=0.5, for_="10 s")  # doctest: +SKIP
        """
        return self.stream.limit(
            of, above=above, below=below, hysteresis=hysteresis, for_=for_, call=call, label=label
        )

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits that were set and not removed."""
        return self.stream.limits

    @property
    def events(self) -> EventTable:
        """The alarms that there were up to now, the newest 10,000; a table with `to_pandas()`.

        It prints times in the zone of the plot's time axis.
        """
        viewer = self._plot.viewer
        return self._plot.analysis.events(viewer.zone, viewer.zone_name)

    @names_its_keywords("LiveSensorPlot")
    def until(
        self, condition: Condition, timeout: float | None = None, of: str | Iterable[str] | None = None
    ) -> Coroutine[Any, Any, Sample]:
        """Wait in a cell, with `await`, for the first sample from then on that fulfils a condition.

        Also while nobody watches; the plot stays live meanwhile. See SensorStream.until.

        Args:
            condition: a function of a Sample; what it raises is raised here.
            timeout: seconds to wait at most; None for no end.
            of: a pattern such as "*/temperature", or a list of them, of the series whose samples count, derived
                lines included, as for `limit`: "*mean*". None for all series of the stream, but no derived line.

        Raises:
            TimeoutError: when no sample fulfilled it in time; it says what came meanwhile.
            StoppedError: when the plot is stopped or closed.
            InvalidValueError: for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.

        Example:
            >>> sample = await plot.until(lambda sample: sample.value > 30, timeout=60)  # doctest: +SKIP
        """
        from ..analysis.until import Awaited, until

        plot = self._plot
        return Awaited(
            "plot", lambda: until(self.stream, condition, timeout, of, lambda: plot.is_closed, plot.derived_lines)
        )

    def request_births(self) -> int:
        """Ask Sparkplug's edge nodes for the names of what waits for them; see SensorStream.request_births."""
        return self.stream.request_births()

    def explain(self) -> Explanations:
        """How the latest message of each topic was read, and why; see SensorStream.explain."""
        return self.stream.explain()
