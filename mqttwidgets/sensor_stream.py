"""From MQTT messages to time series; knows nothing of widgets."""

from __future__ import annotations

import itertools
import math
import os
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from .base.called import names_its_keywords
from .base.clock import CLOCK
from .base.discreet import discreet
from .base.errors import InvalidValueError, reject_unknown_keywords
from .base.forks import ForkLock, generation
from .base.log import log
from .base.model import Batch, Key, LinkState, Message, Status
from .base.patterns import FieldPatterns
from .base.source import Clock, Source, clock_of, name_of, retrying, turning
from .base.text import printable, quantity
from .decoding.decoder import renewed
from .live.inbox import Inbox, Mark, Unread
from .live.ledger import Ledger, LedgerPage
from .live.store import SeriesStore
from .live.stream_options import DecoderLike, checked_qos, decoder_from, field_patterns, source_alone, whole_number
from .live.stream_status import Rhythm, Standing, standing_in_words
from .mqtt.broker import Broker, SessionKind, broker_from
from .mqtt.session import AWAKE_TIMEOUT_S
from .mqtt.subscription import Subscription
from .mqtt.topic import TopicFilter, topic_filters
from .series.ring import Series
from .series.samples import KEY, Origin, Samples
from .series.table import long_table, wide_table

if TYPE_CHECKING:  # these are imported by who uses them, as most do not
    import pandas as pd

    from .analysis.alarms.events import EventTable
    from .analysis.alarms.limit import Limit, UserCall
    from .analysis.analysis import Analysis
    from .analysis.transforms.derived import Derived
    from .analysis.transforms.transform import Transform
    from .analysis.transforms.user_function import Function
    from .analysis.until import Condition
    from .base.model import Sample
    from .base.window import WindowLike
    from .decoding.explanation import Explanations
    from .doctor.report import Report
    from .series.files import Progress

_BATCH, _BATCH_BYTES = 2_000, 4 * 1024 * 1024
_MOST_EXPLAINED = 50
_LONGEST_TOPIC_TOLD = 60
_STOPPED = "Stopped. Start subscribes again."
_SOURCE_STOPPED = "Stopped. Start begins again."
_FORKED = "Stopped: this is a forked process, whose connection stayed with the other. Start makes one of its own."
_NETWORK_THREAD_S = 0.05  # for decoding between two messages, as the link must be served meanwhile
_FOUND_LOST_S = AWAKE_TIMEOUT_S + 5.0  # after sleep, until a link that is lost is known to be
_KEYWORDS = ("topic", "broker", "decoder", "history", "fields", "max_series", "qos", "session", "source")


class Listener(Protocol):
    """Whom a stream tells of its samples: all of them, each once, also of those that its series soon let go."""

    def stored(self, batch: Batch, series: Mapping[Key, Series]) -> None:
        """Note what was stored, on any thread, while the series are held still; returns at once.

        Args:
            batch: what was stored; not to be changed.
            series: all series of the present topic; those of an earlier one are not among them.
        """


