"""Who gives way where a stream has as many series as it may have."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from mqttwidgets import SensorStream
from mqttwidgets.live.eviction import Fairness

from ...support.feeding import feed, message


def test_what_was_only_kept_by_the_broker_makes_room_for_others() -> None:
    stream = SensorStream("#", max_series=10)
    for number in range(300):
        stream.deliver(message(f"flood/{number % 3}/{number}", b"1", retain=True))
    feed(stream, "home/kitchen/temperature", *range(30))
    feed(stream, "home/bath/temperature", *range(30))
    assert {len(stream.series[f"home/{room}/temperature", ""]) for room in ("kitchen", "bath")} == {30}
    assert len(stream.series) == 10
    assert stream.left_out_count == 292
    assert len(stream.left_out) == 292
    page = stream.ledger.page()
    assert page.noted["left out again, as others have fewer of 10 series"] == 2
    assert page.stored + sum(page.dropped.values()) == page.received == 360


def test_a_line_that_moves_is_not_taken_away() -> None:
    stream = SensorStream("#", max_series=4)
    for number in range(6):
        feed(stream, f"plant/{number}", 1.0, 2.0)
    feed(stream, "home/kitchen", 1.0, 2.0)
    assert [topic for topic, _ in stream.series] == [f"plant/{number}" for number in range(4)]
    assert ("home/kitchen", "") in stream.left_out


@pytest.mark.parametrize(
    ("flood", "newcomer"),
    [
        ("home/flood/{}", "home/kitchen/temperature"),
        ("/flood/{}", "/home/kitchen"),
        ("spBv1.0/plant/NDATA/one/{}", "spBv1.0/plant/NDATA/other/x"),
    ],
)
def test_families(flood: str, newcomer: str) -> None:
    fairness = Fairness(places=1)
    for number in range(5):
        fairness.add((flood.format(number), ""), flood.format(number))
    assert fairness.gives_way(newcomer) == (flood.format(0), "")
    assert fairness.gives_way(flood.format(9)) is None


def test_nobody_comes_back_in_the_place_of_whoever_it_gave_way_to() -> None:
    stream = SensorStream("#", max_series=9)
    for number in range(200):
        stream.deliver(message(f"{'abc'[number % 3]}/x/{number % 17}", b"%d" % number, retain=True))
    shown = list(stream.series)
    assert sorted(topic[0] for topic, _ in shown) == [*"aaabbbccc"]
    for number in range(200):
        stream.deliver(message(f"{'abc'[number % 3]}/x/{number % 17}", b"%d" % number, retain=True))
    assert list(stream.series) == shown


def test_a_flood_of_topics_costs_next_to_nothing_more() -> None:
    fairness = Fairness(places=1_000)
    for number in range(1_000):
        fairness.add((f"flood/{number}", ""), f"flood/{number}")
    begun = time.thread_time()
    assert all(fairness.gives_way(f"flood/{number}") is None for number in range(100_000))
    assert time.thread_time() - begun < 2.0, "more than 20 µs for each"


def test_a_flood_under_ever_new_first_levels_takes_no_place_of_what_came_first() -> None:
    stream = SensorStream("#", max_series=40)
    doors = [f"home/{room}/door" for room in range(10)]
    for door in doors:
        feed(stream, door, 1.0)
    for number in range(2_000):
        stream.deliver(message(f"flood{number}/x", b"1", retain=number % 2 == 0))
    assert [topic for topic, _ in stream.series][:10] == doors
    page = stream.ledger.page()
    assert page.received == page.stored + sum(page.dropped.values())


def test_what_came_first_keeps_no_more_than_its_share() -> None:
    fairness = Fairness(places=40)
    for number in range(40):
        fairness.add((f"flood/{number}", ""), f"flood/{number}")
    assert fairness.gives_way("home/door") == ("flood/10", "")


def test_what_got_no_room_gets_some_once_others_have_more() -> None:
    fairness = Fairness(places=1)
    for number in range(3):
        fairness.add((f"home/{number}", ""), f"home/{number}")
        assert fairness.gives_way("home/9") is None
    for number in range(5):
        assert fairness.gives_way("home/9") is None
        fairness.add((f"flood/{number}", ""), f"flood/{number}")
    assert fairness.gives_way("home/9") == ("flood/0", "")
    fairness.remove(("flood/0", ""))
    assert fairness.gives_way("home/9") is None


def test_roots_without_a_series_are_not_remembered() -> None:
    fairness = Fairness(places=50)
    for number in range(50):
        fairness.add((f"home/{number}", ""), f"home/{number}")
        fairness.moves((f"home/{number}", ""))
    tracemalloc.start()
    for number in range(20_000):
        assert fairness.gives_way(f"root{number}/x") is None
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held_bytes < 100_000
