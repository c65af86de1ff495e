"""Topic filters: validation and matching after MQTT 5, section 4.7 and 4.8.2."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from ..base.errors import InvalidValueError, discreet
from ..base.text import printable

LONGEST_BYTES = 65_535
"""The longest UTF-8 encoded string in MQTT, in bytes [MQTT-4.7.3-3]."""

MOST_FILTERS = 500
"""Filters of one subscription; to find those that others cover takes the square of their number."""

_FORBIDDEN = re.compile(r"[\x00\ud800-\udfff]")
_OF_BROKERS = ("$queue/", "$exclusive/")
"""Prefixes of filters at EMQX: shared in a group without a name, and for one client alone. Elsewhere of topics."""


class TopicFilter:
    """A subscription pattern: levels separated by `/`, `+` for one level, a final `#` for all below.

    Args:
        text: the filter as it goes to the broker; `$share/GROUP/FILTER` is understood, and EMQX's `$queue/FILTER`
            and `$exclusive/FILTER`.

    Raises:
        InvalidValueError: (a ValueError) with the reason, for what MQTT 5 section 4.7 does not allow.

    Example:
        >>> TopicFilter("home/+/temperature").matches("home/kitchen/temperature")
        True
        >>> TopicFilter("#").matches("$SYS/broker/uptime")
        False
    """

    __slots__ = ("_levels", "_literal", "text")

    @discreet
    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise InvalidValueError(f"a topic filter is a string such as 'home/+/temperature', not {text!r}")
        self.text = text
        _check_characters(text)
        self._levels = _without_prefix(text).split("/")
        self._literal = text.split("/") if text.startswith(_OF_BROKERS) else None
        _check_wildcards(text, self._levels)

    def matches(self, topic: str) -> bool:
        """Whether a message on `topic` belongs to this filter.

        A wildcard in the first level does not match a topic that starts with `$` [MQTT-4.7.2-1]; a topic
        that itself holds a wildcard is no topic name and matches nothing [MQTT-4.7.1-1].
        """
        if not topic or "+" in topic or "#" in topic:
            return False
        levels = topic.split("/")
        if topic.startswith("$") and self._levels[0] in ("+", "#"):
            return self._literal is not None and _covers(self._literal, levels)
        return _covers(self._levels, levels) or (self._literal is not None and _covers(self._literal, levels))

    def covers(self, other: TopicFilter) -> bool:
        """Whether every topic that matches `other` matches this filter too."""
        if self.is_shared or other.is_shared:
            return self.text == other.text
        if other._levels[0].startswith("$") and self._levels[0] in ("+", "#"):
            return False
        return _covers(self._levels, other._levels)

    def reaches(self, topic: str) -> bool:
        """Whether a topic, or one below it, can match this filter.

        Example:
            >>> wanted = TopicFilter("tele/+/SENSOR")
            >>> wanted.reaches("tele/washer"), wanted.reaches("tele/washer/SENSOR"), wanted.reaches("stat/washer")
            (True, True, False)
        """
        levels = topic.split("/")
        for mine, other in zip(self._levels, levels, strict=False):
            if mine == "#":
                return True
            if mine not in ("+", other):
                return False
        return len(levels) <= len(self._levels)

    def overlaps(self, other: TopicFilter) -> bool:
        """Whether some topic can match both filters."""
        for mine, theirs in zip(self._levels, other._levels, strict=False):
            if "#" in (mine, theirs):
                return True
            if mine != theirs and "+" not in (mine, theirs):
                return False
        longer, shorter = sorted((self._levels, other._levels), key=len, reverse=True)
        return len(longer) == len(shorter) or longer[len(shorter)] == "#" or shorter[-1] == "#"

    @property
    def is_shared(self) -> bool:
        """Whether others may get its messages in our place (MQTT 5, section 4.8.2), or may not subscribe it."""
        return self.text.startswith(("$share/", *_OF_BROKERS))

    def unshared(self) -> TopicFilter:
        """The filter of a shared subscription for oneself; this one where it is not shared.

        Example:
            >>> TopicFilter("$share/workers/jobs/#").unshared()
            TopicFilter('jobs/#')
        """
        return TopicFilter(_without_prefix(self.text)) if self.is_shared else self

    def __repr__(self) -> str:
        return f"TopicFilter({self.text!r})"

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TopicFilter) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def topic_filters(topic: str | Iterable[str]) -> tuple[TopicFilter, ...]:
    """The filters named by a `topic` argument: one string or several, repeats left out.

    Raises:
        InvalidValueError: for an empty list, more than 500 filters, or a filter that is not valid.

    Example:
        >>> topic_filters(["a/+", "b/#", "a/+"])
        (TopicFilter('a/+'), TopicFilter('b/#'))
    """
    if isinstance(topic, (str, TopicFilter)):
        topic = [str(topic)]
    elif not isinstance(topic, Iterable) or isinstance(topic, (bytes, dict)):
        raise InvalidValueError(f"topic is a topic filter or a list of them, not {topic!r}")
    texts = list(itertools.islice(topic, MOST_FILTERS + 1))
    if len(texts) > MOST_FILTERS:
        raise InvalidValueError(f"topic names at most {MOST_FILTERS} filters; + and # stand for many topics")
    filters = tuple(dict.fromkeys(TopicFilter(text) for text in texts))
    if not filters:
        raise InvalidValueError("topic is an empty list: name at least one topic filter, such as 'home/#'")
    return filters


def widest(filters: Iterable[TopicFilter]) -> list[TopicFilter]:
    """Those filters that no other one covers.

    Example:
        >>> widest([TopicFilter("home/a"), TopicFilter("home/#")])
        [TopicFilter('home/#')]
    """
    known = list(filters)
    return [mine for mine in known if not any(other.covers(mine) for other in known if other != mine)]


def _covers(wide: list[str], narrow: list[str]) -> bool:
    for position, level in enumerate(wide):
        if level == "#":
            return True
        if position == len(narrow):
            return False
        if narrow[position] == "#" or (level != "+" and level != narrow[position]):
            return False
    return len(wide) == len(narrow)


def _check_characters(text: str) -> None:
    shown = repr(printable(text))
    if not text:
        raise InvalidValueError("the topic filter is empty: write one such as 'home/+/temperature' or '#'")
    if _FORBIDDEN.search(text):
        raise InvalidValueError(f"{shown} holds a NUL or an unpaired surrogate, which MQTT does not allow")
    if len(text.encode()) > LONGEST_BYTES:
        raise InvalidValueError(f"{shown} is longer than the {LONGEST_BYTES:,} bytes that MQTT allows")


def _without_prefix(text: str) -> str:
    for prefix in _OF_BROKERS:
        if text.startswith(prefix) and text != prefix:
            return text[len(prefix) :]
    if not text.startswith("$share/"):
        return text
    _, group, *rest = text.split("/", 2)
    if not group or not rest or not rest[0] or "+" in group or "#" in group:
        raise InvalidValueError(
            f"{printable(text)!r} is no shared subscription: write '$share/GROUP/FILTER', GROUP without + or #"
        )
    return rest[0]


def _check_wildcards(text: str, levels: list[str]) -> None:
    for position, level in enumerate(levels):
        if "#" in level and (level != "#" or position != len(levels) - 1):
            raise InvalidValueError(
                f"{printable(text)!r}: '#' stands alone in the last level, as in 'home/#' [MQTT-4.7.1-1]"
            )
        if "+" in level and level != "+":
            raise InvalidValueError(
                f"{printable(text)!r}: '+' stands alone in its level, as in 'home/+/temperature' [MQTT-4.7.1-2]"
            )