class SensorStream:
    """A Source, which is a subscription unless another one is given, its decoder, its Series and its Ledger.

    Threads: every public method may be called from any thread and, but for `doctor` and `wait_until`, returns at
    once. The network thread only appends to the inbox; decoding happens under the stream's lock in whoever needs
    the data, and in the network thread when the inbox is half full because nobody did.

    Args:
        topic: a topic filter or a list of them; wildcards allowed.
        broker: a URL, a Broker, or None for $MQTTWIDGETS_BROKER, else mqtt://localhost:1883.
        decoder: "auto", a Decoder, or a function of (topic, payload) that returns a number, a mapping of field
            to number, an iterable of Sample, or None.
        history: samples kept per series; where all together would take more than 512 MB, the longest keep fewer.
        fields: patterns such as `["*temperature"]` of the fields to keep, matched against the field and against
            topic and field together, ids and their like included; None keeps all measurements.
        max_series: series kept at most; what comes beyond them is counted and named. A series of one message, or
            of what the broker had kept, gives way to topics that have fewer; not what came first, up to half.
        qos: quality of service asked of the broker, 0, 1 or 2.
        session: "persistent" has the broker keep what comes with QoS 1 or 2 while the link is down; "clean" keeps
            nothing. None takes the Broker's, which is "clean" unless it says otherwise.
        source: a Source in the place of topic and broker, such as a replay; its clock is that of the stream. Then
            `topic` is what the source brings, and setting it takes what matches of that.

    Raises:
        InvalidValueError: (a ValueError) for a value that is not accepted.
        UnknownKeywordError: (a TypeError) for a keyword that does not exist.

    Example:
        >>> with SensorStream("home/+/temperature", "mqtt://broker.local") as stream:  # doctest: +SKIP
        ...     time.sleep(60)
        ...     table = stream.to_pandas()
    """

    @discreet
    def __init__(
        self,
        topic: str | Iterable[str] | None = None,
        broker: str | Broker | None = None,
        decoder: DecoderLike = "auto",
        history: int = 100_000,
        *,
        fields: Iterable[str] | None = None,
        max_series: int = 50,
        qos: int = 0,
        session: SessionKind | None = None,
        source: Source | None = None,
        **unknown: Any,
    ) -> None:
        reject_unknown_keywords("SensorStream", unknown, _KEYWORDS)
        self._qos = qos
        self._broker: Broker | None = None
        if source is not None:
            belongs = {"topic": topic, "broker": broker, "qos": qos, "session": session}
            self._source = source_alone(source, belongs)
            self._filters = topic_filters(getattr(source, "topics", "#"))
        elif topic is None:
            raise InvalidValueError("SensorStream needs a topic, as in SensorStream('home/#'), or source=")
        else:
            self._filters = topic_filters(topic)
            self._broker = broker_from(broker, session)
            self._source = Subscription(self._broker, self._filters, checked_qos(qos, self._broker))
        self._own_clock = clock_of(self._source)
        self._lock = ForkLock(rank=0)
        self._inbox = Inbox()
        patterns = field_patterns(fields)
        self.options: Mapping[str, object] = MappingProxyType(
            {
                "decoder": decoder,
                "history": history,
                "fields": None if patterns is None else list(patterns),
                "max_series": max_series,
                "qos": qos,
            }
        )
        """What it was made with, besides topic and broker, or source."""
        self._decoder = decoder_from(decoder, patterns)
        self._store = SeriesStore(
            self._decoder,
            self._filters,
            whole_number("history", history, 2),
            None if patterns is None else FieldPatterns(patterns),
            whole_number("max_series", max_series, 1),
            self._lock,
        )
        self._store.on_stored = self._tell
        self._listeners: weakref.WeakSet[Listener] = weakref.WeakSet()
        self._analysis: Analysis | None = None
        self._rhythm = Rhythm()
        self._readers = 0
        self._in_hand: Unread | None = None  # what is being decoded, or was when an interrupt came
        self._revision = 0
        self._tap: _Tap | None = None  # while it is started
        self._generation = generation()
        self._wanted: Sequence[TopicFilter] | None = None  # of what the source brings; None for all
        self._stopped_text = _STOPPED if source is None else _SOURCE_STOPPED
        self._stopped_at = self.now()
        self.on_news: Callable[[], object] = _nobody
        """Called when something waits to be read where nothing did, on the network thread; returns at once."""
        self.ledger = Ledger(self._ledger_page)
        """What became of every message."""

    # Running.

    def start(self) -> None:
        """Subscribe. Started already, it only ends a wait for the next attempt to connect."""
        with self._lock:
            self._note_fork()
            if self._tap is not None and self._source.state.status == "stopped":
                self._stop(_SOURCE_STOPPED)  # as a replay does that is over
            if self._tap is None:
                self._begin()
                if self._analysis is not None:
                    self._analysis.wake()
            elif (retry := retrying(self._source)) is not None:
                retry()

    def stop(self) -> None:
        """Unsubscribe; what was received stays. The connection closes with its last user."""
        with self._lock:
            self._stop(_SOURCE_STOPPED if self._broker is None else _STOPPED)

    def __enter__(self) -> SensorStream:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        topics = printable(", ".join(wanted.text for wanted in self._filters))
        return f"<SensorStream {topics!r}, {self.status}: {self.status_text}>"

    @property
    def topic(self) -> str | list[str]:
        """The topic filter, or the list of them. Setting it moves the subscription.

        Series of an earlier topic are kept and come back with it, as long as `max_series` leaves room.
        """
        texts = [filter_.text for filter_ in self._filters]
        return texts[0] if len(texts) == 1 else texts

    @topic.setter
    @discreet
    def topic(self, topic: str | Iterable[str]) -> None:
        filters = topic_filters(topic)
        with self._lock:
            self._note_fork()
            if filters == self._filters:
                return
            self.drain()
            self._turn_source(filters)  # first, as a source may refuse
            self._filters = filters
            self._store.turn_to(filters)
            self._rhythm = Rhythm()

    @property
    def broker(self) -> Broker | None:
        """Where it subscribes; None with a source of one's own."""
        return self._broker

    @property
    def source(self) -> Source:
        """What delivers its messages."""
        return self._source

    @property
    def clock(self) -> Clock:
        """What its messages arrive by: the source's own clock, or the computer's."""
        return CLOCK if self._own_clock is None else self._own_clock

    def now(self, at: float | None = None) -> float:
        """What time it is by its clock, epoch seconds.

        Args:
            at: what the computer's clock says, for who has just read it; None to read it.
        """
        return self.clock.now() if at is None or self._own_clock is not None else at

    # Reading.

    @property
    def status(self) -> Status:
        """One of "connecting", "live", "stale", "offline", "refused", "stopped".

        live: subscribed, the link alive; stale: alive, but silent for longer than its rhythm; offline: down,
        trying again; refused: waits for the user.
        """
        with self._lock:
            self.drain()
            return self._status_of(self.link)

    @property
    def status_text(self) -> str:
        """The status in a sentence, with the reason."""
        return self.standing().text

    def standing(self) -> Standing:
        """The status, in a word and in a sentence, and the state of the link, all of one moment."""
        with self._lock:
            self.drain()
            link, last = self.link, self._rhythm.last
            status = self._status_of(link)
            filters = printable(", ".join(filter_.text for filter_ in self._filters))
        text = standing_in_words(status, link, last, name_of(self._source), filters, self.now())
        caution = f" Caution: {self._broker.caution}." if self._broker and self._broker.caution else ""
        return Standing(status, text + caution, link)

    @property
    def is_started(self) -> bool:
        """Whether nobody stopped it since it was started, though its source may be over."""
        with self._lock:
            self._note_fork()
            return self._tap is not None

    @property
    def link(self) -> LinkState:
        """The state of the link alone, whatever the messages do."""
        with self._lock:
            self._note_fork()
            if self._tap is None:
                return LinkState("stopped", self._stopped_text, self._stopped_at)
            return self._source.state

    @property
    def series(self) -> Mapping[Key, Series]:
        """The series of the present topic by (topic, field), in the order of their first sample."""
        with self._lock:
            self.drain()
            return self._store.shown()

    @property
    def left_out(self) -> tuple[Key, ...]:
        """(topic, field) of what came beyond `max_series`; the first thousand names."""
        with self._lock:
            self.drain()
            return tuple(self._store.left_out)

    @property
    def left_out_count(self) -> int:
        """How many series came beyond `max_series`; 2,000,000 where there are as many or more."""
        with self._lock:
            self.drain()
            return len(self._store.left_out_count)

    @property
    def topics_seen(self) -> tuple[str, ...]:
        """Topics that samples came from, also under earlier topic filters; the first thousand."""
        with self._lock:
            self.drain()
            return tuple(self._store.topics_seen)

    @property
    def revision(self) -> int:
        """A number that grows whenever messages were decoded."""
        return self._revision

    @property
    def rate_hz(self) -> float:
        """Messages a second, over the last five."""
        with self._lock:
            self.drain()
            return self._rhythm.rate_hz(self.now())

    @property
    def last_message_at(self) -> float | None:
        """Epoch seconds of the newest message since the topic was set; None before the first."""
        with self._lock:
            self.drain()
            return self._rhythm.last

    def known_until(self, key: Key) -> float | None:
        """Until when the newest sample of a state is known to last, by its device's clock, epoch seconds.

        That is now, while the link is up; None where it is not, where it may have been lost while the computer
        slept, where something waits to be read, or where the device's clock may have been set back.

        Args:
            key: (topic, field).
        """
        with self._lock:
            is_up = self.link.status == "live" and self._may_be_told()
            behind_s = self._store.behind_s(key)
            if not is_up or behind_s is None or self._inbox.has_items:
                return None
            return self.now() - behind_s

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be known of the series as a whole, in words: a clock set back, a history shortened."""
        with self._lock:
            self.drain()
            clock = CLOCK.remark if self._own_clock is None else ""
            caution = self._broker.caution if self._broker else ""
            return tuple(filter(None, [caution, clock, self._store.clocks.remark, self._store.memory.remark]))

    @names_its_keywords("SensorStream")
    def to_pandas(
        self, *, wide: bool = False, arrival: bool = False, of: str | Iterable[str] | None = None
    ) -> pd.DataFrame:
        """All samples kept of the present topic.

        `json.loads(table.attrs["mqttwidgets"])` says where they come from: version, broker (without a password),
        topics, decoder, time zone of this computer, gaps, events and notes. A CSV file has no place for that.

        Args:
            wide: False for one row per sample with columns time (datetime64[ns, UTC]), topic, field, value and
                unit; True for one column per series over a time index. A time of which a series has several
                samples, as where a device tells whole seconds, has several rows: the n-th sample of each series
                at that time is in the n-th of them.
            arrival: True for when each sample arrived, too: a column received_at, or where it is wide one for each
                series, "... received_at", behind the others. Where a payload names no time the two are the same;
                where it does, the time of arrival is always kept besides, in eight bytes a sample. What was
                computed never arrived.
            of: a pattern such as "*mean", or a list of them, of the lines wanted, derived ones included; "*" for
                all of them. None for all series of the stream, but no derived line.

        Raises:
            InvalidValueError: for what is no pattern, and where no line with a sample matches.
            MissingPackageError: without pandas.
        """
        if of is not None:
            self.drain()
            self.analysis.compute()
        with self.reading() as found:  # so that no sample comes, or goes, between the table and what is told of it
            named = None if of is None else self.analysis.lines_named(of, may_compute=False)
            series = list(found.values()) if named is None else named.series
            table = (wide_table if wide else long_table)(series, arrival=arrival)
            table.attrs[KEY] = self.origin().text(series)
        return table

    @names_its_keywords("SensorStream")
    def to_csv(
        self,
        path: str | os.PathLike[str],
        *,
        wide: bool = False,
        arrival: bool = False,
        progress: Progress | bool | None = None,
        of: str | Iterable[str] | None = None,
    ) -> Path:
        r"""Write all samples kept of the present topic to a CSV file; what comes meanwhile is not in it.

        Times are ISO 8601 in UTC with microseconds. `pandas.read_csv(path)` reads the very same numbers; before
        pandas 3.1 with `float_precision="round_trip"`. It is written in pieces: next to no memory is needed, and
        messages go on being received. A file of that name is replaced once the new one is complete; its mode and,
        where that is allowed, its owner are kept.

        Topics, fields and units are foreign text, which a spreadsheet would run where it begins with "=", "+",
        "-", "@" or a tab: these have an apostrophe before them, and so has an apostrophe, also behind a comma,
        semicolon, tab or line break. `table.topic.str.replace(r"(^|[,;\t\r\n])'", r"\1", regex=True)` gives
        the texts back. Numbers are as they are.

        Args:
            path: where to; packed with gzip where it ends in .gz. A pipe, a terminal or the like, such as
                /dev/stdout, is written to.
            wide: False for one row per sample, as `to_pandas()`; True for one column per series.
            arrival: True for when samples arrived, too, as for `to_pandas`.
            progress: a function of (samples written, samples in all); None for a line of text after a second,
                False for nothing.
            of: which lines, as for `to_pandas`.

        Returns:
            The path.

        Raises:
            InvalidValueError: where `path` is a folder, is in a folder that does not exist, or is a socket or the
                like, where nobody reads from a pipe, and where no line matches.
            OSError: where it cannot be written.

        Example:
            >>> stream.to_csv("night.csv.gz")  # doctest: +SKIP
            PosixPath('night.csv.gz')
        """
        from .series.export import write_csv

        return write_csv(path, self._named(of), wide=wide, arrival=arrival, progress=progress)

    @names_its_keywords("SensorStream")
    def to_parquet(
        self,
        path: str | os.PathLike[str],
        *,
        wide: bool = False,
        arrival: bool = False,
        progress: Progress | bool | None = None,
        of: str | Iterable[str] | None = None,
    ) -> Path:
        """Write all samples kept of the present topic to a Parquet file, as `to_csv` does.

        Times are timestamps in UTC, `pandas.read_parquet(path)` gives what `to_pandas()` does, its `attrs`
        included. The same JSON is in the file's metadata:
        `pyarrow.parquet.read_schema(path).metadata[b"mqttwidgets"]`.

        Args:
            path: where to.
            wide: False for one row per sample, as `to_pandas()`; True for one column per series.
            arrival: True for when samples arrived, too, as for `to_pandas`.
            progress: as for `to_csv`.
            of: which lines, as for `to_pandas`.

        Returns:
            The path.

        Raises:
            MissingPackageError: without pyarrow: `pip install "mqttwidgets[parquet]"`.
            InvalidValueError: where `path` is a folder, is in a folder that does not exist, or is no file but a
                pipe, a device or the like, and where no line matches.
            OSError: where it cannot be written.
        """
        from .series.export import write_parquet

        return write_parquet(
            path, self._named(of), wide=wide, arrival=arrival, progress=progress, origin=self.origin()
        )

    def snapshot(self, span: tuple[float, float] | None = None) -> Samples:
        """All samples kept of the present topic as they are now, or those of a span of epoch seconds."""
        with self.reading() as series:
            return Samples(list(series.values()), span)

    def _named(self, of: str | Iterable[str] | None) -> Samples:
        return self.snapshot() if of is None else self.analysis.lines_named(of)

    def origin(self) -> Origin:
        """Where its samples come from, and what is to be known of them."""
        decoder = self.options["decoder"]
        noted = [f"{quantity(count, 'message')}: {remark}" for remark, count in self.ledger.noted.items()]
        return Origin(
            name_of(self._source) if self._broker is None else str(self._broker),
            [filter_.text for filter_ in self._filters],
            printable(str(getattr(decoder, "__qualname__", decoder)), 200),
            datetime.now().astimezone().tzname() or "UTC",
            [*self.remarks, *noted],
            [] if self._analysis is None else [event.told() for event in self._analysis.events()],
        )

    def explain(self) -> Explanations:
        """How the latest message of each topic was read, and why: an object that prints and shows in a notebook.

        Of the first fifty topics, and of messages up to 4 KB, as longer ones are not kept; for another one, set
        `topic` or ask `mqttwidgets.explain`.

        With a decoder of one's own that has no `explain` and `topics` there is nothing to explain: it is empty.
        """
        from .decoding.explanation import Explanations

        with self._lock:
            self.drain()
            explain, topics = (getattr(self._decoder, name, None) for name in ("explain", "topics"))
            if explain is None or topics is None:
                return Explanations.none(
                    "A decoder of your own reads these messages: there is nothing to explain."
                )
            explained = map(explain, (name for name in topics if any(one.matches(name) for one in self._filters)))
            known = (each for each in explained if each is not None)
            return Explanations(itertools.islice(known, _MOST_EXPLAINED))

    @names_its_keywords("SensorStream")
    def doctor(self, wait_s: float = 60.0) -> Report:
        """What stands between the broker and a number: looked at step by step, up to the first cross.

        Host name, TCP, TLS, MQTT, the subscription to each filter, the first message, numbers in it. Blocks until
        the first message comes that is published meanwhile; what was found by then is returned when it is
        interrupted. This stream may run or not, and goes on as it does. A decoder of one's own reads a few
        messages once more.

        Args:
            wait_s: seconds to wait for the first message.

        Raises:
            InvalidValueError: for a `wait_s` that is no number of seconds.

        Example:
            >>> SensorStream("home/#", "mqtt://broker.invalid").doctor()  # doctest: +SKIP
            ✗ Host name: the host name 'broker.invalid' cannot be found
                Is it spelt right? In another network it may go by another name, or only by its IP address.
        """
        from .doctor.examination import examine, examine_source
        from .doctor.report import Report

        if self._broker is None:
            return Report.of(examine_source(name_of(self._source), self.link, self.ledger))
        decoder = renewed(self._decoder)
        found = examine(self._broker, self._filters, decoder, self._store.fields, qos=self._qos, wait_s=wait_s)
        return Report.of(found)

    # What follows from the samples.

    @property
    def analysis(self) -> Analysis:
        """Its derived lines and limits, for whoever shows them."""
        with self._lock:
            if self._analysis is None:
                from .analysis.analysis import Analysis

                self._analysis = Analysis(self)
            return self._analysis

    @names_its_keywords("SensorStream")
    def derive(
        self,
        name: str,
        function: Transform | Function,
        of: str | Sequence[str] = "*",
        *,
        unit: str | None = None,
        lookback: WindowLike | None = None,
    ) -> Derived:
        """Compute lines from series, live: one for each series that `of` matches, now or later.

        All plots of the stream draw them; `limit`, `until` and `wait_until` take them by their names, as in
        `of="*mean"`.

        `rolling_mean`, `rolling_band`, `rate_of_change` and `difference` are computed from what is new. A function
        of your own is given a pandas Series of all samples kept, with the times in UTC as index, and returns one;
        NaN breaks the line. It runs where `limit` calls functions: on the kernel's event loop, which it holds up
        for as long as it takes, or on a thread of the stream's own. So it is called for a tenth of the time at
        most; with `lookback` it is given only what is new and so much before it. What it raises stands in
        `Derived.error`, and stops that line alone, until the function succeeds with more data: it is tried again,
        ever more seldom.

        Each line keeps as many samples as its series. They are not counted in what all series may take (512 MB):
        16 bytes a sample, and for a rolling mean or band some 40 or 60 more for each in its span.

        Args:
            name: "mean" gives "mean of kitchen"; an earlier derivation of this name is replaced.
            function: `rolling_mean("30 s")` or the like, another Transform, or a function of a pandas Series.
            of: a pattern such as "*/temperature", or a list of them, as in `fields`; "*" for all series.
            unit: of the lines, such as "K"; None for the series' own, by the second where it is a rate.
            lookback: how far back a function of your own looks, "30 s" or a number of samples; None for all. With
                it a function must not look ahead, as `s.shift(-1)` does: what it returns for a sample stays, as
                it is not asked again when the next one comes.

        Raises:
            InvalidValueError: (a ValueError) for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.
            MissingPackageError: for a function of your own, without pandas.

        Example:
            >>> stream = SensorStream("home/+/temperature")
            >>> stream.derive("smooth", lambda s: s.ewm(span=20).mean(), lookback=200)
            <Derived smooth: of *>
        """
        from .analysis.transforms.derived import Derived

        analysis = self.analysis
        derived = Derived(name, function, of, unit=unit, lookback=lookback, on_remove=analysis.underive)
        analysis.derive(derived)
        return derived

    @property
    def derived(self) -> tuple[Derived, ...]:
        """What `derive` added, the oldest first."""
        return () if self._analysis is None else self._analysis.derivations.all

    @names_its_keywords("SensorStream")
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
        """Watch for values beyond a limit: `events`, a call of your own, and level and alarms in all plots of it.

        Every sample is looked at by its own time, also while nobody watches or a cell is busy; the history is
        looked at, too. A state lasts until its next sample, the newest one while the link is up. An alarm ends
        when a value is back, or, as not known to last, where samples may be missing. While a device's
        clock is behind as it was set back, which `remarks` tell, its alarms are not to be relied on.

        Functions are called one after the other, in order: on the kernel's event loop while a plot shows the
        stream in a notebook, else on one thread of the stream's own, a daemon, soon after a sample came. That is
        there while the stream runs and something is derived or watched; it ends with `stop()`, after a second at
        most for calls that are due by then, and when nobody holds the stream. Of calls that wait the newest 10,000
        are kept, and what is left out is logged; so is what a function raises, which keeps nothing from being
        called later.

        Args:
            of: a pattern of series such as "*/temperature", or a list of them, as for `fields`.
            above: there is an alarm while values are above this.
            below: there is an alarm while values are below this.
            hysteresis: how far back a value must come to end an alarm, in its unit.
            for_: how long values must be beyond the limit until there is an alarm, such as "10 s"; the alarm then
                began when they first were.
            call: called with an Event when an alarm begins (`event.end` is None), and once more when it ends; may
                be a coroutine function, which the stream's own thread runs to its end before the next call. Not
                for alarms that were over already. One that late samples take back ends at the newest time known of
                it (`event.is_end_known` is False).
            label: what to call the limit; None for its numbers.

        Raises:
            InvalidValueError: for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.

        Example:
            >>> stream = SensorStream("home/#")
            >>> stream.limit("*/temperature", above=30, hysteresis=0.5, for_="10 s", call=print)
            <Limit above 30, of */temperature>
        """
        from .analysis.alarms.limit import limit as limit_of

        analysis = self.analysis
        limit = limit_of(
            of,
            analysis.unwatch,
            above=above,
            below=below,
            hysteresis=hysteresis,
            for_=for_,
            call=call,
            label=label,
        )
        analysis.watch(limit)
        return limit

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits that were set and not removed."""
        return () if self._analysis is None else self._analysis.alarms.limits

    @property
    def events(self) -> EventTable:
        """The alarms that there were up to now, the newest 10,000; a table with `to_pandas()`. It prints UTC."""
        return self.analysis.events()

    @names_its_keywords("SensorStream")
    def until(
        self, condition: Condition, timeout: float | None = None, of: str | Iterable[str] | None = None
    ) -> Coroutine[Any, Any, Sample]:
        """Wait, with `await`, for the first sample from then on that fulfils a condition.

        Every new sample is asked, in order. Of a derived line every sample is asked that is later than those
        before; what is computed anew is not asked again. So with a function that returns
        `s.resample("1min").mean()`, which puts each mean at the beginning of its minute, each mean is asked once,
        when its minute holds one sample.

        Args:
            condition: a function of a Sample; what it raises is raised here.
            timeout: seconds to wait at most; None for no end.
            of: a pattern such as "*/temperature", or a list of them, of the series whose samples count, derived
                lines included, as for `limit`: "*mean*". None for all series of the stream, but no derived line.

        Raises:
            TimeoutError: when no sample fulfilled it in time; it says what came meanwhile.
            StoppedError: when the stream is stopped.
            InvalidValueError: for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.

        Example:
            >>> sample = await stream.until(lambda sample: sample.value > 30, timeout=60)  # doctest: +SKIP
        """
        from .analysis.until import Awaited, until

        lines = self.analysis.derived_lines
        return Awaited("stream", lambda: until(self, condition, timeout, of, derived=lines))

    @names_its_keywords("SensorStream")
    def wait_until(
        self, condition: Condition, timeout: float | None = None, of: str | Iterable[str] | None = None
    ) -> Sample:
        """Wait, in a script, for the first sample from here on that fulfils a condition; Ctrl-C ends the wait.

        It blocks the thread that calls it: in a notebook, where that holds up all plots, take `until`.

        Args:
            condition: as for `until`; it is asked on the thread that waits.
            timeout: as for `until`.
            of: as for `until`.

        Raises:
            TimeoutError: when no sample fulfilled it in time; it says what came meanwhile.
            StoppedError: when the stream is stopped, or was not started.
            InvalidValueError: for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.

        Example:
            >>> sample = stream.wait_until(lambda sample: sample.value > 30, timeout=60)  # doctest: +SKIP
        """
        from .analysis.until import wait_until

        return wait_until(self, condition, timeout, of, self.analysis.derived_lines)

    def statistics(self) -> pd.DataFrame:
        """Count, mean, first, last and so on of all samples kept, a row for each series, derived lines included.

        Columns: topic, field, unit, count, mean, min, max, std, first, last, difference, rate_hz, on_share,
        changes. difference is the last value less the first, as of a meter. A state has no mean, std and
        difference, but on_share, the share of the time in which it was on, and changes, how often it changed.
        rate_hz counts samples a second between the first and the last one.

        Raises:
            MissingPackageError: without pandas.
        """
        from .series.statistics import FiguresOfSeries
        from .series.table import figures_table

        with self.analysis.lines() as lines:
            figures = []
            for key, series in lines.items():
                known_until = self.known_until(key) if series.is_state else None
                found = FiguresOfSeries(series).between(-math.inf, math.inf, known_until)
                figures += [(series, found)] if found is not None else []
        return figures_table(figures)

    def drain(self, limit_s: float = math.inf) -> int:
        """Decode what has arrived and store it; the number of messages taken.

        What arrives meanwhile may be left for later, as it may arrive faster than it can be decoded. Where an
        interrupt falls into a message, that one is counted as undecodable and not tried again; all others are
        decoded once, and stored once.

        Args:
            limit_s: seconds after which to leave the rest for later, for callers that must not be held up; 0
                decodes nothing.
        """
        if limit_s <= 0 or self._is_being_read():
            return 0
        deadline = time.monotonic() + limit_s
        taken, due = 0, self._waiting()
        while time.monotonic() <= deadline:
            with self._lock:
                if self._readers:
                    break
                if self._in_hand is not None:  # as an interrupt came
                    self._finish(self._in_hand, is_interrupted=True)
                unread = self._inbox.unread(_BATCH, _BATCH_BYTES)
                if unread.is_read:
                    break
                taken += self._decode(unread, deadline)
            if taken >= due:
                break
        return taken

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of all samples stored from here on, until it is gone."""
        with self._lock:
            self._listeners.add(listener)

    def ignore(self, listener: Listener) -> None:
        """Tell `listener` no more."""
        with self._lock:
            self._listeners.discard(listener)

    @contextmanager
    def reading(self, limit_s: float = math.inf) -> Iterator[Mapping[Key, Series]]:
        """The series of the present topic, up to date and unchanged while the context lasts.

        The same object as before as long as there are no other series, though there be new samples.

        Args:
            limit_s: seconds to spend on bringing them up to date; what is left over is `ledger.waiting`.
        """
        with self._lock:
            if not self._readers:
                self.drain(limit_s)
            self._readers += 1
            try:  # of a generator, which also ends where an interrupt falls into the end of the context itself
                yield self._store.shown()
            finally:
                self._readers -= 1

    # The Sink; the Source calls it on the network thread.

    def deliver(self, *messages: Message) -> None:
        """Take messages into the inbox; decode only when the inbox is half full, as nobody else did.

        Where somebody else is at it just then, wait for a moment, so that the broker's side holds what comes.
        """
        had_news = self._inbox.has_items
        wants_draining = self._inbox.put(*messages)
        if not had_news:
            self.on_news()
        if wants_draining and self._lock.acquire(timeout=_NETWORK_THREAD_S):
            try:
                self.drain(_NETWORK_THREAD_S)
            except KeyboardInterrupt:
                if threading.current_thread() is threading.main_thread():
                    raise  # else a decoder raised it, as nobody interrupts the thread that receives
            finally:
                self._lock.release()

    def link_lost(self) -> None:
        """Note that messages may be missing from here on."""
        self._inbox.mark_gap()

    # Called with the lock held.

    def _status_of(self, link: LinkState) -> Status:
        is_silent = link.status == "live" and self._rhythm.is_stale(self.now(), link.since)
        return "stale" if is_silent and not self._waiting() else link.status  # else it is we who are late

    def _may_be_told(self) -> bool:
        """Whether a link that is up by its word may be believed: not where the computer has just been asleep."""
        return self._own_clock is not None or CLOCK.since_leap_s > _FOUND_LOST_S

    def _begin(self) -> None:
        self._generation, self._tap = generation(), _Tap(self, self._wanted)
        try:
            self._source.start(self._tap)
        except Exception:
            self._tap.is_open, self._tap = False, None
            raise

    def _turn_source(self, filters: Sequence[TopicFilter]) -> None:
        """Have other topics delivered."""
        turn, former = turning(self._source), self._tap
        if turn is None:
            self._wanted = filters
            if former is not None:
                former.wanted = filters
            return
        tap = None if former is None else _Tap(self, None)
        try:
            goes_on = turn([wanted.text for wanted in filters], tap)
        except Exception:
            if tap is not None:
                tap.is_open = False
            raise
        self._tap = tap
        if former is not None:
            former.is_open = False
            if not goes_on:
                self._inbox.mark_gap()

    def _stop(self, text: str) -> None:
        tap, self._tap = self._tap, None
        if tap is None:
            return
        tap.is_open = False
        self._source.stop()
        self._stopped_at, self._stopped_text = self.now(), text
        self._inbox.mark_gap()
        if self._analysis is not None:
            self._analysis.wake()

    def _tell(self, batch: Batch) -> None:
        """Tell the listeners; what one of them raises is no business of the others."""
        if not self._listeners:
            return
        series = self._store.shown()
        for listener in [*self._listeners]:
            try:
                listener.stored(batch, series)
            except Exception:
                log.exception("samples are stored, but were not all looked at")

    def _note_fork(self) -> None:
        """Be stopped in a forked process, which has no thread to receive with."""
        if self._tap is not None and self._generation != generation():
            self._stop(_FORKED)

    def _ledger_page(self) -> LedgerPage:
        with self._lock:
            self.drain()
            received, waiting, begun, dropped = self._inbox.counts()
            in_progress = begun - self._store.done
            return self._store.outcomes.page(received, waiting + in_progress, dropped)

    def _is_being_read(self) -> bool:
        """Whether this thread is reading the series; waits while another one does."""
        with self._lock:
            return self._readers > 0

    def _waiting(self) -> int:
        """Messages that nobody has begun to decode."""
        return self._inbox.counts().waiting

    def _decode(self, unread: Unread, deadline: float) -> int:
        """Decode what was taken from the inbox; what an interrupt or the deadline leaves over stays there."""
        taken, is_interrupted = 0, True
        self._readers += 1  # so that whoever looks at the stream from here, as a decoder may, decodes nothing
        try:
            self._in_hand = unread
            items, end = unread.items, len(unread.items)
            while unread.at < end and time.monotonic() <= deadline:
                item = items[unread.at]
                if item is Mark.GAP:
                    unread.at += 1
                    self._interrupt()
                else:
                    unread.at, unread.begun = unread.at + 1, unread.begun + 1
                    self._take(item)
                    taken += 1
            is_interrupted = False
        finally:
            try:
                self._finish(unread, is_interrupted=is_interrupted)
            finally:
                self._readers -= 1
                self._revision += 1
        return taken

    def _finish(self, unread: Unread, *, is_interrupted: bool) -> None:
        """Store what was decoded, and set that message aside which an interrupt fell into, if one did."""
        self._store.flush()
        if is_interrupted and self._inbox.counts().begun > self._store.done and unread.latest is not None:
            topic = printable(unread.latest.topic, _LONGEST_TOPIC_TOLD)
            self._store.outcomes.count("undecodable", f"interrupted while it was read: {topic}")
        if unread.is_read:
            unread.clear()
        self._in_hand = None

    def _interrupt(self) -> None:
        self._rhythm.interrupt()
        self._store.flush()
        self._store.mark_gap()

    def _take(self, message: Message) -> None:
        try:
            self._rhythm.note(message.received_at)  # which a source may say wrongly
            self._store.take(message)
        except KeyboardInterrupt:
            raise
        except (
            BaseException
        ) as error:  # SystemExit, too: a decoder that ends the kernel would do so at every start
            self._store.outcomes.count("undecodable", f"reading it raised {type(error).__name__}")


def _nobody() -> None:
    """Whom news is for while nobody asked."""


class _Tap:
    """The Sink of one Source for a stream; it does not keep the stream alive.

    It is closed when it has another one in its place: what is still delivered to it is not for us.

    Args:
        stream: the stream.
        wanted: what of it the stream takes; None for all.
    """

    def __init__(self, stream: SensorStream, wanted: Sequence[TopicFilter] | None) -> None:
        self.is_open = True
        self.wanted = wanted
        self._stream = weakref.ref(stream)

    def deliver(self, *messages: Message) -> None:
        stream = self._stream()
        if stream is None or not self.is_open:
            return
        if self.wanted is not None:
            messages = tuple(each for each in messages if any(one.matches(each.topic) for one in self.wanted))
        if messages:
            stream.deliver(*messages)

    def link_lost(self) -> None:
        stream = self._stream()
        if stream is not None and self.is_open:
            stream.link_lost()

    def is_wanted(self) -> bool:
        """Whether somebody holds the stream; nobody does when, for example, its cell ran again."""
        return self._stream() is not None
