"""Blocks of evenly spaced samples in one document: what is one, what is none, and how it is told."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import numpy as np
import pytest

from mqttwidgets import AutoDecoder, Sample, SensorStream, explain
from mqttwidgets.decoding.decoder import Decoded
from mqttwidgets.decoding.rules.sample_blocks import ENDS_AHEAD
from mqttwidgets.decoding.rules.timestamps import CLOCK_AHEAD

from ...support.feeding import message

NOW = 1_795_000_000.0
START = NOW - 2


def found(document: Any, decoder: AutoDecoder | None = None) -> Decoded:
    """What comes of a document."""
    result = (decoder or AutoDecoder()).decode("ecg", json.dumps(document).encode(), received_at=NOW)
    assert isinstance(result, Decoded)
    return result


def block(**parts: Any) -> dict[str, Any]:
    """A block, or what is one but for some of its parts; those that are None are left out."""
    parts = {"t0": START, "dt": 0.25, "values": [1.5, 2, 3.5], **parts}
    return {key: part for key, part in parts.items() if part is not None}


@pytest.mark.parametrize("start", ["t0", "start", "start_time", "startTime"])
@pytest.mark.parametrize(
    ("spacing", "value"),
    [
        *(("dt", 0.25), ("interval", 0.25), ("dt_ms", 250), ("interval_s", 0.25)),
        *(("rate_hz", 4), ("fs", 4.0), ("sample_rate", 4), ("samplingRate", 4), ("fs_hz", 4)),
    ],
)
@pytest.mark.parametrize("name", ["values", "samples", "data"])
def test_common_spellings_are_understood(start: str, spacing: str, value: float, name: str) -> None:
    samples = found({start: START, spacing: value, name: [1.5, 2, 3.5]})
    field = f"/{name}"
    assert samples == [
        Sample("ecg", field, START + place / 4, number) for place, number in enumerate([1.5, 2.0, 3.5])
    ]
    assert not samples.remarks


@pytest.mark.parametrize("start", ["timestamp", "time", "ts", "t"])
@pytest.mark.parametrize(("spacing", "value"), [("dt", 0.02), ("interval_ms", 20), ("sampling_rate", 50)])
def test_the_time_of_a_block_too_short_for_its_end_to_matter_may_have_any_name(
    start: str, spacing: str, value: float
) -> None:
    samples = found({start: START, spacing: value, "data": [*range(100)]})
    assert [sample.time - START for sample in samples] == pytest.approx([place / 50 for place in range(100)])
    assert {sample.field for sample in samples} == {"/data"}


@pytest.mark.parametrize("start", [START * 1e3, "2026-11-18T11:06:38Z"])
def test_the_start_is_any_time_that_is_one(start: float | str) -> None:
    samples = found(block(t0=start, dt=None, rate=4))
    assert np.diff([sample.time for sample in samples]).tolist() == [0.25, 0.25]
    assert samples[0].time == START


@pytest.mark.parametrize("kind", [msgspec.msgpack.encode, msgspec.json.encode])
def test_binary_documents_are_read_alike(kind: Any) -> None:
    samples = AutoDecoder().decode("ecg", kind(block()), received_at=NOW)
    assert [(sample.field, sample.time - START) for sample in samples] == [
        ("/values", 0.0),
        ("/values", 0.25),
        ("/values", 0.5),
    ]


@pytest.mark.parametrize(
    "document",
    [
        block(t0=None),  # no start
        block(dt=None),  # no spacing
        block(timestamp=NOW),  # two starts
        block(fs=4),  # two spacings
        block(samples=[1, 2]),  # two arrays
        block(other=[1, 2]),
        block(other={"deep": [{"er": 1}]}),
        block(values=[[1, 2], [3, 4]]),
        block(values=[1, "2", 3]),
        block(values=[1, True]),
        block(values=[1]),  # no spacing is needed
        block(values=[1, 2]),
        block(t0=12.5),  # no time
        block(dt=0),
        block(dt=-0.25),
        block(dt="0.25"),
        block(dt=True),
        block(dt=1e-320),
        block(t0=START * 1e3),  # are these milliseconds, too?
        block(t0=str(int(START * 1e3))),
        {"ts": NOW, "interval": 60, "values": [21.5, 48.2]},  # two sensors, reported each minute
        {"ts": NOW, "interval": 10, "values": [21.5, 48.2]},
        {"ts": NOW, "interval": 300, "values": [21.5, 48.2]},
        {"ts": NOW, "dt": 0.5, "values": [1, 2, 3]},
        {"ts": START, "fs": 100, "samples": [0.1, 0.2, 9.8]},  # the axes of one acceleration
        {"ts": NOW - 700, "interval": 60, "values": [*range(10)]},  # channels that come late
        {"start": NOW - 60, "interval": 60, "values": [21.5, 48.2, 1013]},  # the means of a minute
        {"start": NOW, "interval": 3600, "values": [*range(24)]},  # a forecast
        {"timestamp": NOW, "rate": 10, "data": [*range(900)]},  # of the first sample, or of the last?
        {"timestamp": NOW - 90, "fs": 10, "data": [*range(900)]},
        {"time": NOW - 2, "rate": 72, "data": [*range(100)]},  # a pulse, and other numbers
        {"start": NOW - 2, "rate": 72, "data": [*range(100)]},
        block(value=5),
        [block()],
    ],
)
def test_what_may_be_something_else_stays_what_it_was(document: Any) -> None:
    samples = found(document)
    assert {sample.field for sample in samples}.isdisjoint({"/values", "/samples", "/data"})
    assert max((sample.time for sample in samples), default=NOW) <= NOW


def test_slow_samples_that_are_all_past_are_a_block() -> None:
    samples = found(block(t0=NOW - 541, dt=60, values=[*range(10)]))
    assert [sample.time for sample in samples] == [NOW - 541 + 60 * place for place in range(10)]


def test_what_else_it_says_is_judged_as_always() -> None:
    decoder = AutoDecoder()
    document = block(unit="mV", device="a", seq=4711, battery=3.7, meta={"fw": "1.2", "temperature": 21.5})
    samples = found(document, decoder)
    assert [(sample.field, sample.unit, sample.time) for sample in samples[:-2]] == [
        ("/battery", "", START),
        ("/meta/temperature", "", START),
        ("/values", "mV", START),
    ]
    other = found({**document, "device": "b"}, decoder)
    assert {sample.field for sample in other if "values" in sample.field} == {"/values,device=b"}


def test_what_is_missing_is_a_gap_and_low_values_are_values() -> None:
    samples = found(block(values=[1, None, -9999, 4]))
    assert [(sample.time - START, sample.value) for sample in samples] == [(0.0, 1.0), (0.75, 4.0)]
    assert samples.gaps == [("ecg", "/values")]
    raw = found(block(values=[-1003, -999, -996]))
    assert ([sample.value for sample in raw], raw.gaps) == ([-1003.0, -999.0, -996.0], [])
    nothing = found(block(values=[None, None, None]))
    assert (nothing, nothing.skipped, nothing.gaps) == ([], "no value (nan, null)", [("ecg", "/values")])


@pytest.mark.parametrize(("ahead_s", "remark"), [(3600, CLOCK_AHEAD), (599.75, ENDS_AHEAD), (1.75, ENDS_AHEAD)])
def test_with_a_clock_that_is_ahead_the_last_sample_is_of_arrival(ahead_s: float, remark: str) -> None:
    samples = found(block(t0=NOW + ahead_s))
    assert [sample.time for sample in samples] == [NOW - 0.5, NOW - 0.25, NOW]
    assert samples.remarks == [remark]


def test_clocks_differ_a_little() -> None:
    samples = found(block(t0=NOW + 1))
    assert ([sample.time - NOW for sample in samples], samples.remarks) == ([1.0, 1.25, 1.5], [])


def test_a_block_stamped_when_it_was_published_ends_then_and_says_so() -> None:
    samples = found(block(t0=NOW - 0.02, dt=None, rate=10, values=[*range(900)]))
    assert [samples[0].time, samples[-1].time] == [NOW - 89.9, NOW]
    assert samples.remarks == [ENDS_AHEAD]


def test_a_time_that_is_fixed_is_the_blocks_or_it_is_none() -> None:
    assert found(block(), AutoDecoder(time="/t0")) == found(block())
    by_arrival = found(block(), AutoDecoder(time=""))
    assert ("/values/0", NOW) in [(sample.field, sample.time) for sample in by_arrival]


def test_more_numbers_than_a_message_may_have_are_refused() -> None:
    assert len(found(block(values=[1] * 2000, dt=1e-4))) == 2000
    assert found(block(values=[1] * 2001, dt=1e-4)).undecodable == "more than 2,000 numbers"


def test_it_is_explained() -> None:
    explained = explain("ecg", json.dumps(block(unit="mV")))
    assert explained.time_text == "2026-11-18 11:06:38.500000 UTC, the first from /t0, 0.25 s apart by /dt"
    assert explained.left_out[1:] == (
        ("/t0", str(START), "the time of the first sample"),
        ("/dt", "0.25", "how far apart the samples are"),
    )
    assert "fields=['/values'], decoder=AutoDecoder(format='JSON', time='/t0')" in explained.code
    ahead = explain("ecg", json.dumps(block(t0=4e9)))
    assert ahead.time_text.endswith("UTC, the last of arrival, 0.25 s apart by /dt")
    assert ahead.remarks == (CLOCK_AHEAD,)


def test_blocks_of_a_stream_are_one_line_without_gaps() -> None:
    stream = SensorStream("#")
    for number in range(40):
        values = [float(place) for place in range(50 * number, 50 * number + 50)]
        payload = json.dumps({"t0": START + number / 5, "rate": 250, "values": values}).encode()
        stream.deliver(message("ecg", payload, at=START + number / 5 + 0.2))
    ((key, series),) = stream.series.items()
    assert key == ("ecg", "/values")
    assert series.value.tolist() == list(range(2000))
    np.testing.assert_allclose(np.diff(series.time), 0.004, atol=1e-6)
    assert not len(series.cut().gaps)
