"""The extra subscription to what devices say of themselves: it comes, it is quiet, and it never harms the plot."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from mqttwidgets import Broker, SensorStream
from mqttwidgets.mqtt import session
from mqttwidgets.mqtt.quiet_topics import MOST_BYTES, MOST_TOPICS

from ..conftest import network_threads
from ..support.mosquitto import Mosquitto
from ..support.publishing import publish as publish_to
from ..support.raw_broker import (
    SUBSCRIBE,
    UNSUBSCRIBE,
    Answer,
    RawBroker,
    answering,
    filters_in,
    publish,
    suback,
    unsuback,
)
from ..support.waiting import wait_for
from ..unit.decoding.test_descriptions import CONTROL, DOOR
from . import assert_adds_up, live

OVEN = {"stat_t": "lab/oven", "unit_of_meas": "°C", "name": "Oven", "dev_cla": "temperature"}
DISCOVERY = "homeassistant/sensor/oven/config"


def keep(mosquitto: Mosquitto, *messages: tuple[str, object]) -> None:
    """Have the broker keep messages: texts as they are, anything else as JSON."""
    texts = [(topic, said if isinstance(said, str) else json.dumps(said)) for topic, said in messages]
    publish_to(mosquitto.port, texts, retain=True)


def drained(stream: SensorStream, is_so: Callable[[SensorStream], object]) -> None:
    """Wait until something is true of a stream that is drained meanwhile, as a plot does."""
    wait_for(
        lambda: (stream.drain(), is_so(stream))[1],
        what=f"what is asked of {stream}, {stream.series}, {stream.ledger}",
    )


def unit_of(topic: str, field: str = "") -> Callable[[SensorStream], str]:
    """The unit of a series, once there is one."""
    return lambda stream: stream.series[topic, field].unit if (topic, field) in stream.series else ""


CASES: list[tuple[str, tuple[str, object], tuple[str, object], str]] = [
    ("lab/#", ("lab/oven", "21.5"), (DISCOVERY, OVEN), ""),
    (
        "zigbee2mqtt/hall/+",
        ("zigbee2mqtt/hall/door", {"voltage": 2985}),
        ("zigbee2mqtt/bridge/devices", [DOOR]),
        "/voltage",
    ),
    ("homie/car/engine/+", ("homie/car/engine/t", "21.5"), ("homie/car/engine/t/$unit", "°C"), ""),
    (
        "homie/5/car/engine/+",
        ("homie/5/car/engine/t", "21.5"),
        ("homie/5/car/$description", {"nodes": {"engine": {"properties": {"t": {"unit": "°C"}}}}}),
        "",
    ),
    (CONTROL, (CONTROL, "21.5"), (f"{CONTROL}/meta", {"units": "deg C"}), ""),
    (
        "states/sensor/+/state",
        ("states/sensor/k/state", "21.5"),
        ("states/sensor/k/unit_of_measurement", '"°C"'),
        "",
    ),
    ("QPGS1/status/pv/value", ("QPGS1/status/pv/value", "21.5"), ("QPGS1/status/pv/unit", "A"), ""),
]


@pytest.mark.parametrize(("topic", "value", "description", "field"), CASES)
def test_what_the_broker_keeps_is_asked_for_and_counted_nowhere(
    mosquitto: Mosquitto, topic: str, value: tuple[str, object], description: tuple[str, object], field: str
) -> None:
    keep(mosquitto, value, description)
    with SensorStream(topic, mosquitto.url) as stream:
        drained(stream, unit_of(value[0], field))
        assert (stream.ledger.received, stream.ledger.stored) == (1, 1)
        assert_adds_up(stream)
        assert not stream.ledger.skipped
        assert stream.topics_seen == (value[0],)
        assert len(network_threads()) == 1


def test_a_device_of_tasmotas_has_its_name(mosquitto: Mosquitto) -> None:
    config = {"dn": "Washer", "t": "washer", "ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"]}
    keep(
        mosquitto,
        ("tasmota/discovery/AABBCCDDEEFF/config", config),
        ("tele/washer/SENSOR", {"ENERGY": {"Power": 5}}),
    )
    with SensorStream("tele/+/SENSOR", mosquitto.url) as stream:
        drained(stream, lambda each: [series.device for series in each.series.values()] == ["Washer"])


def test_a_description_that_changes_is_followed(mosquitto: Mosquitto) -> None:
    keep(mosquitto, ("lab/oven", "21.5"), (DISCOVERY, OVEN))
    with SensorStream("lab/#", mosquitto.url) as stream:
        drained(stream, unit_of("lab/oven"))
        keep(mosquitto, (DISCOVERY, {**OVEN, "name": "New oven"}))
        drained(stream, lambda each: each.series["lab/oven", ""].name == "New oven")


def test_another_topic_is_described_as_well(mosquitto: Mosquitto) -> None:
    keep(mosquitto, ("lab/oven", "21.5"), (DISCOVERY, OVEN), (CONTROL, "20"), (f"{CONTROL}/meta", {"units": "V"}))
    with SensorStream(CONTROL, mosquitto.url) as stream:
        drained(stream, unit_of(CONTROL))
        stream.topic = "lab/#"
        drained(stream, unit_of("lab/oven"))
        stream.stop()
        assert stream.series["lab/oven", ""].unit == "°C"


class Broken:
    """A raw broker's answers, which differ to what is asked for quietly.

    Args:
        answer: given the SUBSCRIBE packet of a quiet filter; None for none.
        value: sent to each subscriber of anything else.
    """

    def __init__(self, answer: Callable[[bytes], Answer], value: bytes = publish(b"lab/oven", b"21.5")) -> None:
        self._answer, self._value = answer, value
        self.asked: list[str] = []
        self.ended: list[str] = []

    def __call__(self, packet: bytes) -> Answer:
        kind = packet[0] & 0xF0
        if kind == UNSUBSCRIBE:
            self.ended += filters_in(packet, behind=0)
            return unsuback(packet)
        if kind != SUBSCRIBE:
            return answering(packet)
        filters = filters_in(packet)
        self.asked += filters
        if any(each.startswith("homeassistant/") for each in filters):
            return self._answer(packet)
        return [suback(packet, 0), self._value]


def test_nothing_is_asked_for_where_nobody_wants_it() -> None:
    answers = Broken(lambda packet: suback(packet, 0))
    with RawBroker(answers) as broker, SensorStream("lab/#", broker.url, descriptions=False) as stream:
        drained(stream, lambda each: each.series)
        with SensorStream("lab/oven", broker.url, lambda _topic, payload: float(payload)) as own:
            drained(own, lambda each: each.series)
        with SensorStream("lab/oven", Broker.from_url(broker.url), fields=["x"]) as nothing:
            drained(nothing, lambda each: each.ledger.skipped)
    assert set(answers.asked) == {"lab/#"}


def test_many_streams_ask_once_and_the_last_ends_it() -> None:
    answers = Broken(lambda packet: [suback(packet, 0), publish(DISCOVERY.encode(), json.dumps(OVEN).encode())])
    with RawBroker(answers) as broker:
        streams = [SensorStream("lab/#", broker.url) for _ in range(5)]
        for stream in streams:
            stream.start()
        for stream in streams:
            drained(stream, unit_of("lab/oven"))
        quiet = [each for each in answers.asked if each.startswith("homeassistant/")]
        assert sorted(quiet) == ["homeassistant/+/+/+/config", "homeassistant/+/+/config"]
        for stream in streams[:-1]:
            stream.stop()
        assert not [each for each in answers.ended if each in quiet]
        streams[-1].topic = "other"
        wait_for(lambda: set(quiet) <= set(answers.ended))
        streams[-1].stop()


def test_what_is_refused_refuses_no_plot() -> None:
    answers = Broken(lambda packet: suback(packet, 0x80))
    with RawBroker(answers) as broker, SensorStream("lab/#", broker.url) as stream:
        drained(stream, lambda each: each.series)
        wait_for(lambda: len(answers.asked) > 1)
        drained(stream, lambda each: each.ledger.received == 1 and each.status == "live")
        assert (stream.status, stream.remarks) == ("live", ())
        assert "refused" not in stream.status_text


@pytest.mark.parametrize("hangs_up", [True, False])
def test_a_broker_that_hangs_up_or_is_silent_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, *, hangs_up: bool
) -> None:
    """As AWS IoT hangs up on what a policy does not allow."""
    monkeypatch.setattr(session, "_SUBACK_TIMEOUT_S", 0.3)
    answers = Broken(lambda _packet: [None] if hangs_up else b"")
    with RawBroker(answers) as broker, SensorStream("lab/#", broker.url) as stream:
        drained(stream, lambda each: each.ledger.received == 2 and each.status == "live")
        assert broker.connected == 2
        with SensorStream("lab/oven", broker.url) as other:
            drained(other, lambda each: each.series)
        again = SensorStream("lab/#", broker.url)
        with again:
            drained(again, lambda each: each.series)
        assert len([each for each in answers.asked if each.startswith("homeassistant/")]) == 2
        assert broker.connected == 2


def test_a_plot_of_what_is_asked_for_quietly_shares_the_connection(mosquitto: Mosquitto) -> None:
    keep(mosquitto, ("lab/oven", "21.5"), (DISCOVERY, OVEN))
    with SensorStream("lab/#", mosquitto.url) as stream:
        drained(stream, unit_of("lab/oven"))
        for topic in ("homeassistant/#", "homeassistant/sensor/#", DISCOVERY):
            with SensorStream(topic, mosquitto.url) as other:
                live(other)
                drained(other, lambda each: each.ledger.received >= 1)
                assert len(network_threads()) == 1
                keep(mosquitto, ("lab/oven", "22.5"))
                drained(other, lambda each: each.status == "live")
                if topic == "homeassistant/#":
                    keep(mosquitto, (DISCOVERY, {**OVEN, "name": "Other"}))
                    drained(stream, lambda each: each.series["lab/oven", ""].name == "Other")
                    drained(other, lambda each: each.ledger.received >= 2)
        live(stream)
        assert stream.ledger.received == stream.ledger.stored + sum(stream.ledger.skipped.values())


def test_siblings_of_filters_that_overlap_come_as_far_as_they_fit(mosquitto: Mosquitto) -> None:
    keep(mosquitto, ("a/b/state", "21.5"), ("a/b/unit_of_measurement", "V"))
    with SensorStream(["a/+/state", "+/b/state"], mosquitto.url) as stream:
        drained(stream, unit_of("a/b/state"))
        assert (stream.ledger.received, stream.ledger.stored) == (1, 1)


def test_a_wide_plot_that_turns_to_what_is_asked_for_goes_on(mosquitto: Mosquitto) -> None:
    keep(mosquitto, ("lab/oven", "21.5"), (DISCOVERY, OVEN))
    with SensorStream("lab/#", mosquitto.url) as stream, SensorStream("other", mosquitto.url) as other:
        drained(stream, unit_of("lab/oven"))
        live(other)
        other.topic = "homeassistant/#"
        drained(other, lambda each: each.ledger.received >= 1)
        assert len(network_threads()) == 1


def test_after_an_outage_they_are_still_followed(mosquitto: Mosquitto) -> None:
    keep(mosquitto, ("lab/oven", "21.5"), (DISCOVERY, OVEN))
    with SensorStream("lab/#", mosquitto.url) as stream:
        drained(stream, unit_of("lab/oven"))
        mosquitto.stop()
        wait_for(lambda: stream.status == "offline")
        mosquitto.start()
        live(stream)
        keep(mosquitto, (DISCOVERY, {**OVEN, "name": "After"}))
        drained(stream, lambda each: each.series["lab/oven", ""].name == "After")


def test_a_flood_of_descriptions_is_bounded_and_hurts_nobody() -> None:
    def flood(packet: bytes) -> Iterable[bytes]:
        yield suback(packet, 0)
        for number in range(MOST_TOPICS + 2_000):
            config = json.dumps({**OVEN, "stat_t": f"lab/{number}", "filling": "x" * 500})
            yield publish(b"homeassistant/sensor/o%d/config" % number, config.encode())
        yield publish(DISCOVERY.encode(), b"x" * 3_000_000)
        yield publish(b"lab/oven", b"22.5")

    with RawBroker(Broken(flood)) as broker, SensorStream("lab/#", broker.url) as stream:
        drained(stream, lambda each: each.ledger.received == 2)
        asks: Any = stream._asks  # noqa: SLF001 - what waits cannot be seen from outside
        assert sum(len(each.payload) for each in [*asks._come.values()]) <= MOST_BYTES  # noqa: SLF001
        drained(stream, lambda _each: not asks.has_news)
        decoder: Any = stream._decoder  # noqa: SLF001
        assert decoder._memory.budget.held_bytes <= 24_000_000  # noqa: SLF001
        assert stream.ledger.received == stream.ledger.stored == 2


def test_a_persistent_session_is_not_asked_to_keep_them(mosquitto: Mosquitto) -> None:
    keep(mosquitto, ("lab/oven", "21.5"), (DISCOVERY, OVEN))
    broker = Broker.from_url(mosquitto.url)
    with SensorStream("lab/#", broker, qos=1, session="persistent") as stream:
        drained(stream, lambda each: each.series)
        drained(stream, lambda each: each.ledger.stored == 1)
        assert "homeassistant/+" not in mosquitto.log()


def test_a_stream_that_is_forgotten_leaves_nothing_behind(mosquitto: Mosquitto) -> None:
    keep(mosquitto, ("lab/oven", "21.5"), (DISCOVERY, OVEN))
    stream = SensorStream("lab/#", mosquitto.url)
    stream.start()
    drained(stream, unit_of("lab/oven"))
    before = threading.active_count()
    del stream
    gc.collect()
    wait_for(lambda: not network_threads() and threading.active_count() < before)
