"""Sparkplug's edge nodes are asked for their birth certificates, through a real broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mqttwidgets import (
    LinkState,
    LiveSensorPlot,
    MqttWidgetsError,
    NotConnectedError,
    SensorStream,
    Sink,
    StoppedError,
)
from mqttwidgets.base.clock import CLOCK

from ..support.mosquitto import Mosquitto
from ..support.sparkplug import EdgeNode
from ..support.waiting import wait_for
from . import assert_adds_up, live


@pytest.fixture
def nodes(mosquitto: Mosquitto) -> Iterator[list[EdgeNode]]:
    """Two edge nodes that were born before anybody listened."""
    made = [EdgeNode(mosquitto.port, name, {"T": 1, "p": 2}) for name in ("press", "oven")]
    yield made
    for node in made:
        node.close()


def test_nodes_are_asked_once_and_what_waited_is_stored(mosquitto: Mosquitto, nodes: list[EdgeNode]) -> None:
    with SensorStream("spBv1.0/plant/+/+", f"mqtt://127.0.0.1:{mosquitto.port}") as stream:
        live(stream)
        assert stream.request_births() == 0  # as nothing waits
        for second in range(5):
            for node in nodes:
                node.send(20.0 + second, 1_700_000_000_000 + 1000 * second)
        wait_for(lambda: sum(stream.waiting_for_names.values()) == 10, what="the data to come")
        assert [node.commands for node in nodes] == [[], []]  # nobody asks by itself
        assert stream.request_births() == 2
        assert stream.request_births() == 0  # so soon
        wait_for(lambda: not stream.waiting_for_names, what="the certificates to come")
        for node in nodes:
            assert [(qos, retain) for _, qos, retain in node.commands] == [(0, False)]
        for name in ("press", "oven"):
            series = stream.series[f"spBv1.0/plant/NDATA/{name}", "T"]
            assert series.value.tolist() == [20.0, 21.0, 22.0, 23.0, 24.0, 0.0]
            assert series.time.tolist()[:-1] == [1.7e9 + second for second in range(5)]
        assert stream.ledger.stored == 12
        assert stream.ledger.skipped == {"a command": 2}
        assert_adds_up(stream)


def test_a_plot_asks_too(mosquitto: Mosquitto, nodes: list[EdgeNode]) -> None:
    plot = LiveSensorPlot("spBv1.0/plant/+/+", f"mqtt://127.0.0.1:{mosquitto.port}")
    try:
        wait_for(lambda: plot.status == "live")
        nodes[0].send(1.0, 1_700_000_000_000)
        wait_for(lambda: plot.stream.waiting_for_names, what="the data to come")
        assert plot.request_births() == 1
        wait_for(lambda: plot.stream.series, what="the certificate to come")
    finally:
        plot.close()


def test_the_doctor_says_what_is_missing(mosquitto: Mosquitto, nodes: list[EdgeNode]) -> None:
    def keep_sending() -> None:
        for _ in range(40):
            nodes[0].send(1.0, 1_700_000_000_000)
            time.sleep(0.05)

    publishing = threading.Thread(target=keep_sending)
    publishing.start()
    last = SensorStream("spBv1.0/#", f"mqtt://127.0.0.1:{mosquitto.port}").doctor(20).findings[-1]
    publishing.join()
    assert (last.step, last.is_well) == ("Numbers in it", False)
    assert "waits for its birth certificate" in last.text
    assert last.remedy.startswith("request_births() asks")


class Bringer:
    """A Source that only delivers."""

    name = "the recording of Monday"

    def start(self, sink: Sink) -> None:
        """Nothing to deliver."""

    def stop(self) -> None:
        """Nothing to end."""

    @property
    def state(self) -> LinkState:
        """Always well."""
        return LinkState("live", "Playing.", CLOCK.now())


def refused(stream: SensorStream, error: type[MqttWidgetsError]) -> str:
    """Why nobody can be asked."""
    with pytest.raises(error) as caught:
        stream.request_births()
    return str(caught.value)


def test_why_nobody_can_be_asked(tmp_path: Path) -> None:
    stream = SensorStream("spBv1.0/#", "mqtt://127.0.0.1:1")
    assert refused(stream, StoppedError) == "the stream is stopped, so no node was asked: start() subscribes"
    with stream:
        wait_for(lambda: stream.status == "offline")
        assert "0 edge nodes asked. Offline: nothing listens at 127.0.0.1:1" in refused(stream, NotConnectedError)
    replay = SensorStream(source=Bringer())
    with replay:
        why = "no edge node was asked: the recording of Monday delivers messages, and takes none"
        assert refused(replay, NotConnectedError) == why
