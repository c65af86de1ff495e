"""A notebook that is copied, or opened by two people: the same cells run in two kernels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ..support.kernel import Kernel
from ..support.mosquitto import Mosquitto
from ..support.publishing import publish
from ..support.waiting import wait_for

CELL = """
from mqttwidgets import Broker, LiveSensorPlot
plot = LiveSensorPlot('home/#', Broker('127.0.0.1', {port}, {options}), qos=1)
plot
"""
COUNTS = "[plot.ledger.received, plot.ledger.stored]"


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Kernel]]:
    """One for the notebook, and one for its copy."""
    both = [Kernel(tmp_path_factory.mktemp("kernel")) for _ in range(2)]
    yield both
    for kernel in both:
        kernel.close()


def run_in_all(kernels: list[Kernel], mosquitto: Mosquitto, options: str) -> None:
    """Run the cell, all at the same time; it has the same id in each."""
    code = CELL.format(port=mosquitto.port, options=options)
    for kernel, request in [(kernel, kernel.begin(code, cell="a")) for kernel in kernels]:
        kernel.output_of(request)


def states(kernels: list[Kernel], expression: str) -> list[Any]:
    """The values of an expression in all kernels."""
    return [kernel.value(expression) for kernel in kernels]


@pytest.mark.parametrize("session", ["clean", "persistent"])
def test_a_notebook_and_its_copy_leave_each_other_alone(
    kernels: list[Kernel], mosquitto: Mosquitto, session: str
) -> None:
    run_in_all(kernels, mosquitto, f"session={session!r}")
    wait_for(lambda: states(kernels, "plot.status") == ["live"] * 2, what="both to be live")
    publish(mosquitto.port, [("home/a", str(number)) for number in range(100)], qos=1)
    wait_for(lambda: states(kernels, COUNTS) == [[100, 100]] * 2, what="all messages, once each")
    original, copy = kernels
    copy.run("plot.close()")
    wait_for(lambda: mosquitto.widgets_connected() == 1, what="the copy to end")
    publish(mosquitto.port, [("home/a", "100")], qos=1)
    wait_for(lambda: original.value(COUNTS) == [101, 101])
    assert original.value("plot.to_pandas().value.tolist()") == list(range(101))
    assert original.value("dict(plot.ledger.skipped)") == {}
    ids = re.findall(r" as (mqttwidgets-\w+) \(", mosquitto.log())
    assert len(set(ids)) == len(kernels), "as nothing was taken over, nobody connected twice"
    original.run("plot.close()")


def test_the_same_client_id_is_told_in_one_and_the_other_goes_on(
    kernels: list[Kernel], mosquitto: Mosquitto
) -> None:
    run_in_all(kernels, mosquitto, "client_id='plant-7'")
    wait_for(lambda: "refused" in states(kernels, "plot.status"), timeout_s=30, what="one to give way")
    one, other = sorted(kernels, key=lambda kernel: kernel.value("plot.status") != "refused")
    told = one.value("plot.stream.status_text")
    assert "another client took over the client id 'plant-7': choose another" in told
    wait_for(lambda: other.value("plot.status") == "live", what="the other to be live")
    publish(mosquitto.port, [("home/a", "1")])
    wait_for(lambda: other.value("plot.ledger.stored") == 1)
    for kernel in kernels:
        kernel.run("plot.close()")
