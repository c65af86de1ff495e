"""Scenes of simulated devices for a notebook, in one line: a broker and its publishers, in a process of their own.

Run as a program (`python -m mqttwidgets.demo.devices SCENE`) it prints the broker's URL and publishes until its
standard input ends, which it does when the kernel is gone, however that came about.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping

from ..base.errors import InvalidValueError, MqttWidgetsError
from ..mqtt.broker import Broker
from .embedded_broker import EmbeddedBroker, require_amqtt
from .processes import start_server
from .readings import smart_home, weather_stations
from .simulation import Sensor, publish_until
from .waveforms import bedside_monitor, failing_pump

SCENES: Mapping[str, Callable[[float], list[Sensor]]] = {
    "industrial": failing_pump,
    "environment": weather_stations,
    "smart home": smart_home,
    "medical": bedside_monitor,
}
"""Name of a scene → a function of the epoch seconds at which it begins."""

_running: dict[str, tuple[subprocess.Popen[bytes], str]] = {}  # of this kernel; a cell that is run again finds it


def start(scene: str) -> str:
    """Start a broker on loopback with simulated devices; they end with the kernel.

    When they run already, as the cell is run once more, they go on.

    Args:
        scene: "industrial", "environment", "smart home" or "medical".

    Returns:
        The broker's URL, for `broker=`.

    Raises:
        InvalidValueError: (a ValueError) for a scene that does not exist.
        MissingPackageError: where amqtt is not installed; with what to do about it.
        MqttWidgetsError: where they do not start.

    Example:
        >>> broker = start("medical")  # doctest: +SKIP
    """
    if scene not in SCENES:
        raise InvalidValueError(f"there is no scene {scene!r}: take one of {', '.join(map(repr, SCENES))}")
    process, url = _running.get(scene, (None, ""))
    if process is None or process.poll() is not None:
        process, url = _started(scene)
        _running[scene] = process, url
    return url


def _started(scene: str) -> tuple[subprocess.Popen[bytes], str]:
    require_amqtt()
    process, url = start_server(__name__, scene)
    if not url:
        process.kill()
        process.wait()
        raise MqttWidgetsError(
            "the simulated devices did not start; the reason stands above, or in the server's log"
        )
    return process, url


def _publish(scene: str) -> None:
    stopped = threading.Event()
    with EmbeddedBroker() as broker:
        devices = threading.Thread(
            target=publish_until,
            args=(stopped, Broker.from_url(broker.url), SCENES[scene](time.time()), lambda _text: None),
        )
        devices.start()
        sys.stdout.write(f"{broker.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
        stopped.set()
        devices.join()


if __name__ == "__main__":
    _publish(sys.argv[1])
