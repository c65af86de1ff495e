"""Decodes messages into series, and counts what became of each message."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from ..base.locks import ForkLock
from ..base.model import Batch, Key, Message, Sample
from ..base.patterns import FieldPatterns, with_unit
from ..base.text import in_utf8
from ..base.units import symbol
from ..decoding.decoder import Decoded, Decoder, Reader, Row
from ..decoding.explanation import Explanation
from ..mqtt.topic import TopicFilter
from ..series.ring import Series
from .batches import Read, Rows, TimedRow, TopicRows, Work, in_order, message_count, pieces_of
from .describer import Describer, Wishes
from .device_clocks import CLOCK_BACK, DeviceClocks
from .eviction import DistinctCount, Fairness, SharedMemory
from .ledger import LetGo, Outcomes

KEPT = "kept by the broker, age unknown: time of arrival taken"
"""The note in the ledger on a retained message without a time of its own."""

_NAMES_REMEMBERED = 1_000  # of series left out, and of topics seen
_LONGEST_NAME = 1_000
_PAYLOADS_REMEMBERED = 20_000


class SeriesStore:
    """The series of a stream. Not thread-safe: its SensorStream locks.

    An interrupt may come between any two steps, and the next call finishes the work that it broke off: a single
    assignment takes a message and counts it, and another one passes it on to the series.

    Args:
        decoder: makes samples of messages.
        filters: the present topic; series of an earlier one are kept, hidden, while there is room.
        history: how many samples are kept per series.
        fields: patterns of the fields to keep; None keeps all.
        max_series: how many series are kept at most.
        lock: the stream's, shared with the series, as these are handed out.
        memory: bounds the memory of all series together; None for the usual bound.
        wishes: what a person says of names, units and quantities; None for nothing.
    """

    def __init__(
        self,
        decoder: Decoder,
        filters: Sequence[TopicFilter],
        history: int,
        fields: FieldPatterns | None,
        max_series: int,
        lock: ForkLock,
        memory: SharedMemory | None = None,
        wishes: Wishes | None = None,
    ) -> None:
        self._decoder = decoder
        self._reader_of: Callable[[str], Reader | None] = getattr(decoder, "reader_of", _no_reader)
        self._describer = Describer(decoder, Wishes.checked() if wishes is None else wishes)
        self._filters = filters
        self._history = history
        self.fields = fields
        self._max_series = max_series
        self._lock = lock
        self._series: dict[Key, Series] = {}
        self._origins: dict[Key, str] = {}  # the topic of the messages, which a user's decoder may rename
        self._shown: Mapping[Key, Series] | None = None  # made on demand
        self._fairness = Fairness(max_series)
        self._taken: list[Rows | Read] = []  # not in the series yet
        self._unstored: set[Key] = set()  # the series that these have samples of
        self._work: Work | None = None
        self._known: dict[str, TopicRows] = {}
        self._latest: TopicRows | None = None  # that the last message was read with, if no other came behind it
        self._last_stored: dict[int, int] = {}  # hash of the topic → hash of the payload
        self._last_retained: dict[int, int] = {}
        self.on_stored: Callable[[Batch], object] = _nobody
        """Called with the samples just stored, before the rings drop any of them."""
        self.on_new: Callable[[str], object] = _nobody
        """Called with the topic that each new series comes from."""
        self.memory = SharedMemory() if memory is None else memory
        """Bounds the memory of all series together."""
        self.clocks = DeviceClocks()
        """The clocks of the devices of the present topic."""
        self.outcomes = Outcomes()
        """Counts what became of the messages."""
        self.left_out: dict[Key, None] = {}
        """The series left out beyond `max_series`; the first thousand whose names are not very long."""
        self.left_out_count = DistinctCount()
        """How many series were left out beyond `max_series`."""
        self.topics_seen: dict[str, None] = {}
        """Topics that samples came from; the first thousand."""

    def behind_s(self, key: Key) -> float | None:
        """Seconds by which the clock of a series' device is behind the times of arrival; see DeviceClocks."""
        return self.clocks.behind_s(self._origins.get(key, key[0]))

    def shown(self) -> Mapping[Key, Series]:
        """The series of the present topic in the order of their first samples; the same object for as long."""
        if self._shown is None:
            shown = {key: series for key, series in self._series.items() if self._is_shown(key)}
            self._shown = MappingProxyType(shown)
        return self._shown

    def let_go(self) -> LetGo | None:
        """The samples that series of the present topic no longer keep; None for none."""
        shown = self.shown()
        short = [series for series in shown.values() if series.oldest]
        if not short:
            return None
        samples = sum([series.oldest for series in short])
        kept_since, of = max((series.time_at(series.oldest), series.label) for series in short)
        is_history = any(series.capacity == self._history for series in short)
        return LetGo(samples, kept_since, of if len(shown) > 1 else "", is_history)

    def turn_to(self, filters: Sequence[TopicFilter]) -> None:
        """Show another topic from here on; series that both topics have get no gap."""
        former = {key for key in self._series if self._is_shown(key)}
        self._filters = filters
        self._shown = None
        self.clocks = DeviceClocks()
        self.left_out = {}
        self.left_out_count = DistinctCount()
        for key, series in self._series.items():
            if key not in former or not self._is_shown(key):
                series.mark_gap()

    def mark_gap(self) -> None:
        """Note that messages may be missing before the next one."""
        for series in self._series.values():
            series.mark_gap()

    def take(self, message: Message) -> None:
        """Decode a message and count what became of it; both are visible after `flush`."""
        known = self._latest
        if known is None or known.topic != message.topic:
            known = self._latest = self._rows_of(message.topic)
        if known is not None and not message.retain:
            arrival = message.received_at
            row = known.row(message.payload, arrival)
            if row is not None:
                known.newest = message
                if not known.rows:
                    self._note_moves(known)
                if row[0] == arrival:
                    known.rows.append(row)
                else:
                    known.is_timed = True
                    known.rows.append((*row, arrival))
                    self._note_time(message, row[0])
                return
        self._take_samples(message)

    def _note_moves(self, known: TopicRows) -> None:
        """Note that the series of a topic go on, so that they give way to none."""
        for _, key in known.columns:
            if key in self._fairness.still:
                self._fairness.moves(key)

    def _rows_of(self, topic: str) -> TopicRows | None:
        """The rows of a topic whose messages are read as such, as long as the decoder knows the same reader."""
        known = self._known.get(topic)
        return known if known is not None and known.reader is self._reader_of(topic) else None

    def _take_samples(self, message: Message) -> None:
        self._latest = None  # as the decoder may forget its reader now
        self._collect(message.topic)
        if message.retain and self._is_known(message):
            self.outcomes.count("skipped", "retained copies of what is here already")
            return
        decoded = self._decoder.decode(message.topic, message.payload, received_at=message.received_at)
        if isinstance(decoded, Decoded) and (decoded.late or decoded.recounts):
            decoded = self._take_late(decoded)
        self._take_decoded(decoded, message)

    def _take_late(self, decoded: Decoded) -> Decoded:
        """Take the earlier messages that one made readable, before it; returns what is its own."""
        for late in decoded.late:
            if self.outcomes.take_back(late.reason):
                message = Message(late.topic, late.payload, 0, False, late.arrival)
                self._take_decoded(late.decoded, message)
        for each in decoded.recounts:
            if self.outcomes.take_back(each.reason, each.messages):
                self.outcomes.count(each.fate, each.new_reason, each.messages)
        own = Decoded(decoded[sum(len(late.decoded) for late in decoded.late) :])
        own.skipped, own.undecodable = decoded.skipped, decoded.undecodable
        own.gaps, own.states, own.remarks = decoded.gaps, decoded.states, decoded.remarks
        return own

    def _take_decoded(self, decoded: list[Sample], message: Message) -> None:
        """Take a message's samples, or count why there is none."""
        samples, states = self._wanted_of(decoded)
        if not samples:
            return
        stored: list[Sample] = []
        if self._describer.corrects_units:
            samples = [self._corrected(sample) for sample in samples]
        for each in samples:
            sample = self._in_its_unit(each)
            if self._has_room_for(sample, message, is_state=each.field in states):
                if sample.topic != message.topic:
                    self._collect(sample.topic)
                stored.append(sample)
        if stored:
            if message.retain:
                self._note_kept(stored, message.received_at)
            _remember(self._last_stored, message)
            self._taken += [Read(stored, message.received_at)]
            self._note_time(message, max([sample.time for sample in stored]))
            self._learn(message, stored)
        else:
            self.outcomes.count("dropped", f"beyond {self._max_series} series (max_series= allows more)")

    def _corrected(self, sample: Sample) -> Sample:
        """The sample with the unit that a person says it has."""
        unit = self._describer.unit(sample.topic, sample.field, sample.unit)
        return Sample(sample.topic, sample.field, sample.time, sample.value, unit)

    def _note_kept(self, stored: Sequence[Sample], arrival: float) -> None:
        """Note the samples of a message that the broker had kept, but for those with a time of their own."""
        kept = [sample for sample in stored if sample.time == arrival]
        if kept:
            self.outcomes.count("noted", KEPT)
        for sample in kept:
            self._series[sample.topic, sample.field].note_kept(arrival)

    def _in_its_unit(self, sample: Sample) -> Sample:
        """The sample, with its unit in the field if its series has another unit: W and kW are two lines."""
        series = self._series.get((sample.topic, sample.field))
        if series is None or not series.unit or not sample.unit or symbol(sample.unit) == symbol(series.unit):
            return sample
        self.outcomes.count("noted", "the unit changed: a line of its own")
        field = with_unit(sample.field, symbol(sample.unit))
        return Sample(sample.topic, field, sample.time, sample.value, sample.unit)

    def _note_time(self, message: Message, time: float) -> None:
        """Note the time that a device gave, and count the message if that device's clock was set back."""
        arrival, is_retained = message.received_at, message.retain
        if time != arrival and self.clocks.note(message.topic, time, arrival, is_retained=is_retained):
            self.outcomes.count("noted", CLOCK_BACK)

    def _learn(self, message: Message, stored: Sequence[Sample]) -> None:
        """Read the next messages of a topic as rows, if such a row has exactly the samples stored of this one."""
        reader = self._reader_of(message.topic)
        if reader is None or reader.row is None:
            self._known.pop(message.topic, None)  # a reader that the decoder has forgotten must not live on here
            return
        columns = [
            (place, (topic, field))
            for place, (topic, field, _) in enumerate(reader.names)
            if self.fields is None or self.fields.match(topic, field)
        ]
        names = [(sample.topic, sample.field, sample.unit) for sample in stored]
        read = [reader.names[place] for place, _ in columns]
        if self._describer.corrects_units:
            read = [(topic, field, self._describer.unit(topic, field, unit)) for topic, field, unit in read]
        if names == read and {name[0] for name in names} == {message.topic}:
            self._known[message.topic] = TopicRows(message.topic, reader, reader.row, columns)

    def _collect(self, topic: str) -> None:
        """Add the rows of a topic to the messages taken."""
        known = self._known.get(topic)
        if known is None or not known.rows:
            return
        rows: Sequence[Row | TimedRow] = known.rows
        arrivals = None
        if known.is_timed:
            arrivals = [row[2] if len(row) > 2 else row[0] for row in rows]
            rows = [row[:2] for row in rows]
        new_times, numbers = zip(*rows, strict=True)
        taken = Rows(new_times, list(zip(*numbers, strict=True)), known.columns, arrivals)
        if known.newest is not None:
            _remember(self._last_stored, known.newest)
            known.newest = None  # it may be large
        for _, key in known.columns:
            self._unstored.add(key)
            if self._origins.get(key) != topic:
                self._note_origin(key, topic)
        end = len(self._taken)
        self._taken[end:], known.rows = [taken], []

    @property
    def done(self) -> int:
        """How many messages were decoded, whether or not their samples are visible yet."""
        rows = sum([len(known.rows) for known in self._known.values()])
        return self.outcomes.messages + rows + message_count(self._taken)

    def flush(self) -> None:
        """Store the samples of the messages taken in their series."""
        if self._describer.has_news():
            self.describe_anew()
        self._finish()
        self._latest = None
        for topic, known in self._known.items():
            if known.rows:
                self._collect(topic)
        if self._taken:
            pieces = [*pieces_of(self._taken, lambda key: self._series[key].capacity)]
            work, stored = Work(pieces), self.outcomes.stored + message_count(self._taken)
            self._work, self._taken, self._unstored, self.outcomes.stored = work, [], set(), stored
            self._finish()

    def explain(self, explanation: Explanation) -> None:
        """Add to an explanation what is known of its numbers."""
        explanation.told = self._describer.told_of(explanation)

    def describe_anew(self) -> None:
        """Let all series know what is known of them now."""
        former = [series.description for series in self._series.values()]
        for series in self._series.values():
            self._describer.describe(series)
        if former != [series.description for series in self._series.values()]:
            self._shown = None  # as who shows them by their names looks again where it is another object

    def _finish(self) -> None:
        """Store the samples that are on their way into the series."""
        work = self._work
        if work is None:
            return
        while work.at < len(work.pieces):
            piece, arrivals, totals = work.pieces[work.at], work.arrivals[work.at], work.totals
            for key, (times, values) in piece.items():
                series, arrival = self._series[key], arrivals.get(key)
                total = series.total
                done = total - totals.setdefault(key, total)
                if not done:
                    series.extend(times, values, arrival)
                elif done < len(times):  # as an interrupt came when the late ones were stored
                    times, values, *arrived = in_order(times, values, *([arrival] if arrival else []))
                    series.extend(times[done:], values[done:], arrived[0][done:] if arrived else None)
            self.on_stored(piece)
            work.at, work.totals = work.at + 1, {}
        count = sum([len(times) for piece in work.pieces for times, _ in piece.values()])
        timed = sum([len(arrival) for arrivals in work.arrivals for arrival in arrivals.values()])
        self._work = None
        self.memory.note(count + timed / 2, self._series.values())

    def _wanted_of(self, decoded: list[Sample]) -> tuple[list[Sample], Collection[str]]:
        """The samples wanted, and which fields are states; a message without a sample is counted."""
        samples = [_in_utf8(sample) for sample in decoded]
        states: Collection[str] = ()
        if isinstance(decoded, Decoded):
            states = set(map(in_utf8, decoded.states))
            self._note(decoded)
        if not samples:
            self._count_nothing(decoded)
        elif self.fields is not None:
            samples = [sample for sample in samples if self.fields.match(sample.topic, sample.field)]
            if not samples:
                self.outcomes.count("skipped", "not among the fields asked for")
        return samples, states

    def _note(self, decoded: Decoded) -> None:
        """Break the lines that have no value at present, and count the remarks."""
        for topic, field in decoded.gaps:
            key = (in_utf8(topic), in_utf8(field))
            self._collect(key[0])
            if key in self._unstored:
                self.flush()
            if key in self._series:
                self._series[key].mark_gap()
        for remark in decoded.remarks:
            self.outcomes.count("noted", remark)

    def _is_known(self, message: Message) -> bool:
        """Whether a retained message repeats an earlier one, as it does after each new subscription."""
        topic, seen = hash(message.topic), hash(message.payload)
        repeats = seen in (self._last_retained.get(topic), self._last_stored.get(topic))
        _remember(self._last_retained, message)
        return repeats

    def _count_nothing(self, samples: list[Sample]) -> None:
        if isinstance(samples, Decoded) and samples.undecodable:
            self.outcomes.count("undecodable", samples.undecodable)
        elif isinstance(samples, Decoded) and samples.skipped:
            self.outcomes.count("skipped", samples.skipped)
        else:
            self.outcomes.count("skipped", "the decoder found no number")

    def _has_room_for(self, sample: Sample, message: Message, *, is_state: bool) -> bool:
        key = (sample.topic, sample.field)
        series = self._series.get(key)
        if series is None:
            series = self._new_series(sample, message.topic, is_state=is_state)
        else:
            if sample.unit and not series.unit:
                series.unit = sample.unit
                self._describer.describe(series)
            if key in self._fairness.still and not message.retain:
                self._fairness.moves(key)
        if series is None:
            return False
        if series.is_state and not is_state:
            series.is_state = False
            self._describer.describe(series)
        self._unstored.add(key)
        self._note_origin(key, message.topic)
        return True

    def _new_series(self, sample: Sample, origin: str, *, is_state: bool) -> Series | None:
        """A new series for `sample`; None if there is no room."""
        if len(self.topics_seen) < _NAMES_REMEMBERED and len(origin) <= _LONGEST_NAME:
            self.topics_seen[origin] = None
        key = (sample.topic, sample.field)
        if len(self._series) >= self._max_series and not self._forget_one() and not self._make_room_for(origin):
            self._leave_out(key)
            return None
        series = Series(sample.topic, sample.field, self._history, sample.unit, is_state=is_state, lock=self._lock)
        self._describer.describe(series)
        self._origins[key], self._series[key], self._shown = origin, series, None
        self._fairness.add(key, origin)
        self.on_new(origin)
        self.left_out.pop(key, None)
        return series

    def _leave_out(self, key: Key) -> None:
        self.left_out_count.add(key)
        if len(self.left_out) < _NAMES_REMEMBERED and sum(map(len, key)) <= _LONGEST_NAME:
            self.left_out[key] = None

    def _make_room_for(self, origin: str) -> bool:
        """Drop a series that gives way to one of a message's topic, if there is any."""
        old = self._fairness.gives_way(origin)
        if old is None:
            return False
        self.flush()
        self._forget(old)
        self._leave_out(old)
        self.outcomes.count("noted", f"left out again, as others have fewer of {self._max_series} series")
        return True

    def _forget_one(self) -> bool:
        """Drop the oldest series of an earlier topic, if there is any."""
        shown = self.shown()
        if len(shown) == len(self._series):  # as with each of a million topics
            return False
        for topic in self._known:
            self._collect(topic)
        old = next((key for key in self._series if key not in self._unstored and key not in shown), None)
        if old is None:
            return False
        self._forget(old)
        return True

    def _forget(self, old: Key) -> None:
        """Drop a series for which no sample is on its way."""
        self._known.clear()
        self._fairness.remove(old)
        del self._series[old]
        self._shown = None
        origin = self._origins.pop(old)
        for memory in (self._last_stored, self._last_retained):
            memory.pop(hash(origin), None)

    def _note_origin(self, key: Key, topic: str) -> None:
        if self._origins.get(key) != topic:
            self._origins[key] = topic
            self._shown = None

    def _is_shown(self, key: Key) -> bool:
        return any(wanted.matches(self._origins[key]) for wanted in self._filters)


def _no_reader(_topic: str) -> None:
    """In place of the `reader_of` of a decoder that reads no rows."""


def _nobody(_told: object) -> None:
    """In place of a listener."""


def _in_utf8(sample: Sample) -> Sample:
    """The sample, with names that files and browsers accept."""
    names = sample.topic + sample.field + sample.unit
    try:
        if names.isascii() or names.encode():
            return sample
    except UnicodeEncodeError:
        pass
    topic, field, unit = map(in_utf8, (sample.topic, sample.field, sample.unit))
    return Sample(topic, field, sample.time, sample.value, unit)


def _remember(memory: dict[int, int], message: Message) -> None:
    topic = hash(message.topic)
    memory.pop(topic, None)
    memory[topic] = hash(message.payload)
    if len(memory) > _PAYLOADS_REMEMBERED:
        del memory[next(iter(memory))]
