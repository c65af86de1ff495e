"""Memory stays under 64 MB above that of a process that receives nothing, whatever a broker sends."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator

import pytest

from ..support.memory_probe import Found, probe
from ..support.raw_broker import publish, remaining_length
from ..unit.decoding.test_fuzz import BOMBS

pytestmark = pytest.mark.timeout(3600)

_MOST_MB = 64.0
_IN_A_SECOND = 50  # parts, so that the pace is even


def paced(packets: Iterable[bytes], rate_hz: float) -> Iterator[bytes]:
    """Packets at a pace, a fiftieth of a second at once."""
    began, at_once, rest = time.monotonic(), max(1, round(rate_hz / _IN_A_SECOND)), iter(packets)
    for number in itertools.count(1):
        part = b"".join(itertools.islice(rest, at_once))
        if not part:
            return
        yield part
        time.sleep(max(0.0, began + number * at_once / rate_hz - time.monotonic()))


def assert_bounded(found: Found, messages: int) -> None:
    """Little memory, no message lost sight of, and one connection for all of it."""
    print(found)
    assert found.grown_mb < _MOST_MB
    fates = (found.stored, found.waiting, found.skipped, found.undecodable, *found.dropped.values())
    assert found.received == sum(fates) == messages
    assert found.sessions == 1


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.soak)])
def test_a_flood_of_topics(count: int) -> None:
    names = (publish(b"building/%d/temperature" % number, b"21.5") for number in range(count))
    found = probe(paced(names, 5_000), count, timeout_s=60 + count / 2_500)
    assert_bounded(found, count)
    unread = found.dropped.get("came faster than they could be read", 0)  # where others keep the machine busy
    assert (found.series, found.left_out) == (50, count - 50 - unread)
    assert unread < count / 2


@pytest.mark.parametrize("count", [500, pytest.param(20_000, marks=pytest.mark.soak)])
def test_a_flood_of_topics_with_very_long_names(count: int) -> None:
    names = (publish(b"%060000d" % number, b"21.5") for number in range(count))
    found = probe(names, count, timeout_s=60 + count / 50)
    assert_bounded(found, count)
    unread = found.dropped.get("came faster than they could be read", 0)
    assert (found.series, found.undecodable) == (0, count - unread), "nobody reads such a name beside a line"
    assert unread < count / 2


@pytest.mark.parametrize("rounds", [1, pytest.param(60, marks=pytest.mark.soak)])
def test_bombs(rounds: int) -> None:
    bombs = [publish(b"bomb/%d" % at, bomb) for at, bomb in enumerate(BOMBS.values())]
    found = probe(itertools.chain.from_iterable([bombs] * rounds), rounds * len(bombs), timeout_s=60 + 30 * rounds)
    assert_bounded(found, rounds * len(bombs))


@pytest.mark.parametrize("seconds", [3, pytest.param(600, marks=pytest.mark.soak)])
def test_ten_thousand_messages_a_second_on_one_topic(seconds: int) -> None:
    numbers = (publish(b"fast", b"%d" % number) for number in range(10_000 * seconds))
    found = probe(paced(numbers, 10_000), 10_000 * seconds, timeout_s=60 + 2 * seconds)
    assert_bounded(found, 10_000 * seconds)
    assert (found.stored, found.samples) == (10_000 * seconds, min(10_000 * seconds, 100_000))
    assert found.seconds < 1.2 * seconds + 2, "the messages did not come that fast"


KINDS = [
    b"21.5",
    b"on",
    b"some words",
    b'{"t": 21.5, "h": 48}',
    b'[21.5, {"t": "3 V"}]',
    b"t=21.5 h=48",
    b"\xa1\x61t\x05",
]


@pytest.mark.parametrize("seconds", [3, pytest.param(120, marks=pytest.mark.soak)])
def test_payloads_of_changing_kinds_on_one_topic(seconds: int) -> None:
    runs = itertools.chain.from_iterable([kind] * run for run in (1, 2, 30) for kind in KINDS)
    packets = itertools.islice(itertools.cycle(publish(b"t", payload) for payload in runs), 2_000 * seconds)
    found = probe(paced(packets, 2_000), 2_000 * seconds, timeout_s=60 + 2 * seconds)
    assert_bounded(found, 2_000 * seconds)
    assert found.dropped == {}


def test_a_payload_of_255_megabytes() -> None:
    """In QoS 1, where it is acknowledged, so that a broker does not send it again and again."""
    size, part = 255_000_000, bytes(1_000_000)
    head = publish(b"large", b"", qos=1, packet_id=7)[2:]
    long = itertools.chain(
        [b"\x32" + remaining_length(len(head) + size) + head], itertools.repeat(part, size // len(part))
    )
    found = probe(itertools.chain([publish(b"t", b"1")], long, [publish(b"t", b"2")]), 3, qos=1)
    assert_bounded(found, 3)
    assert (found.stored, found.dropped, found.acknowledged) == (2, {"over 1 MB": 1}, 1)
