"""Everything that was published is there, in order, whatever else goes on."""

from __future__ import annotations

import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from mqttwidgets import Broker, SensorStream
from mqttwidgets.base.clock import ArrivalClock

from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.raw_broker import RawBroker, answering
from ..support.raw_broker import publish as publish_packet
from ..support.waiting import wait_for
from . import assert_adds_up, live


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_twenty_thousand_messages_arrive_in_order(mosquitto: Mosquitto, qos: int, protocol: Any) -> None:
    stream = SensorStream("fast", Broker("127.0.0.1", mosquitto.port, protocol=protocol), qos=qos)
    with stream:
        live(stream)
        publish(mosquitto.port, [("fast", str(number)) for number in range(20_000)], qos=qos)
        wait_for(lambda: stream.ledger.received >= 20_000, timeout_s=30)
        assert stream.series["fast", ""].value.tolist() == list(range(20_000))
        assert_adds_up(stream)


@pytest.mark.parametrize("qos", [0, 1])
def test_a_computers_clock_that_is_set_back_is_told_and_the_line_goes_on(
    mosquitto: Mosquitto, qos: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_by_s = 0.0

    def wall() -> float:
        return time.time() + set_by_s

    clock = ArrivalClock(wall)
    for room in ("mqtt.read_ahead", "mqtt.session", "sensor_stream"):
        monkeypatch.setattr(f"mqttwidgets.{room}.CLOCK", clock)
    monkeypatch.setattr("mqttwidgets.mqtt.read_ahead.time", SimpleNamespace(time=wall, monotonic=time.monotonic))
    with SensorStream("t", mosquitto.url, qos=qos) as stream:
        live(stream)
        publish(mosquitto.port, [("t", str(number)) for number in range(50)], qos=qos)
        wait_for(lambda: stream.ledger.stored == 50)
        set_by_s = -3600.0
        publish(mosquitto.port, [("t", str(number)) for number in range(50, 100)], qos=qos)
        wait_for(lambda: stream.ledger.stored == 100)
        assert stream.series["t", ""].value.tolist() == list(range(100))
        assert "was set back: times of arrival are 1 h ahead" in stream.remarks[0]
        assert stream.status == "live"
        wait_for(lambda: stream.rate_hz > 0)


def test_table_of_what_was_published(mosquitto: Mosquitto) -> None:
    stream = SensorStream(["lab/#", "home/+"], mosquitto.url)
    with stream:
        live(stream)
        publish(
            mosquitto.port,
            [("lab/bme", '{"t": 21.5, "h": 40}'), ("home/kitchen", "20"), ("lab/oven", "Temperature: 183.5 °C")],
        )
        wait_for(lambda: stream.ledger.stored == 3)
    table = stream.to_pandas()
    assert table[["topic", "field", "value", "unit"]].to_numpy().tolist() == [
        ["lab/bme", "/t", 21.5, ""],
        ["lab/bme", "/h", 40.0, ""],
        ["home/kitchen", "", 20.0, ""],
        ["lab/oven", "Temperature", 183.5, "°C"],
    ]
    assert abs(table.time.iloc[0].timestamp() - time.time()) < 60


def test_what_a_script_reads_is_fresh_without_anybody_draining(mosquitto: Mosquitto) -> None:
    stream = SensorStream("#", mosquitto.url)
    with stream:
        live(stream)
        publish(mosquitto.port, [("a", "1"), ("b", "2")])
        wait_for(lambda: stream.last_message_at is not None)
        assert "Waiting for the first" not in stream.status_text
        wait_for(lambda: set(stream.topics_seen) == {"a", "b"})
        wait_for(lambda: stream.rate_hz > 0)


def test_a_broker_that_sends_under_another_name_is_told() -> None:
    sends = [publish_packet(b"works/7", b"1"), publish_packet(b"works/8", b"2")]
    with (
        RawBroker(lambda packet: answering(packet, sends=sends)) as broker,
        SensorStream("plant/#", broker.url) as stream,
    ):
        told = "2 messages came that no filter here matches, the first on 'works/7'."
        wait_for(lambda: stream.status_text.endswith(told), what=told)
        assert "Waiting for the first message on plant/#." in stream.status_text
        assert stream.ledger.received == 0


@pytest.mark.parametrize("topic", ["$queue/works/+", "$exclusive/works/+"])
def test_subscriptions_with_a_prefix_of_the_broker(topic: str) -> None:
    sends = [publish_packet(b"works/7", b"1")]
    with (
        RawBroker(lambda packet: answering(packet, sends=sends)) as broker,
        SensorStream(topic, broker.url) as stream,
    ):
        wait_for(lambda: stream.ledger.stored == 1)
        assert list(stream.series) == [("works/7", "")]


def test_silence_is_told(mosquitto: Mosquitto) -> None:
    stream = SensorStream("tick", mosquitto.url)
    with stream:
        live(stream)
        assert stream.status_text == "Connected to 127.0.0.1. Waiting for the first message on tick."
        PublisherProcess(mosquitto.port, [("tick", "1")] * 60, rate_hz=10).wait()
        wait_for(lambda: stream.status == "stale", timeout_s=10)
        assert stream.status_text.startswith("Connected to 127.0.0.1, but silent for 5")
        publish(mosquitto.port, [("tick", "1")])
        live(stream)


def test_a_script_ends_though_nobody_stops_its_stream(mosquitto: Mosquitto) -> None:
    code = (
        "import mqttwidgets, time\n"
        f"stream = mqttwidgets.SensorStream('#', {mosquitto.url!r})\n"
        "stream.start()\n"
        "while stream.status != 'live': time.sleep(0.01)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, timeout=20, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_storm_of_retained_messages_is_counted_to_the_last(mosquitto: Mosquitto) -> None:
    topics = [f"storm/{number}" for number in range(20_000)]
    publish(mosquitto.port, [(topic, "1") for topic in topics], retain=True)
    with SensorStream("#", mosquitto.url) as stream:
        wait_for(lambda: stream.ledger.received == len(topics), timeout_s=20)
        page = stream.ledger.page()
        assert page.stored == len(stream.series) == 50
        assert sum(page.dropped.values()) == len(topics) - 50
        assert_adds_up(stream)
