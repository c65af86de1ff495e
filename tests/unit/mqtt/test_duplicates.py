"""Which messages are copies while one subscription takes the place of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mqttwidgets import TopicFilter
from mqttwidgets.mqtt.duplicates import DuplicateFilter

from ...support.feeding import message

OLD, NEW = TopicFilter("home/+"), TopicFilter("#")


def begun() -> DuplicateFilter:
    """Between SUBACK and UNSUBACK."""
    overlaps = DuplicateFilter()
    overlaps.expect(1, [OLD], 2)
    overlaps.begin(1, [NEW])
    return overlaps


def kept(overlaps: DuplicateFilter, messages: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The messages that are no copies."""
    found = overlaps.without_copies([message(*each) for each in messages])
    return [(each.topic, each.payload) for each in found]


MESSAGES = st.lists(st.tuples(st.sampled_from(["home/x", "home/y"]), st.sampled_from([b"1", b"2"])))


@given(MESSAGES)
def test_a_broker_that_sends_copies_brings_each_message_once(messages: list[tuple[str, bytes]]) -> None:
    assert kept(begun(), [each for each in messages for _ in range(2)]) == messages


def test_a_broker_that_sends_no_copies_loses_nothing_once_one_came_alone() -> None:
    messages = [("home/x", b"1"), ("home/x", b"2"), ("home/x", b"2"), ("home/x", b"2"), ("home/y", b"3")]
    assert kept(begun(), messages) == messages


def test_copies_on_several_topics_may_come_mixed() -> None:
    messages = [("home/x", b"1"), ("home/y", b"1"), ("home/x", b"1"), ("home/y", b"1")]
    assert kept(begun(), messages) == messages[:2]


def test_what_matches_one_filter_alone_is_never_a_copy() -> None:
    messages = [("yard/x", b"1")] * 3
    assert kept(begun(), messages) == messages


def test_nothing_is_a_copy_before_the_suback_and_after_the_unsuback() -> None:
    messages = [("home/x", b"1")] * 2
    overlaps = DuplicateFilter()
    overlaps.expect(1, [OLD], 2)
    assert kept(overlaps, messages) == messages
    overlaps.begin(1, [NEW])
    assert kept(overlaps, messages) == messages[:1]
    overlaps.end(2)
    assert kept(overlaps, messages) == messages


def test_a_refused_filter_brings_no_copies() -> None:
    overlaps = DuplicateFilter()
    overlaps.expect(1, [OLD], 2)
    overlaps.begin(1, [])
    messages = [("home/x", b"1")] * 2
    assert kept(overlaps, messages) == messages


def test_of_two_changes_in_a_row_each_has_its_own_answers() -> None:
    overlaps = DuplicateFilter()
    overlaps.expect(1, [OLD], 2)
    overlaps.expect(3, [NEW], 4)
    overlaps.begin(1, [NEW])
    overlaps.end(2)
    overlaps.begin(3, [OLD])
    messages = [("home/x", b"1")] * 4
    assert kept(overlaps, messages) == messages[:2]


def test_an_unsuback_that_never_comes_is_not_awaited_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mqttwidgets.mqtt.duplicates.LONGEST_S", -1.0)
    messages = [message("home/x", b"1")] * 2
    assert begun().without_copies(messages) == messages


def test_retained_messages_are_no_copies_and_stand_between_none() -> None:
    live, retained = message("home/x", b"1"), replace(message("home/x", b"1"), retain=True)
    assert begun().without_copies([live, retained, retained, live]) == [live, retained, retained]
