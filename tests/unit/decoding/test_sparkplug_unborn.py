"""Sparkplug data that comes before its birth certificate is kept, and read when that comes."""

from __future__ import annotations

import time

from mqttwidgets import AutoDecoder, SensorStream
from mqttwidgets.decoding.decoder import Decoded
from mqttwidgets.decoding.formats.sparkplug_unborn import GAVE_WAY, MOST_BYTES, NEVER_BORN, WAITS

from ...integration import assert_adds_up
from ...support.feeding import message
from ...support.sparkplug import ALIAS, BOOLEAN, DOUBLE, INT, METRIC_TIME, NAME, NULL, TYPE, metric, payload

NODE, DEVICE = "spBv1.0/plant/{}/press", "spBv1.0/plant/{}/press/oven"
BEGAN = 1_750_000_000.0


def data(value: float, second: float, alias: int = 7) -> bytes:
    """A number that only its alias names, measured at a second."""
    return payload(
        metric((ALIAS, alias), (METRIC_TIME, round((BEGAN + second) * 1000)), (DOUBLE, value)), sent_ms=None
    )


def birth(value: float, second: float, name: str = "T", alias: int = 7) -> bytes:
    """A certificate for that number, with its value."""
    at = round((BEGAN + second) * 1000)
    return payload(
        metric((NAME, name), (ALIAS, alias), (METRIC_TIME, at), (TYPE, 10), (DOUBLE, value)), sent_ms=at
    )


def deliver(stream: SensorStream, topic: str, data: bytes, second: float) -> None:
    stream.deliver(message(topic, data, at=BEGAN + second + 0.25))


def test_what_waited_is_stored_with_its_own_times_when_the_birth_comes() -> None:
    stream = SensorStream("spBv1.0/#")
    for second in range(3):
        deliver(stream, NODE.format("NDATA"), data(20.0 + second, second), second)
    assert not stream.series
    assert stream.ledger.skipped == {WAITS: 3}
    assert stream.waiting_for_names == {"plant/press": 3}
    assert "3 messages wait for the names of 1 edge node: request_births() asks for them" in stream.remarks
    deliver(stream, NODE.format("NBIRTH"), birth(25.0, 5.0), 5.0)
    series = stream.series[NODE.format("NDATA"), "T"]
    assert series.value.tolist() == [20.0, 21.0, 22.0, 25.0]
    assert series.time.tolist() == [BEGAN, BEGAN + 1, BEGAN + 2, BEGAN + 5]
    assert series.arrivals().tolist() == [BEGAN + 0.25, BEGAN + 1.25, BEGAN + 2.25, BEGAN + 5.25]
    assert (stream.ledger.stored, stream.ledger.skipped, stream.waiting_for_names) == (4, {}, {})
    assert not stream.remarks
    deliver(stream, NODE.format("NDATA"), data(26.0, 6.0), 6.0)
    assert stream.ledger.stored == 5
    assert series.value.tolist()[-1] == 26.0
    assert_adds_up(stream)


def test_a_late_sample_without_a_time_has_that_of_its_arrival_and_gaps_stay() -> None:
    stream = SensorStream("spBv1.0/#")
    timeless = [(DOUBLE, 1.0), (NULL, 1), (DOUBLE, 3.0)]
    for second, value in enumerate(timeless):
        data_of = payload(metric((ALIAS, 7), value), sent_ms=None)
        deliver(stream, NODE.format("NDATA"), data_of, second)
    deliver(stream, NODE.format("NBIRTH"), birth(9.0, 5.0), 5.0)
    cut = stream.series[NODE.format("NDATA"), "T"].cut()
    assert cut.value.tolist() == [1.0, 3.0, 9.0]
    assert cut.time.tolist() == [BEGAN + 0.25, BEGAN + 2.25, BEGAN + 5.0]
    assert 1 in cut.gaps
    assert (stream.ledger.stored, stream.ledger.skipped) == (3, {"no value (nan, null)": 1})
    assert_adds_up(stream)


def test_each_device_waits_for_a_birth_of_its_own() -> None:
    stream = SensorStream("spBv1.0/#")
    deliver(stream, NODE.format("NDATA"), data(1.0, 0.0), 0.0)
    deliver(stream, DEVICE.format("DDATA"), data(2.0, 0.0), 0.0)
    assert stream.waiting_for_names == {"plant/press": 2}
    deliver(stream, NODE.format("NBIRTH"), birth(3.0, 1.0), 1.0)
    assert stream.waiting_for_names == {"plant/press": 1}
    deliver(stream, DEVICE.format("DBIRTH"), birth(4.0, 2.0, "rpm"), 2.0)
    found = {key: series.value.tolist() for key, series in stream.series.items()}
    assert found == {(NODE.format("NDATA"), "T"): [1.0, 3.0], (DEVICE.format("DDATA"), "rpm"): [2.0, 4.0]}
    assert_adds_up(stream)


def test_what_waits_on_another_topic_than_the_present_one_is_not_told() -> None:
    stream = SensorStream(["spBv1.0/#", "home/#"])
    deliver(stream, DEVICE.format("DDATA"), data(1.0, 0.0), 0.0)
    assert stream.waiting_for_names == {"plant/press": 1}
    stream.topic = "home/#"
    assert (stream.waiting_for_names, stream.remarks) == ({}, ())
    stream.topic = "spBv1.0/plant/+/press/oven"
    assert stream.waiting_for_names == {"plant/press": 1}


