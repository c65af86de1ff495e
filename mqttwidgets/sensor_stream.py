"""`SensorStream`: from the messages of a source to time series, without widgets."""

from __future__ import annotations

import itertools
import math
import os
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol

from .base.clock import CLOCK
from .base.errors import (
    InvalidValueError,
    NotConnectedError,
    StoppedError,
    discreet,
    names_its_keywords,
    reject_unknown_keywords,
)
from .base.locks import ForkLock, generation
from .base.log import log
from .base.model import Batch, Key, LinkState, Message, Status
from .base.patterns import FieldPatterns
from .base.source import Clock, Source, clock_of, name_of, publishing, retrying, state_of, turning
from .base.text import printable, quantity
from .base.times import in_utc
from .decoding.decoder import renewed
from .decoding.formats.sparkplug_nodes import origin_of
from .live.birth_requests import BirthRequests
from .live.describer import Wishes
from .live.description_requests import DescriptionRequests
from .live.inbox import Inbox, Mark, Unread
from .live.ledger import Ledger, LedgerPage
from .live.store import SeriesStore
from .live.stream_options import (
    DecoderLike,
    checked_qos,
    decoder_from,
    field_patterns,
    source_alone,
    true_or_false,
    whole_number,
)
from .live.stream_status import Rhythm, Standing, standing_in_words
from .mqtt.broker import Broker, SessionKind, broker_from
from .mqtt.session import AWAKE_TIMEOUT_S
from .mqtt.subscription import Subscription
from .mqtt.topic import TopicFilter, topic_filters
from .series.ring import Series
from .series.samples import KEY, Origin, Samples
from .series.table import long_table, wide_table

if TYPE_CHECKING:  # at run time these are imported where they are used, as most streams use none
    import pandas as pd

    from .analysis.alarms.events import EventTable
    from .analysis.alarms.limit import Limit, UserCall
    from .analysis.analysis import Analysis
    from .analysis.transforms.derived import Derived
    from .analysis.transforms.transform import Transform
    from .analysis.transforms.user_function import Function
    from .analysis.until import Condition
    from .base.model import Sample
    from .base.times import WindowLike
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
_FOUND_LOST_S = AWAKE_TIMEOUT_S + 5.0  # after sleep, until a lost link is known to be lost
_KEYWORDS = (
    *("topic", "broker", "decoder", "history", "fields", "max_series", "qos", "session", "source"),
    *("names", "units", "quantities", "descriptions"),
)


class Listener(Protocol):
    """A stream tells its listeners of every sample, each once, even of those that its series soon drop."""

    def stored(self, batch: Batch, series: Mapping[Key, Series]) -> None:
        """Note samples just stored, on any thread, while the series are locked; returns at once.

        Args:
            batch: the samples; not to be changed.
            series: all series of the present topic, but not of an earlier one.
        """


