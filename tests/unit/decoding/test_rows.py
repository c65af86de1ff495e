"""Messages that go into their series as rows must leave what they leave as samples."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mqttwidgets import AutoDecoder, Message, Sample, SensorStream, TopicFilter
from mqttwidgets.base.locks import ForkLock
from mqttwidgets.base.patterns import FieldPatterns
from mqttwidgets.decoding.decoder import Decoder
from mqttwidgets.live.store import SeriesStore

from ...support.feeding import feed, message

NOW = 1.795e9
USUAL = {
    "a": b'{"temperature":21.5,"humidity":48.2,"unit":"C"}',
    "b": b"Temperature: 21.5",
    "c": b"21.5",
    "d": b'{"time":1794999000,"power":5,"contact":true}',
}
UNUSUAL = [
    b'{"temperature":null,"humidity":48.2,"unit":"C"}',
    b'{"temperature":21.5,"humidity":48.2,"unit":"F"}',
    b'{"temperature":-127,"humidity":48.2,"unit":"C"}',
    b'{"temperature":21.5}',
    b'{"time":12,"power":5,"contact":true}',
    b"3 kW",
    b"ON",
    b"-127",
    b"nan",
    b"{",
    b"",
]
TOPICS = st.sampled_from(sorted(USUAL))
STEPS = st.one_of(
    st.tuples(TOPICS, st.integers(1, 6)),  # so many usual messages
    st.tuples(TOPICS, st.sampled_from(UNUSUAL)),
    st.sampled_from(["flush", "gap", "turn", "retained"]),
)


class Undercover:
    """An AutoDecoder that nobody knows for one, so that nothing but samples is asked of it."""

    def __init__(self) -> None:
        self._auto = AutoDecoder()

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
        return self._auto.decode(topic, payload, received_at=received_at)


def store_with(decoder: Decoder, fields: list[str] | None, max_series: int) -> SeriesStore:
    patterns = None if fields is None else FieldPatterns(fields)
    return SeriesStore(decoder, [TopicFilter("+")], 1000, patterns, max_series, ForkLock(rank=0))


def look(store: SeriesStore) -> object:
    """All that can be seen of a store."""
    series = {
        key: (each.time.tolist(), each.value.tolist(), each.cut().gaps.tolist(), each.unit, each.is_state)
        for key, each in store.shown().items()
    }
    return series, store.outcomes.page(0, 0, {}), list(store.left_out), list(store.topics_seen)


def run(store: SeriesStore, steps: list[object]) -> object:
    seen: list[object] = []
    when = NOW
    for topic, payload in [*USUAL.items()] * 8:
        store.take(Message(topic, payload, 0, False, when))
    for step in steps:
        if isinstance(step, tuple):
            topic, what = step
            for number in range(what if isinstance(what, int) else 1):
                when += 0.5
                varied = USUAL[topic].replace(b"21.5", b"2%d.5" % number).replace(b":5,", b":%d," % number)
                store.take(Message(topic, varied if isinstance(what, int) else what, 0, False, when))
            continue
        if step == "retained":
            for topic, payload in USUAL.items():
                store.take(Message(topic, payload, 0, True, when))
        store.flush()
        if step == "gap":
            store.mark_gap()
        elif step == "turn":
            store.turn_to([TopicFilter("a"), TopicFilter("c")] if len(seen) % 2 else [TopicFilter("+")])
        seen.append(look(store))
    store.flush()
    return [*seen, look(store)]


@example(
    ["flush", "turn", ("a", 1), ("a", 1), ("a", b'{"time":12,"power":5,"contact":true}'), "retained"], None, 4
)
@given(
    st.lists(STEPS, max_size=25),
    st.sampled_from([None, ["*temperature*", "d/*"], ["nothing"]]),
    st.sampled_from([50, 4, 2]),
)
def test_rows_leave_what_samples_leave(steps: list[object], fields: list[str] | None, max_series: int) -> None:
    as_rows, as_samples = AutoDecoder(), Undercover()
    expected = run(store_with(as_samples, fields, max_series), steps)
    assert run(store_with(as_rows, fields, max_series), steps) == expected


def test_messages_of_a_known_shape_are_read_as_rows() -> None:
    decoder = AutoDecoder()
    for payload in (USUAL["a"], USUAL["a"]) * 4:
        decoder.decode("a", payload, received_at=NOW)
    reader = decoder.reader_of("a")
    assert reader is not None
    assert reader.row is not None
    assert reader.row(b'{"temperature":22.5,"humidity":40,"unit":"C"}', 5.0) == (5.0, (22.5, 40.0))
    assert reader.row(b'{"temperature":22.5}', 5.0) is None
    assert [name[:2] for name in reader.names] == [("a", "/temperature"), ("a", "/humidity")]
    assert decoder.reader_of("b") is None


def test_a_topic_with_states_is_not_read_as_rows() -> None:
    decoder = AutoDecoder()
    for _ in range(8):
        decoder.decode("d", USUAL["d"], received_at=NOW)
    reader = decoder.reader_of("d")
    assert reader is not None
    assert reader.row is None


def test_what_is_read_as_rows_is_there_for_who_looks() -> None:
    stream = SensorStream("#")
    feed(stream, "t", *range(20))
    assert stream.ledger.stored == 20
    feed(stream, "t", 20.0, start=20.0)
    assert stream.series["t", ""].last == (20.0, 20.0)
    stream.deliver(message("t", b"20.0", at=21.0, retain=True))
    assert dict(stream.ledger.skipped) == {"retained copies of what is here already": 1}


@pytest.mark.parametrize("line", range(2, 9))
def test_an_interrupt_while_a_row_is_taken_doubles_nothing(line: int) -> None:
    stream = SensorStream("#")
    feed(stream, "t", *range(20))
    stream.drain()
    feed(stream, "t", *range(20, 30), start=20.0)
    lines_run = 0

    def interrupt(frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal lines_run
        if frame.f_code is SeriesStore.take.__code__ and event == "line":
            lines_run += 1
            if lines_run == 2 * 6 + line:
                raise KeyboardInterrupt
        return interrupt

    former = sys.gettrace()
    sys.settrace(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            stream.drain()
    finally:
        sys.settrace(former)
    stream.drain()
    series, set_aside = stream.series["t", ""], sum(stream.ledger.undecodable.values())
    assert set_aside <= 1
    assert stream.ledger.stored == len(series) == 30 - set_aside
    assert len(set(series.value.tolist())) == len(series)
    assert series.value.tolist() == series.time.tolist()


def test_a_series_that_made_room_begins_anew() -> None:
    stream = SensorStream(["old", "kept"], max_series=2)
    for topic in ("old", "kept"):
        feed(stream, topic, *range(20))
    stream.topic = ["kept", "new"]
    stream.drain()
    feed(stream, "new", 1.0, start=20.0)
    assert list(stream.series) == [("kept", ""), ("new", "")]
    feed(stream, "kept", 20.0, start=20.0)
    feed(stream, "old", 20.0, start=20.0)
    assert stream.ledger.dropped == {"beyond 2 series (max_series= allows more)": 1}
    assert stream.series["kept", ""].total == 21
