"""A broker that ends and comes back, again and again."""

from __future__ import annotations

import time

import pytest
from paho.mqtt.publish import single

from mqttwidgets import SensorStream

from ..support.mosquitto import Mosquitto
from ..support.waiting import wait_for
from . import assert_adds_up, live

_BACK_WITHIN_S = 3.0


@pytest.mark.parametrize("restarts", [3, pytest.param(100, marks=pytest.mark.soak)])
@pytest.mark.timeout(3600)
def test_each_restart_heals_within_three_seconds_and_leaves_one_gap(mosquitto: Mosquitto, restarts: int) -> None:
    with SensorStream("a", mosquitto.url) as stream:

        def arrive(number: int) -> None:
            live(stream)
            single("a", str(number), hostname="127.0.0.1", port=mosquitto.port)
            wait_for(lambda: stream.ledger.stored == number + 1, what=f"the message after restart {number}")

        arrive(0)
        took_s = []
        for number in range(1, restarts + 1):
            end = mosquitto.kill if number % 2 else mosquitto.stop
            end()
            wait_for(lambda: stream.status == "offline", what="the end to be noticed")
            mosquitto.start()
            began = time.monotonic()
            arrive(number)
            took_s.append(time.monotonic() - began)
        cut = stream.series["a", ""].cut()
        assert cut.value.tolist() == list(range(restarts + 1))
        assert cut.gaps.tolist() == list(range(1, restarts + 1))
        assert mosquitto.connections_of_widgets() == restarts + 1
        assert_adds_up(stream)
        print(f"back after {min(took_s):.2f} to {max(took_s):.2f} s")
        assert max(took_s) < _BACK_WITHIN_S
