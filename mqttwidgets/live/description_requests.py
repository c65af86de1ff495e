"""What a stream asks its broker for besides: descriptions of what it receives, once topics show where they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..base.model import Message
from ..decoding.descriptions.requests import where_described
from ..mqtt.topic import TopicFilter

_MOST_FILTERS = 20


class DescriptionRequests:
    """Which topic filters are still to be asked for, and which descriptions have come and are to be read.

    Not thread-safe but for `take`: its SensorStream locks.

    Args:
        filters: those of the stream: what they bring need not be asked for, what they do not is not wanted.
        seen: topics that have series already.

    Example:
        >>> requests = DescriptionRequests([TopicFilter("zigbee2mqtt/kitchen")])
        >>> requests.note("zigbee2mqtt/kitchen")
        >>> requests.due(), requests.due()
        (['zigbee2mqtt/bridge/devices'], [])
    """

    def __init__(self, filters: Sequence[TopicFilter], seen: Iterable[str] = ()) -> None:
        self._filters = filters
        self._texts = [wanted.unshared().text for wanted in filters]
        self._wild = [wanted.unshared() for wanted in filters if "+" in wanted.text or "#" in wanted.text]
        self._paths = frozenset(_paths(text for text in self._texts if "+" not in text and "#" not in text))
        self._asked: dict[str, None] = {}
        self._due: list[str] = []
        self._come: dict[str, Message] = {}
        for topic in seen:
            if any(wanted.matches(topic) for wanted in filters):
                self.note(topic)

    def note(self, topic: str) -> None:
        """Note a topic that has a series."""
        if len(self._asked) >= _MOST_FILTERS:
            return
        for text in where_described(topic, self._texts):
            if text not in self._asked and len(self._asked) < _MOST_FILTERS:
                self._asked[text] = None
                if not any(wanted.covers(TopicFilter(text)) for wanted in self._filters):
                    self._due.append(text)

    def due(self) -> list[str]:
        """The filters to ask for now, each once."""
        due, self._due = self._due, []
        return due

    def take(self, message: Message) -> None:
        """Take what the broker keeps; on any thread."""
        self._come[message.topic] = message

    @property
    def has_news(self) -> bool:
        """Whether descriptions have come."""
        return bool(self._come)

    def next(self) -> Message:
        """A description that has come; each once."""
        return self._come.popitem()[1]  # in one step, as another thread may add to them

    def wants(self, topic: str) -> bool:
        """Whether a topic, or one below it, is among what the stream receives."""
        return topic in self._paths or any(wanted.reaches(topic) for wanted in self._wild)


def _paths(topics: Iterable[str]) -> Iterable[str]:
    """The topics and all above them."""
    for topic in topics:
        while topic:
            yield topic
            topic = topic.rpartition("/")[0]