class SensorStream:
    """Receives messages from an MQTT subscription, or another Source, and keeps their samples as series.

    Threads: every public method may be called from any thread and, except `doctor` and `wait_until`, returns at
    once. The network thread only appends to the inbox. Messages are decoded under the stream's lock, on the thread
    that needs the data; on the network thread only when the inbox is half full because nobody needed it.

    Args:
        topic: a topic filter or a list of them; wildcards allowed.
        broker: a URL, a Broker, or None for $MQTTWIDGETS_BROKER, else mqtt://localhost:1883.
        decoder: "auto", a Decoder, or a function of (topic, payload) that returns a number, a mapping of field
            to number, an iterable of Sample, or None.
        history: how many samples are kept per series; if all together would take more than 512 MB, the longest
            series keep fewer.
        fields: patterns such as `["*temperature"]` of the fields to keep, matched against the field and against
            topic and field together, including ids and the like; None keeps all measurements.
        max_series: how many series are kept at most; further ones are counted and named. A series that had only
            one message, or only retained ones, gives way to topics that have fewer series; the first ones, up to
            half of all, do not.
        qos: the quality of service to ask the broker for: 0, 1 or 2.
        session: "persistent" makes the broker keep messages of QoS 1 and 2 while the link is down; "clean" does
            not. None takes that of the Broker, which is "clean" unless it says otherwise.
        source: a Source in place of topic and broker, such as a replay; its clock is that of the stream. `topic`
            is then what the source delivers, and setting it keeps only what matches.
        names: names for people, by patterns as in `fields`: `{"*/t": "Cellar"}`. The first pattern that matches
            counts; without one, the name that the device gives itself.
        units: units in place of those that come with the values, likewise: `{"*/t": "°C"}`. Nothing is converted.
        quantities: quantities, likewise, in words such as "temperature"; an error names all that are accepted.
        descriptions: True to ask the broker, quietly, for what devices say of themselves, once their topics show
            that they may: units, names, quantities. None of that is counted or drawn. False asks for nothing.

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
        names: Mapping[str, str] | None = None,
        units: Mapping[str, str] | None = None,
        quantities: Mapping[str, str] | None = None,
        descriptions: bool = True,
        **unknown: Any,
    ) -> None:
        reject_unknown_keywords("SensorStream", unknown, _KEYWORDS)
        wishes = Wishes.checked(names, units, quantities)
        true_or_false("descriptions", descriptions)
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
                "names": wishes.names.given or None,
                "units": wishes.units.given or None,
                "quantities": wishes.quantities.given or None,
                "descriptions": descriptions,
            }
        )
        """The arguments that it was made with, other than topic and broker, or source."""
        self._decoder = decoder_from(decoder, patterns)
        self._store = SeriesStore(
            self._decoder,
            self._filters,
            whole_number("history", history, 2),
            None if patterns is None else FieldPatterns(patterns),
            whole_number("max_series", max_series, 1),
            self._lock,
            wishes=wishes,
        )
        self._store.on_stored = self._tell
        self._asks: DescriptionRequests | None = None  # None asks for nothing
        if descriptions and self._broker is not None and hasattr(self._decoder, "take_description"):
            self._asks = DescriptionRequests(self._filters)
        self._listeners: weakref.WeakSet[Listener] = weakref.WeakSet()
        self._analysis: Analysis | None = None
        self._rhythm = Rhythm()
        self._requests = BirthRequests()
        self._readers = 0
        self._in_hand: Unread | None = None  # what is being decoded, or was when an interrupt came
        self._revision = 0
        self._tap: _Tap | None = None  # while it is started
        self._generation = generation()
        self._wanted: Sequence[TopicFilter] | None = None  # of what the source brings; None for all
        self._stopped_text = _STOPPED if source is None else _SOURCE_STOPPED
        self._stopped_at = self.now()
        self.on_news: Callable[[], object] = _nobody
        """Called on any thread when something begins to wait in the inbox, or is left there; returns at once."""
        self.ledger = Ledger(self._ledger_page)
        """Counts what became of every message."""

    # Running.

    def start(self) -> None:
        """Subscribe. If it is already started, this only ends a wait for the next attempt to connect."""
        with self._lock:
            self._note_fork()
            if self._tap is not None and state_of(self._source).status == "stopped":
                self._stop(_SOURCE_STOPPED)  # as a replay does that is over
            if self._tap is None:
                self._begin()
                if self._analysis is not None:
                    self._analysis.wake()
            elif (retry := retrying(self._source)) is not None:
                retry()

    def stop(self) -> None:
        """Unsubscribe; the samples so far stay. The connection closes with its last user."""
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

        Series of an earlier topic are kept, and come back with it, as long as `max_series` leaves room.
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
        """The broker of its subscription; None with a source of your own."""
        return self._broker

    @property
    def source(self) -> Source:
        """The source that delivers its messages."""
        return self._source

    @property
    def clock(self) -> Clock:
        """The clock that times the arrival of its messages: the source's own, or the computer's."""
        return CLOCK if self._own_clock is None else self._own_clock

    def now(self, at: float | None = None) -> float:
        """The time by its clock, epoch seconds.

        Args:
            at: the time by the computer's clock, for a caller that has just read it; None to read it.
        """
        return self.clock.now() if at is None or self._own_clock is not None else at

    # Reading.

    @property
    def status(self) -> Status:
        """One of "connecting", "live", "stale", "offline", "refused", "stopped".

        live: subscribed, and the link is up; stale: the link is up, but silent for much longer than usual;
        offline: the link is down, and tried again; refused: it waits for the user.
        """
        with self._lock:
            self.drain()
            return self._status_of(self.link)

    @property
    def status_text(self) -> str:
        """The status in a sentence, with the reason."""
        return self.standing().text

    def standing(self) -> Standing:
        """The status, in a word and in a sentence, and the state of the link, all at one moment."""
        with self._lock:
            self.drain()
            link, rhythm = self.link, self._rhythm
            status = self._status_of(link)
            filters = printable(", ".join(filter_.text for filter_ in self._filters))
            text = standing_in_words(status, link, rhythm, name_of(self._source), filters, self.now())
        caution = f" Caution: {self._broker.caution}." if self._broker and self._broker.caution else ""
        return Standing(status, text + caution, link)

    @property
    def is_started(self) -> bool:
        """Whether it was started and not stopped since, even if its source has ended."""
        with self._lock:
            self._note_fork()
            return self._tap is not None

    @property
    def link(self) -> LinkState:
        """The state of the link alone, whether or not messages come."""
        with self._lock:
            self._note_fork()
            if self._tap is None:
                return LinkState("stopped", self._stopped_text, self._stopped_at)
            return state_of(self._source)

    @property
    def series(self) -> Mapping[Key, Series]:
        """The series of the present topic by (topic, field), in the order of their first samples."""
        with self._lock:
            self.drain()
            return self._store.shown()

    @property
    def left_out(self) -> tuple[Key, ...]:
        """(topic, field) of the series left out beyond `max_series`; the first thousand names."""
        with self._lock:
            self.drain()
            return tuple(self._store.left_out)

    @property
    def left_out_count(self) -> int:
        """How many series were left out beyond `max_series`; 2,000,000 if there are as many or more."""
        with self._lock:
            self.drain()
            return len(self._store.left_out_count)

    @property
    def topics_seen(self) -> tuple[str, ...]:
        """The topics that samples came from, also with earlier topic filters; the first thousand."""
        with self._lock:
            self.drain()
            return tuple(self._store.topics_seen)

    @property
    def revision(self) -> int:
        """A number that grows whenever messages are decoded."""
        return self._revision

    @property
    def is_behind(self) -> bool:
        """Whether messages or descriptions wait, or are on their way into the series; decodes nothing."""
        is_told = self._asks is not None and self._asks.has_news
        return self._inbox.has_items or self._in_hand is not None or is_told

    @property
    def rate_hz(self) -> float:
        """Messages a second, over the last five; not those that the broker had kept."""
        with self._lock:
            self.drain()
            return self._rhythm.rate_hz(self.now())

    @property
    def last_message_at(self) -> float | None:
        """Epoch seconds of the newest message since the topic was set; None before the first.

        Those that the broker had kept do not count.
        """
        with self._lock:
            self.drain()
            return self._rhythm.last

    def known_until(self, key: Key) -> float | None:
        """Until when the newest sample of a state is known to last, by its device's clock, epoch seconds.

        That is now, while the link is up. None if it is down, if it may have been lost while the computer slept,
        if messages wait to be read, and if the device's clock may have been set back.

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
        """Remarks on the series as a whole, such as a clock that was set back, or a history that was shortened.

        Times in them are in UTC.
        """
        return self.remarks_at(_in_utc)

    def remarks_at(self, moment: Callable[[float], str]) -> tuple[str, ...]:
        """The same, with times as somebody wants them.

        Args:
            moment: a time in words, of epoch seconds.
        """
        with self._lock:
            self.drain()
            clock = CLOCK.remark if self._own_clock is None else ""
            caution = self._broker.caution if self._broker else ""
            births = self._requests.remark(self._waiting_for_names(), self.now())
            store = self._store
            let_go = store.let_go()
            kept = "" if let_go is None else let_go.told(moment(let_go.kept_since))
            clocks = [clock, store.clocks.remark, store.clocks.far_behind(moment)]
            return tuple(filter(None, [caution, births, *clocks, store.memory.remark, kept]))

    @property
    def waiting_for_names(self) -> Mapping[str, int]:
        """Sparkplug's edge node, as "group/node" → how many messages wait for its birth certificates.

        A certificate names what the messages after it only number. These are kept, a megabyte of them for each
        node and each of its devices, and stored when it comes; until then they are in `ledger.skipped`.
        """
        with self._lock:
            self.drain()
            return dict(self._waiting_for_names())

    def request_births(self) -> int:
        """Ask the Sparkplug edge nodes in `waiting_for_names` to send their birth certificates again.

        Each is sent the command `Node Control/Rebirth` (Sparkplug 3.0, section 6.4.20) with QoS 0, not retained,
        and answers to all who listen. Nothing sends it unasked. A node is asked once in ten seconds at most. A
        broker that does not let this user publish to `spBv1.0/+/NCMD/+` drops it without a word.

        Returns:
            How many nodes were asked.

        Raises:
            StoppedError: if the stream is stopped.
            NotConnectedError: (a ConnectionError) if it is not connected, or has a source that takes no commands.

        Example:
            >>> stream = SensorStream("spBv1.0/#", "mqtt://broker.local")
            >>> stream.request_births()
            Traceback (most recent call last):
            mqttwidgets.base.errors.StoppedError: the stream is stopped, so no node was asked: start() subscribes
        """
        from .decoding.formats.sparkplug import rebirth_command
        from .decoding.formats.sparkplug_nodes import command_topic_of

        with self._lock:
            self.drain()
            send = publishing(self._source)
            if send is None:
                source = name_of(self._source)
                raise NotConnectedError(f"no edge node was asked: {source} delivers messages, and takes none")
            link, now = self.link, self.now()
            if link.status == "stopped":
                raise StoppedError("the stream is stopped, so no node was asked: start() subscribes")
            due = self._requests.due(self._waiting_for_names(), now)
            asked = [node for node in due if send(command_topic_of(node), rebirth_command(now), 0, False)]
            for node in asked:
                self._requests.note(node, now)
            if link.status != "live" or len(asked) < len(due):
                raise NotConnectedError(
                    f"{len(asked)} of {quantity(len(due), 'edge node')} asked. {self.standing().text}"
                )
            return len(asked)

    @names_its_keywords("SensorStream")
    def to_pandas(
        self, *, wide: bool = False, arrival: bool = False, of: str | Iterable[str] | None = None
    ) -> pd.DataFrame:
        """All samples kept of the present topic, as a pandas table.

        `json.loads(table.attrs["mqttwidgets"])` says where they come from: version, broker (without a password),
        topics, decoder, time zone of this computer, gaps, events and notes, and of each series name, device,
        quantity and category. A CSV file has no place for that.

        Args:
            wide: False for one row per sample with columns time (datetime64[ns, UTC]), topic, field, value and
                unit; True for one column per series over a time index. If a series has several samples of the
                same time, as from a device that gives whole seconds, that time has several rows: the n-th sample
                of each series at that time is in the n-th of them.
            arrival: True to add when each sample arrived: a column received_at, or if `wide` one for each series,
                "... received_at", after the others. It differs from time only where the payload gives a time of
                its own; both are then kept, for eight more bytes a sample. Derived samples never arrived.
            of: a pattern such as "*mean", or a list of them, of the lines wanted, including derived ones; "*" for
                all of them. None for all series of the stream, but no derived line.

        Raises:
            InvalidValueError: for a value that is no pattern, and if no line with a sample matches.
            MissingPackageError: without pandas.
        """
        if of is not None:
            self.drain()
            self.analysis.compute()
        with self.reading() as found:  # so that table and origin are of the same moment
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
        r"""Write all samples kept of the present topic to a CSV file; later ones are not in it.

        Times are ISO 8601 in UTC with microseconds. `pandas.read_csv(path)` reads exactly the same numbers; before
        pandas 3.1 with `float_precision="round_trip"`. The file is written in pieces: this needs hardly any
        memory, and messages go on being received. A file of that name is replaced once the new one is complete;
        its mode and, where that is allowed, its owner are kept.

        Topics, fields and units are foreign text, which a spreadsheet would run if it begins with "=", "+", "-",
        "@" or a tab: these get an apostrophe before them, and so does an apostrophe; also after a comma,
        semicolon, tab or line break. `table.topic.str.replace(r"(^|[,;\t\r\n])'", r"\1", regex=True)` gives the
        texts back. Numbers are left as they are.

        Args:
            path: the path of the file; packed with gzip if it ends in .gz. A pipe, a terminal or the like, such as
                /dev/stdout, is written to directly.
            wide: False for one row per sample, as in `to_pandas()`; True for one column per series.
            arrival: True to add when samples arrived, as in `to_pandas`.
            progress: a function of (samples written, samples in all); None for a line of text after a second,
                False for nothing.
            of: which lines, as in `to_pandas`.

        Returns:
            The path.

        Raises:
            InvalidValueError: if `path` is a folder, is in a folder that does not exist, or is a socket or the
                like; if nobody reads from a pipe, and if no line matches.
            OSError: if it cannot be written.

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

        Times are timestamps in UTC; `pandas.read_parquet(path)` gives the same as `to_pandas()`, including its
        `attrs`. The same JSON is in the file's metadata:
        `pyarrow.parquet.read_schema(path).metadata[b"mqttwidgets"]`.

        Args:
            path: the path of the file.
            wide: False for one row per sample, as in `to_pandas()`; True for one column per series.
            arrival: True to add when samples arrived, as in `to_pandas`.
            progress: as in `to_csv`.
            of: which lines, as in `to_pandas`.

        Returns:
            The path.

        Raises:
            MissingPackageError: without pyarrow: `pip install "mqttwidgets[parquet]"`.
            InvalidValueError: if `path` is a folder, is in a folder that does not exist, or is a pipe, a device or
                the like; and if no line matches.
            OSError: if it cannot be written.
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
        """Where its samples come from, with notes, gaps and events."""
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

        It covers the first fifty topics, and messages up to 4 KB, as longer ones are not kept; for another topic,
        set `topic` or call `mqttwidgets.explain`. It says where each unit and quantity comes from, and the options
        that correct them.

        It is empty with a decoder of your own that has no `explain` and `topics`.
        """
        from .decoding.explanation import Explanation, Explanations

        with self._lock:
            self.drain()
            explain, topics = (getattr(self._decoder, name, None) for name in ("explain", "topics"))
            if explain is None or topics is None:
                return Explanations.none(
                    "A decoder of your own reads these messages: there is nothing to explain."
                )
            explained = map(explain, (name for name in topics if any(one.matches(name) for one in self._filters)))
            known = [*itertools.islice((each for each in explained if each is not None), _MOST_EXPLAINED)]
            for each in known:
                if isinstance(each, Explanation):  # and not a user's own
                    self._store.explain(each)
            return Explanations(known)

    @names_its_keywords("SensorStream")
    def doctor(self, wait_s: float = 60.0) -> Report:
        """Find out what stands between the broker and a number: step by step, up to the first cross.

        The steps are host name, TCP, TLS, MQTT, the subscription to each filter, the first message, numbers in it,
        and whether their times can be those of now. It blocks until a message is published; an interrupt makes it
        return its findings so far. The stream may run or not, and is left as it is. A decoder of your own reads a
        few messages once more.

        With `source=` there is no broker to try. It then says how the source is, and what has come from it so far,
        and returns at once.

        Args:
            wait_s: how many seconds to wait for the first message from a broker; a source is not waited for.

        Raises:
            InvalidValueError: for a `wait_s` that is no number of seconds.

        Example:
            >>> SensorStream("home/#", "mqtt://broker.invalid").doctor()  # doctest: +SKIP
            ✗ Host name: the host name 'broker.invalid' cannot be found
                Is it spelt right? In another network it may go by another name, or only by its IP address.
        """
        from .doctor.examination import check_wait, examine, examine_source
        from .doctor.report import Report

        if self._broker is None:
            check_wait(wait_s)
            behind = self._store.clocks.far_behind(_in_utc)
            return Report.of(examine_source(name_of(self._source), self.link, self.ledger, behind))
        decoder = renewed(self._decoder)
        found = examine(self._broker, self._filters, decoder, self._store.fields, qos=self._qos, wait_s=wait_s)
        return Report.of(found)

    # Analysis of the samples.

    @property
    def analysis(self) -> Analysis:
        """Its derived lines and limits, for plots to show."""
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

        `rolling_mean`, `rolling_band`, `rate_of_change` and `difference` compute only new samples. A function of
        your own is given a pandas Series of all samples kept, with the times in UTC as index, and returns one; NaN
        breaks the line. It runs where `limit` calls functions: on the kernel's event loop, which it blocks for as
        long as it takes, or on a thread of the stream's own. So it may take a tenth of the time at most; with
        `lookback` it is given only new samples and so much before them. An error is told by `Derived.error` and
        stops only that line, until the function succeeds with more data: it is tried again, at growing intervals.

        Each line keeps as many samples as its series. They do not count towards the 512 MB for all series: they
        take 16 bytes a sample, and for a rolling mean or band some 40 or 60 more for each sample in its span.

        Args:
            name: the name of the lines: "mean" gives "mean of kitchen". It replaces an earlier one of that name.
            function: `rolling_mean("30 s")` or the like, another Transform, or a function of a pandas Series.
            of: a pattern such as "*/temperature", or a list of them, as in `fields`; "*" for all series.
            unit: the unit of the lines, such as "K"; None for that of the series, per second for a rate.
            lookback: how far back a function of your own looks, "30 s" or a number of samples; None for all. With
                it a function must not look ahead, as `s.shift(-1)` does: its result for a sample is final, as it
                is not called for it again when the next one comes.

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
        """The derivations that `derive` added, the oldest first."""
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
        """Watch for values beyond a limit: in `events`, by a call of your own, and in all plots of the stream.

        Every sample is checked by its own time, even while nobody watches or a cell is busy; so is the history. A
        state lasts until its next sample, the newest one while the link is up. An alarm ends when a value is back,
        or when samples may be missing, as it is then not known to last. What the broker had kept, of unknown age,
        begins none. Do not rely on alarms of a device whose clock was set back, as `remarks` tell.

        Functions are called one after the other, in order: on the kernel's event loop while a plot shows the
        stream in a notebook, otherwise soon after a sample came on one thread of the stream's own, a daemon. That
        thread exists while the stream runs and has derivations or limits; it ends with `stop()`, after at most a
        second for calls that are due by then, and when the stream is no longer referenced. Of calls that wait, the
        newest 10,000 are kept, and how many are left out is logged. Errors of a function are logged, and do not
        prevent later calls.

        Args:
            of: a pattern of series such as "*/temperature", or a list of them, as in `fields`.
            above: there is an alarm while values are above this.
            below: there is an alarm while values are below this.
            hysteresis: how far back a value must come to end an alarm, in its unit.
            for_: how long values must be beyond the limit before there is an alarm, such as "10 s"; the alarm then
                counts from the first of them.
            call: called with an Event when an alarm begins (`event.end` is None), and once more when it ends; may
                be a coroutine function, which the stream's own thread runs to its end before the next call. It is
                not called for alarms that were over before the limit was set. If late samples take an alarm back,
                it ends at the newest time known of it (`event.is_end_known` is False).
            label: a name for the limit; None for its numbers.

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
        """The limits that were set and not removed since."""
        return () if self._analysis is None else self._analysis.alarms.limits

    @property
    def events(self) -> EventTable:
        """All alarms so far, the newest 10,000, as a table with `to_pandas()`. It prints times in UTC."""
        return self.analysis.events()

    @names_its_keywords("SensorStream")
    def until(
        self, condition: Condition, timeout: float | None = None, of: str | Iterable[str] | None = None
    ) -> Coroutine[Any, Any, Sample]:
        """Wait, with `await`, for the first sample from then on that fulfils a condition.

        The condition is called for every new sample, in order, but not for what the broker had kept. On a derived
        line a sample is new if it is later than all before it; one that is computed again is not. So with a
        function that returns `s.resample("1min").mean()`, which puts each mean at the beginning of its minute, the
        condition sees each mean once, when its minute holds a single sample.

        Args:
            condition: a function of a Sample; an error that it raises is raised here.
            timeout: how many seconds to wait at most; None waits for ever.
            of: a pattern such as "*/temperature", or a list of them, of the lines whose samples count, including
                derived ones, as in `limit`: "*mean*". None for all series of the stream, but no derived line.

        Raises:
            TimeoutError: if no sample fulfilled it in time; the error says what came meanwhile.
            StoppedError: if the stream is stopped.
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

        It blocks the thread that calls it: in a notebook, where that would block all plots, use `until`.

        Args:
            condition: as in `until`; it is called on the thread that waits.
            timeout: as in `until`.
            of: as in `until`.

        Raises:
            TimeoutError: if no sample fulfilled it in time; the error says what came meanwhile.
            StoppedError: if the stream is stopped, or was not started.
            InvalidValueError: for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.

        Example:
            >>> sample = stream.wait_until(lambda sample: sample.value > 30, timeout=60)  # doctest: +SKIP
        """
        from .analysis.until import wait_until

        return wait_until(self, condition, timeout, of, self.analysis.derived_lines)

    def statistics(self) -> pd.DataFrame:
        """Count, mean, first, last and so on of all samples kept, a row for each series, including derived lines.

        Columns: topic, field, unit, count, mean, min, max, std, first, last, difference, rate_hz, on_share,
        changes. difference is the last value minus the first, as on a meter. A state has no mean, std and
        difference, but on_share, the share of the time in which it was on, and changes, how often it changed.
        rate_hz is the number of samples a second between the first and the last one.

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
        """Decode and store the messages that have arrived; returns how many were taken.

        Messages that arrive meanwhile may be left for later, as they may come faster than they can be decoded. A
        message during which an interrupt comes is counted as undecodable and not tried again; all others are
        decoded once, and stored once.

        Args:
            limit_s: seconds after which the rest is left for later, for callers that must not block; 0 decodes
                nothing.
        """
        if limit_s <= 0 or not self.is_behind or self._is_being_read():
            return 0
        deadline = time.monotonic() + limit_s
        taken, due = 0, self._inbox.waiting
        while time.monotonic() <= deadline:
            with self._lock:
                if self._readers:
                    break
                if self._in_hand is not None:  # as an interrupt came
                    self._finish(self._in_hand, is_interrupted=True)
                if self._asks is not None and self._asks.has_news:
                    self._read_descriptions(self._asks, deadline)
                unread = self._inbox.unread(_BATCH, _BATCH_BYTES)
                if unread.is_read:
                    break
                taken += self._decode(unread, deadline)
            if taken >= due:
                break
        if self._inbox.has_items:
            self.on_news()  # as nobody says so when more comes
        return taken

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of all samples stored from here on, for as long as it exists."""
        with self._lock:
            self._listeners.add(listener)

    def ignore(self, listener: Listener) -> None:
        """Stop telling `listener`."""
        with self._lock:
            self._listeners.discard(listener)

    @contextmanager
    def reading(self, limit_s: float = math.inf) -> Iterator[Mapping[Key, Series]]:
        """The series of the present topic, up to date and unchanged while the context lasts.

        The mapping is the same object as before unless series were added or dropped.

        Args:
            limit_s: seconds to spend on bringing them up to date; messages left over are in `ledger.waiting`.
        """
        with self._lock:
            if not self._readers:
                self.drain(limit_s)
            self._readers += 1
            try:  # a generator ends even if an interrupt comes at the end of the context itself
                yield self._store.shown()
            finally:
                self._readers -= 1

    # The Sink; the Source calls it on the network thread.

    def deliver(self, *messages: Message) -> None:
        """Add messages to the inbox; decode only when it is half full, as nobody else did.

        If another thread decodes just then, it waits for a moment, so that the broker holds back further messages.
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

    def described(self, message: Message) -> None:
        """Take what the broker keeps of a description that was asked for; it is no message of the stream's."""
        if self._asks is not None:
            had_news = self._asks.has_news
            self._asks.take(message)
            if not had_news:
                self.on_news()

    def link_lost(self) -> None:
        """Note that messages may be missing from here on."""
        self._inbox.mark_gap()

    # Called with the lock held.

    def _status_of(self, link: LinkState) -> Status:
        is_silent = link.status == "live" and self._rhythm.is_stale(self.now(), link.since)
        return "stale" if is_silent and not self._inbox.waiting else link.status  # else it is we who are late

    def _may_be_told(self) -> bool:
        """Whether a link that seems to be up can be trusted: not when the computer has just been asleep."""
        return self._own_clock is not None or CLOCK.since_leap_s > _FOUND_LOST_S

    def _begin(self) -> None:
        self._generation, self._tap = generation(), _Tap(self, self._wanted)
        self._ask_anew(self._filters)
        try:
            self._source.start(self._tap)
        except Exception:
            self._tap.is_open, self._tap = False, None
            raise

    def _turn_source(self, filters: Sequence[TopicFilter]) -> None:
        """Make the source deliver other topics."""
        turn, former = turning(self._source), self._tap
        if turn is None:
            self._wanted = filters
            if former is not None:
                former.wanted = filters
            return
        tap = None if former is None else _Tap(self, None)
        self._ask_anew(filters)
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

    def _ask_anew(self, filters: Sequence[TopicFilter]) -> None:
        """Ask for the descriptions of what filters bring, with the next messages."""
        if self._asks is not None:
            self._asks = DescriptionRequests(filters, self._store.topics_seen)
            self._store.on_new = self._asks.note

    def _ask_for_descriptions(self, asks: DescriptionRequests) -> None:
        """Ask the broker, quietly, for the descriptions that are due."""
        due, tap = asks.due(), self._tap
        if due and tap is not None and isinstance(self._source, Subscription):
            self._source.listen_quietly(due, tap.describe)

    def _read_descriptions(self, asks: DescriptionRequests, deadline: float) -> None:
        """Let the decoder know the descriptions that have come, and the series theirs."""
        take = getattr(self._decoder, "take_description", None)
        while take is not None and asks.has_news and time.monotonic() <= deadline:
            message = asks.next()
            take(message.topic, message.payload, asks.wants)
        self._store.flush()
        self._revision += 1
        if asks.has_news:
            self.on_news()

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
        """Tell the listeners; an error of one does not concern the others."""
        if not self._listeners:
            return
        series = self._store.shown()
        for listener in [*self._listeners]:
            try:
                listener.stored(batch, series)
            except Exception:
                log.exception("samples are stored, but were not all looked at")

    def _note_fork(self) -> None:
        """Stop in a forked process, which has no thread to receive with."""
        if self._tap is not None and self._generation != generation():
            self._stop(_FORKED)

    def _ledger_page(self) -> LedgerPage:
        with self._lock:
            self.drain()
            received, waiting, begun, dropped = self._inbox.counts()
            in_progress = begun - self._store.done
            return self._store.outcomes.page(received, waiting + in_progress, dropped, self._store.let_go())

    def _waiting_for_names(self) -> Mapping[str, int]:
        by_topic: Mapping[str, int] = getattr(self._decoder, "waiting_for_names", {})
        counts = Counter[str]()
        for topic, count in by_topic.items():
            if any(wanted.matches(topic) for wanted in self._filters):
                counts[origin_of(topic)[0]] += count
        return counts

    def _is_being_read(self) -> bool:
        """Whether this thread is reading the series; waits while another one does."""
        with self._lock:
            return self._readers > 0

    def _decode(self, unread: Unread, deadline: float) -> int:
        """Decode items taken from the inbox; after an interrupt or the deadline the rest stays there."""
        begun, is_interrupted = unread.begun, True
        self._readers += 1  # so that a decoder which looks at the stream from here decodes nothing
        try:
            self._in_hand = unread
            while not unread.is_read and time.monotonic() <= deadline:
                try:
                    self._take(unread, deadline)
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # SystemExit, too: a decoder that ends the kernel does so each time
                    self._store.outcomes.count("undecodable", f"reading it raised {type(error).__name__}")
            is_interrupted = False
        finally:
            try:
                self._finish(unread, is_interrupted=is_interrupted)
            finally:
                self._readers -= 1
                self._revision += 1
        return unread.begun - begun

    def _finish(self, unread: Unread, *, is_interrupted: bool) -> None:
        """Store the decoded samples, and set aside the message during which an interrupt came, if one did."""
        self._store.flush()
        if self._asks is not None:
            self._ask_for_descriptions(self._asks)
        broken_off = self._inbox.counts().begun - self._store.done if is_interrupted else 0
        if broken_off > 0 and unread.latest is not None:  # two where an earlier one was read that waited for it
            topic = printable(unread.latest.topic, _LONGEST_TOPIC_TOLD)
            self._store.outcomes.count("undecodable", f"interrupted while it was read: {topic}", broken_off)
        if unread.is_read:
            unread.clear()
        self._in_hand = None

    def _interrupt(self) -> None:
        self._rhythm.interrupt()
        self._store.flush()
        self._store.mark_gap()

    def _take(self, unread: Unread, deadline: float) -> None:
        """Take items up to the deadline; where one raises, it is behind us."""
        items, count, take = unread.items, len(unread.items), self._store.take
        gap: Literal[Mark.GAP] = Mark.GAP  # once, as a member of an enum is slow to look up
        while unread.at < count and time.monotonic() <= deadline:
            item = items[unread.at]
            if item is gap:
                unread.at, unread.marks = unread.at + 1, unread.marks + 1
                self._interrupt()
            else:
                unread.at += 1
                if item.retain:
                    self._rhythm.note_kept()
                else:
                    self._rhythm.note(item.received_at)  # raises if a source gives no number
                take(item)


def _in_utc(epoch_s: float) -> str:
    return in_utc(epoch_s).isoformat(timespec="seconds")


def _nobody() -> None:
    """In place of a function to call."""


class _Tap:
    """The Sink of one Source for a stream; it does not keep the stream alive.

    It is closed when another one replaces it: messages still delivered to it are dropped.

    Args:
        stream: the stream.
        wanted: filters of the topics that the stream takes; None for all.
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

    def describe(self, message: Message) -> None:
        """Take a description that was asked for."""
        stream = self._stream()
        if stream is not None and self.is_open:
            stream.described(message)

    def link_lost(self) -> None:
        stream = self._stream()
        if stream is not None and self.is_open:
            stream.link_lost()

    def is_wanted(self) -> bool:
        """Whether the stream still exists; it does not when, for example, its cell ran again."""
        return self._stream() is not None
