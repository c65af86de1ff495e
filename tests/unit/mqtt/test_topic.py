"""Topic filters after MQTT 5, section 4.7."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import InvalidValueError, TopicFilter
from mqttwidgets.mqtt.topic import topic_filters

LEVELS = st.lists(st.sampled_from(["", "a", "b", "$s", "ä"]), min_size=1, max_size=4)
TOPICS = LEVELS.map("/".join).filter(bool)
WILD = st.lists(st.sampled_from(["", "a", "b", "+", "$s"]), min_size=1, max_size=4)
FILTERS = st.builds(lambda levels, tail: "/".join(levels + tail), WILD, st.sampled_from([[], ["#"]])).filter(bool)


def as_regex(text: str) -> re.Pattern[str]:
    """The filter as a regular expression, written down independently of the package."""
    pattern = "/".join("[^/]*" if level == "+" else re.escape(level) for level in text.split("/"))
    pattern = pattern.removesuffix(re.escape("#"))
    if text == "#":
        return re.compile("[^$].*", re.DOTALL)
    if text.endswith("/#"):
        pattern = f"{pattern.removesuffix('/')}(/.*)?"
    guard = r"(?!\$)" if text[0] in "+#" else ""
    return re.compile(guard + pattern, re.DOTALL)


@given(FILTERS, TOPICS)
def test_matches_as_the_standard_describes(text: str, topic: str) -> None:
    assert TopicFilter(text).matches(topic) == bool(as_regex(text).fullmatch(topic))


@given(FILTERS, FILTERS, TOPICS)
def test_covers_and_overlaps_agree_with_matches(wide: str, narrow: str, topic: str) -> None:
    one, other = TopicFilter(wide), TopicFilter(narrow)
    if one.covers(other) and other.matches(topic):
        assert one.matches(topic)
        assert one.overlaps(other)
    if one.matches(topic) and other.matches(topic):
        assert one.overlaps(other)
        assert other.overlaps(one)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("a#", "'#' stands alone"),
        ("a/#/b", "'#' stands alone"),
        ("a+/b", r"'\+' stands alone"),
        ("a\0b", "NUL"),
        ("a\ud800", "surrogate"),
        ("ä" * 40_000, "65,535 bytes"),
        ("$share/group", "GROUP"),
        ("$share//a", "GROUP"),
        ("$share/g+/a", "GROUP"),
    ],
)
def test_what_is_not_allowed_is_named(text: str, reason: str) -> None:
    with pytest.raises(InvalidValueError, match=reason):
        TopicFilter(text)


def test_a_shared_subscription_matches_by_its_filter() -> None:
    shared = TopicFilter("$share/group/home/+")
    assert shared.is_shared
    assert shared.matches("home/kitchen")
    assert not TopicFilter("home/#").covers(shared)


@pytest.mark.parametrize("prefix", ["$queue/", "$exclusive/"])
def test_prefixes_of_brokers_are_understood_and_are_topics_elsewhere(prefix: str) -> None:
    own = TopicFilter(f"{prefix}home/+")
    assert own.matches("home/kitchen")
    assert own.matches(f"{prefix}home/kitchen")
    assert TopicFilter(f"{prefix}#").matches(f"{prefix}home")
    assert not own.matches(f"{prefix}home")
    assert own.unshared() == TopicFilter("home/+")
    assert not TopicFilter("home/#").covers(own)
    assert not own.covers(TopicFilter("home/+"))
    assert own.overlaps(TopicFilter("home/kitchen"))


def test_a_list_of_filters_loses_its_repeats() -> None:
    assert [each.text for each in topic_filters(["a", "b/#", "a"])] == ["a", "b/#"]


@pytest.mark.parametrize("wrong", [[], (), 5, None, b"a", {"a": 1}, [5], [""]])
def test_what_is_no_topic_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidValueError):
        topic_filters(wrong)
