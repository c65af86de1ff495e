"""os.fork with a live stream: the parent notices nothing, and the child is told the truth and can go on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ..support.forking import MESSAGES, Found, play
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess
from ..support.waiting import wait_for

WHOLE = list(range(MESSAGES))


@pytest.fixture
def scene(request: pytest.FixtureRequest, mosquitto: Mosquitto) -> Iterator[Found]:
    """What was found in a scene, while numbers were published."""
    with ThreadPoolExecutor() as stage:
        found = stage.submit(play, request.param, mosquitto.port)
        wait_for(lambda: found.done() or "Received SUBSCRIBE from mqttwidgets" in mosquitto.log(), timeout_s=30)
        numbers = [("a", str(number)) for number in WHOLE]
        PublisherProcess(mosquitto.port, numbers, rate_hz=200).wait()
        yield found.result()


@pytest.mark.parametrize("scene", ["receiving", "held", "by_multiprocessing"], indirect=True)
def test_a_child_leaves_the_connection_to_its_parent(scene: Found, mosquitto: Mosquitto) -> None:
    assert (scene["values"], scene["gaps"], scene["status"]) == (WHOLE, 0, "live")
    assert mosquitto.connections_of_widgets() == 1
    child = scene["child"]
    assert child["status"] == "stopped"
    assert "this is a forked process" in child["text"]
    assert child["values"] == WHOLE[: len(child["values"])] != []
    assert child["adds_up"]
    assert child["took_s"] < 5


@pytest.mark.parametrize("scene", ["starting"], indirect=True)
def test_a_child_that_starts_has_a_connection_of_its_own(scene: Found, mosquitto: Mosquitto) -> None:
    assert (scene["values"], scene["gaps"], scene["status"]) == (WHOLE, 0, "live")
    assert mosquitto.connections_of_widgets() == 2
    assert scene["child"]["before"] == ["stopped", ["a", "b"]]
    assert scene["child"]["gaps"] == 1
    assert scene["child"]["after"] == "Stopped. Start subscribes again."


@pytest.mark.parametrize("scene", ["often"], indirect=True)
def test_a_fork_at_any_moment_copies_what_is_whole(scene: Found) -> None:
    assert (scene["values"], scene["gaps"]) == (WHOLE, 0)
    for child in scene["children"]:
        assert child["values"] == WHOLE[: len(child["values"])]
        assert child["adds_up"]
