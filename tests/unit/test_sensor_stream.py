"""SensorStream without a broker: its options, its series, its tables."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mqttwidgets import AutoDecoder, InvalidValueError, Sample, SensorStream, Series, UnknownKeywordError
from mqttwidgets.plot import texts
from mqttwidgets.series.table import long_table

from ..support.feeding import feed, message


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"topic": "a/#/b"}, "'#' stands alone"),
        ({"broker": "nonsense"}, "Did you mean 'mqtt://nonsense'"),
        ({"broker": 7}, "a URL, a Broker or None"),
        ({"decoder": "csv"}, "'auto', a Decoder or a function"),
        ({"decoder": 5}, "'auto', a Decoder or a function"),
        ({"history": 1}, "at least 2"),
        ({"history": 10.0}, "whole number"),
        ({"max_series": 0}, "at least 1"),
        ({"fields": "temperature"}, r"write \['temperature'\]"),
        ({"fields": []}, "list of patterns"),
        ({"qos": 3}, "0, 1 or 2"),
        ({"qos": True}, "0, 1 or 2"),
    ],
)
def test_a_wrong_option_is_refused_in_words(options: dict[str, Any], hint: str) -> None:
    with pytest.raises(InvalidValueError, match=hint):
        SensorStream(**{"topic": "a", **options})


def test_an_unknown_keyword_is_refused_with_its_neighbour() -> None:
    with pytest.raises(UnknownKeywordError, match="no keyword 'histroy': did you mean 'history'"):
        SensorStream("a", histroy=5)


def test_series_by_topic_and_field() -> None:
    stream = SensorStream("lab/#")
    stream.deliver(message("lab/bme", b'{"t": 1, "h": 2}', at=10.0))
    stream.deliver(message("lab/oven", "Temperature: 3 °C".encode(), at=11.0))
    assert list(stream.series) == [("lab/bme", "/t"), ("lab/bme", "/h"), ("lab/oven", "Temperature")]
    oven = stream.series["lab/oven", "Temperature"]
    assert (oven.unit, oven.time.tolist(), oven.value.tolist(), len(oven)) == ("°C", [11.0], [3.0], 1)


def test_samples_let_go_for_the_history_are_told_wherever_one_looks() -> None:
    stream = SensorStream("lab/#", history=100)
    feed(stream, "lab/slow", *range(100), start=1.75e9, step_s=10.0)
    assert (stream.ledger.let_go, stream.ledger.page().let_go) == (0, None)
    feed(stream, "lab/fast", *range(350), start=1.75e9)
    assert stream.ledger.let_go == 250
    told = "oldest kept of lab/fast: 2025-06-15T15:10:50+00:00, history= keeps more (250 samples let go)"
    assert told in str(stream.ledger)
    assert told in json.loads(stream.to_pandas().attrs["mqttwidgets"])["notes"]
    page = stream.ledger.page()
    assert "<td>250</td><td>samples let go</td>" in texts.details(page)
    assert page.received == page.stored  # as messages they are all there
    stream.topic = "lab/slow"
    assert stream.ledger.let_go == 0


def test_history_is_no_remedy_where_the_memory_of_all_is_full() -> None:
    stream = SensorStream("lab/#", history=10_000)
    feed(stream, "lab/fast", *range(3_000))
    stream.drain()
    next(iter(stream.series.values())).shorten(1_000)  # as SharedMemory does
    assert "oldest kept: 1970-01-01T00:33:20+00:00 (2,000 samples let go)" in str(stream.ledger)


def test_only_the_fields_asked_for() -> None:
    stream = SensorStream("#", fields=["*temperature", "lab/bme/h*"])
    stream.deliver(message("lab/bme", b'{"in": {"temperature": 1}, "humidity": 2, "p": 3}'))
    stream.deliver(message("lab/x", b'{"p": 3}'))
    stream.deliver(message("home/temperature", b"5"))
    assert list(stream.series) == [
        ("lab/bme", "/in/temperature"),
        ("lab/bme", "/humidity"),
        ("home/temperature", ""),
    ]
    assert stream.ledger.skipped == {"not among the fields asked for": 1}


def test_long_table() -> None:
    stream = SensorStream("#")
    feed(stream, "b", 1.0, 2.0, start=1.5)
    feed(stream, "a", 3.0, start=2.0)
    table = stream.to_pandas()
    assert list(table.columns) == ["time", "topic", "field", "value", "unit"]
    assert str(table.time.dtype) == "datetime64[ns, UTC]"
    assert table.time.tolist() == [pd.Timestamp(second, unit="s", tz="UTC") for second in (1.5, 2.0, 2.5)]
    assert table.topic.tolist() == ["b", "a", "b"]
    assert table.value.tolist() == [1.0, 3.0, 2.0]


def test_a_long_table_is_made_without_a_copy_of_each_name_for_each_row() -> None:
    series = Series("plant/hall-7/line-3/machine-12/spindle/bearing-front/axis", "temperature", 100_000, unit="°C")
    series.extend(np.arange(100_000.0), np.zeros(100_000))
    long_table([Series("", "", 1)])  # what pandas imports late is there
    tracemalloc.start()
    try:
        long_table([series])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 100_000 * 100


def test_wide_table() -> None:
    stream = SensorStream("#")
    feed(stream, "b", 1.0, 2.0, start=1.0)
    stream.deliver(message("a", b'{"x": 3}', at=2.0))
    stream.deliver(message("a", b'{"x": 4}', at=2.0))
    table = stream.to_pandas(wide=True)
    assert list(table.columns) == ["b", "a /x"]
    assert str(table.index.dtype) == "datetime64[ns, UTC]"
    assert table.index.equals(pd.to_datetime([1, 2, 2], unit="s", utc=True).as_unit("ns"))
    np.testing.assert_array_equal(table["b"], [1.0, 2.0, np.nan])
    np.testing.assert_array_equal(table["a /x"], [np.nan, 3.0, 4.0])


def test_series_of_one_label_each_have_their_column() -> None:
    stream = SensorStream("#", decoder=lambda topic, payload: {"x": 1.0} if topic == "a" else 2.0)
    for topic in ("a", "a x"):
        stream.deliver(message(topic, b"", at=1.0))
    table = stream.to_pandas(wide=True)
    assert (list(table.columns), table.to_numpy().tolist()) == (["a x", "a x (2)"], [[1.0, 2.0]])


def test_empty_tables_have_their_shape() -> None:
    stream = SensorStream("#")
    assert list(stream.to_pandas().columns) == ["time", "topic", "field", "value", "unit"]
    assert str(stream.to_pandas().time.dtype) == "datetime64[ns, UTC]"
    assert len(stream.to_pandas(wide=True)) == 0


def test_retained_copies_after_a_reconnect_are_no_new_samples() -> None:
    stream = SensorStream("#")
    stream.deliver(message("t", b"20", retain=True))
    stream.deliver(message("t", b"20", retain=True))
    stream.deliver(message("t", b"20"))
    stream.deliver(message("t", b"21", retain=True))
    assert stream.series["t", ""].value.tolist() == [20.0, 20.0, 21.0]
    assert stream.ledger.skipped == {"retained copies of what is here already": 1}


def test_a_retained_message_that_comes_again_and_again_is_one_sample() -> None:
    stream = SensorStream("#")
    for payload, retain in ((b"20", True), (b"25", False), (b"20", True), (b"20", True)):
        stream.deliver(message("t", payload, retain=retain))
    assert stream.series["t", ""].value.tolist() == [20.0, 25.0]


def test_the_time_of_what_a_broker_kept_is_not_known_unless_the_device_says_it() -> None:
    stream = SensorStream("#")
    stream.deliver(message("plain", b"20", at=1.7e9, retain=True), message("plain", b"21", at=1.7e9 + 1))
    stream.deliver(message("timed", b'{"time": 1699999000, "t": 20}', at=1.7e9, retain=True))
    assert stream.ledger.noted == {"kept by the broker, age unknown: time of arrival taken": 1}
    assert stream.series["timed", "/t"].time.tolist() == [1699999000.0]


def test_an_interrupt_loses_no_other_message() -> None:
    """Ctrl-C while a cell reads: what was not decoded yet still waits, what was decoded is there."""
    interrupts = iter([False] * 50 + [True])

    def decode(_topic: str, payload: bytes) -> float:
        if next(interrupts, False):
            raise KeyboardInterrupt
        return float(payload)

    stream = SensorStream("#", decoder=decode)
    feed(stream, "t", *range(100))
    with pytest.raises(KeyboardInterrupt):
        stream.to_pandas()
    assert stream.to_pandas().value.tolist() == [*range(50), *range(51, 100)]
    page = stream.ledger.page()
    assert (page.received, page.stored, page.waiting) == (100, 99, 0)
    assert page.undecodable == {"interrupted while it was read: t": 1}


def test_a_decoder_may_look_at_its_own_stream() -> None:
    stream = SensorStream("#", decoder=lambda topic, payload: len(stream.to_pandas()) + len(stream.status))
    feed(stream, "t", *range(5))
    assert stream.series["t", ""].value.tolist() == [7.0] * 5
    assert stream.ledger.stored == 5


def test_nothing_that_a_decoder_raises_stops_a_stream() -> None:
    class UnspeakableError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    class Broken(AutoDecoder):
        def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> Any:
            raise UnspeakableError

    def fail(_topic: str, _payload: bytes) -> float:
        raise UnspeakableError

    for decoder in (Broken(), fail):
        stream = SensorStream("#", decoder=decoder)
        feed(stream, "t", 1.0, 2.0)
        assert stream.ledger.undecodable == {"the decoder raised UnspeakableError": 2}


def test_reading_for_a_frame_has_an_end_with_the_slowest_decoder() -> None:
    def slow(_topic: str, payload: bytes) -> float:
        time.sleep(0.005)
        return float(payload)

    stream = SensorStream("#", decoder=slow)
    feed(stream, "t", *range(100))
    with stream.reading(limit_s=0.02) as series:
        seen = len(series["t", ""])
        page = stream.ledger.page()
        assert 0 < seen < 100
        assert (page.stored, page.waiting) == (seen, 100 - seen)
    assert len(stream.series["t", ""]) == 100


def test_another_topic_shows_its_series_and_the_former_come_back() -> None:
    stream = SensorStream("a/#")
    feed(stream, "a/x", 1.0)
    stream.topic = ["b/#", "c"]
    feed(stream, "b/y", 2.0)
    assert stream.topic == ["b/#", "c"]
    assert list(stream.series) == [("b/y", "")]
    stream.topic = "a/#"
    assert stream.series["a/x", ""].value.tolist() == [1.0]
    with pytest.raises(InvalidValueError):
        stream.topic = "a/#/b"
    assert stream.topic == "a/#"


def test_series_of_an_earlier_topic_make_room() -> None:
    stream = SensorStream("a/#", max_series=2)
    feed(stream, "a/1", 1.0)
    feed(stream, "a/2", 1.0)
    feed(stream, "a/3", 1.0)
    assert stream.left_out == (("a/3", ""),)
    stream.topic = "b/#"
    feed(stream, "b/1", 1.0)
    feed(stream, "b/2", 1.0)
    assert list(stream.series) == [("b/1", ""), ("b/2", "")]
    assert stream.topics_seen == ("a/1", "a/2", "a/3", "b/1", "b/2")


def test_a_lost_link_leaves_a_gap_in_every_series() -> None:
    stream = SensorStream("#")
    feed(stream, "a", 1.0, 2.0)
    stream.link_lost()
    feed(stream, "a", 3.0, start=9.0)
    feed(stream, "b", 1.0, start=9.0)
    assert stream.series["a", ""].cut().gaps.tolist() == [2]
    assert stream.series["b", ""].cut().gaps.tolist() == []


def test_a_users_function_decodes() -> None:
    stream = SensorStream("#", decoder=lambda topic, payload: {"a": payload[0], "b": payload[1]})
    stream.deliver(message("t", b"\x01\x02", at=1.0))
    stream.deliver(message("t", b"", at=1.0))
    assert [(series.label, series.value.tolist()) for series in stream.series.values()] == [
        ("t a", [1.0]),
        ("t b", [2.0]),
    ]
    assert stream.ledger.undecodable == {"the decoder raised IndexError: index out of range": 1}


def test_a_users_decoder_that_only_returns_a_list() -> None:
    class Halves:
        def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
            return [Sample(topic, "half", received_at or 0.0, float(payload) / 2)] if payload else []

    stream = SensorStream("#", decoder=Halves())
    stream.deliver(message("t", b"5", at=1.0))
    stream.deliver(message("t", b"", at=1.0))
    assert stream.series["t", "half"].value.tolist() == [2.5]
    assert stream.ledger.skipped == {"the decoder found no number": 1}


def test_a_users_decoder_that_raises_or_returns_nonsense_stops_nothing() -> None:
    class Broken:
        def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
            if payload == b"raise":
                raise RuntimeError("no")
            return [Sample(topic, "", 1.0, float("nan"))] if payload == b"nan" else ["nonsense"]  # type: ignore[list-item]

    stream = SensorStream("#", decoder=Broken())
    for payload in (b"raise", b"nan", b"x"):
        stream.deliver(message("t", payload))
    page = stream.ledger.page()
    assert (page.received, page.stored, sum(page.not_plotted.values())) == (3, 0, 3)


def test_a_decoder_may_rename_topics() -> None:
    stream = SensorStream("raw/#", decoder=lambda topic, payload: [Sample("Kitchen", "", 1.0, float(payload))])
    feed(stream, "raw/17", 5.0)
    assert list(stream.series) == [("Kitchen", "")]
    assert stream.topics_seen == ("raw/17",)
    stream.topic = "raw/18"
    assert list(stream.series) == []
    feed(stream, "raw/18", 6.0)
    assert stream.series["Kitchen", ""].value.tolist() == [5.0, 6.0]


def test_a_dense_flood_of_topics_keeps_memory_bounded() -> None:
    stream = SensorStream("#", max_series=5)
    for number in range(3000):
        feed(stream, f"t/{number}", 1.0)
    assert (len(stream.series), len(stream.left_out), len(stream.topics_seen)) == (5, 1000, 1000)


def test_before_it_starts_it_is_stopped() -> None:
    stream = SensorStream("#")
    stream.stop()
    assert (stream.status, stream.status_text) == ("stopped", "Stopped. Start subscribes again.")
    assert (stream.rate_hz, stream.last_message_at) == (0.0, None)


def test_it_needs_no_jupyter() -> None:
    """In a process of its own, as this one has imported it already."""
    code = (
        "import sys, mqttwidgets; stream = mqttwidgets.SensorStream('#'); stream.to_pandas();"
        "found = {'IPython', 'ipywidgets', 'bqplot', 'anywidget', 'ipykernel', 'traitlets'} & set(sys.modules);"
        "sys.exit(str(found) if found else 0)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_what_comes_while_others_are_read_is_news_too() -> None:
    woken: list[bytes] = []

    def read(_topic: str, payload: bytes) -> float:
        if payload == b"1":
            stream.deliver(message("t", b"3"))
        return float(payload)

    stream = SensorStream("#", decoder=read)
    stream.on_news = lambda: woken.append(b"")
    stream.deliver(message("t", b"1"), message("t", b"2"))
    stream.drain(0.05)
    assert (len(woken), stream.is_behind) == (2, True), "nobody would look for the third one"
    stream.drain(0.05)
    assert (len(woken), stream.is_behind) == (2, False)