def test_an_alias_that_the_birth_does_not_have_waits_on() -> None:
    stream = SensorStream("spBv1.0/#")
    deliver(stream, NODE.format("NDATA"), data(1.0, 0.0, alias=7), 0.0)
    deliver(stream, NODE.format("NDATA"), data(2.0, 0.0, alias=8), 0.0)
    deliver(stream, NODE.format("NBIRTH"), birth(3.0, 1.0), 1.0)
    assert (stream.ledger.stored, stream.ledger.skipped) == (2, {WAITS: 1})
    both = payload(
        *(metric((NAME, name), (ALIAS, alias), (TYPE, 10), (DOUBLE, 5.0)) for name, alias in (("T", 7), ("p", 8))),
        sent_ms=round((BEGAN + 2) * 1000),
    )
    deliver(stream, NODE.format("NBIRTH"), both, 2.0)
    assert stream.series[NODE.format("NDATA"), "p"].value.tolist() == [2.0, 5.0]
    assert (stream.ledger.stored, stream.ledger.skipped) == (4, {})
    assert_adds_up(stream)


def test_a_death_ends_the_wait_as_the_next_birth_has_other_aliases() -> None:
    stream = SensorStream("spBv1.0/#")
    deliver(stream, NODE.format("NDATA"), data(1.0, 0.0), 0.0)
    deliver(stream, DEVICE.format("DDATA"), data(2.0, 0.0), 0.0)
    deliver(stream, NODE.format("NDEATH"), payload(metric((NAME, "bdSeq"), (TYPE, 8), (INT, 0))), 1.0)
    deliver(stream, NODE.format("NBIRTH"), birth(9.0, 2.0, "other"), 2.0)
    deliver(stream, DEVICE.format("DBIRTH"), birth(9.0, 2.0, "another"), 2.0)
    assert {key[1]: series.value.tolist() for key, series in stream.series.items()} == {
        "other": [9.0],
        "another": [9.0],
    }
    assert stream.ledger.undecodable == {NEVER_BORN: 2}
    assert stream.ledger.skipped == {"the node went away": 1}
    assert_adds_up(stream)


def test_the_oldest_gives_way_and_is_counted() -> None:
    stream = SensorStream("spBv1.0/#", history=10_000)
    large = payload(
        metric((ALIAS, 7), (DOUBLE, 1.0)), metric((NAME, "n" * 600), (ALIAS, 8), (BOOLEAN, 1)), sent_ms=None
    )
    count = 3 * MOST_BYTES // len(large)
    for number in range(count):
        deliver(stream, NODE.format("NDATA"), large, number / 100)
        if number % 1_000 == 0:
            stream.drain()
    waiting = stream.waiting_for_names["plant/press"]
    assert 0 < waiting < MOST_BYTES // len(large)
    assert stream.ledger.dropped == {GAVE_WAY: count - waiting}
    assert_adds_up(stream)
    deliver(stream, NODE.format("NBIRTH"), birth(1.0, count), count)
    newest = [BEGAN + number / 100 + 0.25 for number in range(count - waiting, count)]
    assert stream.series[NODE.format("NDATA"), "T"].time.tolist()[:-1] == newest
    assert_adds_up(stream)


def test_a_flood_of_nodes_that_are_never_born_is_bounded_and_told() -> None:
    stream = SensorStream("spBv1.0/#")
    for number in range(30_000):
        deliver(stream, f"spBv1.0/plant/NDATA/{number}", data(1.0, 0.0) + bytes([0x22, 127]) + bytes(127), 0.0)
        if number % 1_000 == 0:
            stream.drain()
    assert 0 < sum(stream.waiting_for_names.values()) < 30_000
    assert stream.ledger.dropped[GAVE_WAY] == 30_000 - sum(stream.waiting_for_names.values())
    assert_adds_up(stream)


def test_a_decoder_of_its_own_gives_what_waited_with_the_birth() -> None:
    decoder = AutoDecoder()
    early = decoder.decode(NODE.format("NDATA"), data(20.0, 0.0), received_at=BEGAN)
    assert isinstance(early, Decoded)
    assert (early, early.skipped, decoder.waiting_for_names) == ([], WAITS, {NODE.format("NDATA"): 1})
    samples = decoder.decode(NODE.format("NBIRTH"), birth(21.0, 9.0), received_at=BEGAN + 9)
    assert [(sample.field, sample.time, sample.value) for sample in samples] == [
        ("T", BEGAN, 20.0),
        ("T", BEGAN + 9, 21.0),
    ]


class Louder(AutoDecoder):
    """A decoder of the user's own."""


def test_a_subclass_of_the_users_keeps_and_counts_likewise() -> None:
    stream = SensorStream("spBv1.0/#", decoder=Louder())
    deliver(stream, NODE.format("NDATA"), data(1.0, 0.0), 0.0)
    assert stream.waiting_for_names == {"plant/press": 1}
    deliver(stream, NODE.format("NBIRTH"), birth(2.0, 1.0), 1.0)
    assert stream.series[NODE.format("NDATA"), "T"].value.tolist() == [1.0, 2.0]
    assert (stream.ledger.stored, stream.ledger.skipped) == (2, {})


def test_a_full_queue_is_read_in_no_time() -> None:
    decoder = AutoDecoder()
    for number in range(6_000):
        decoder.decode(NODE.format("NDATA"), data(float(number), number / 100), received_at=BEGAN + number / 100)
    waiting = decoder.waiting_for_names[NODE.format("NDATA")]
    began = time.thread_time()
    samples = decoder.decode(NODE.format("NBIRTH"), birth(1.0, 100.0), received_at=BEGAN + 100)
    took_s = time.thread_time() - began
    assert len(samples) == waiting + 1 > 300
    assert took_s < 0.5, f"{waiting:,} messages took {took_s:.3f} s"
