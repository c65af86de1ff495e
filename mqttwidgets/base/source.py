"""The source of a stream: anything that delivers Messages, by a clock of its own where it has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from .errors import InvalidValueError
from .model import LinkState, Message
from .text import printable

_NEEDED = ("start", "stop", "state")
_STATUSES = ("connecting", "live", "offline", "refused", "stopped")


class Sink(Protocol):
    """Where a Source delivers. Its methods are called on the Source's own thread and return at once."""

    def deliver(self, *messages: Message) -> None:
        """Take messages, in the order in which they came."""

    def link_lost(self) -> None:
        """Note that messages may be missing between those delivered so far and the next."""

    def is_wanted(self) -> bool:
        """Whether anybody still holds what this delivers to; the Source stops when nobody does."""


class Clock(Protocol):
    """The time that messages arrive by."""

    def now(self) -> float:
        """Epoch seconds; never less than before, unless the source begins again."""


@runtime_checkable
class Source(Protocol):
    """Whatever delivers Messages: a subscription, a replay, a simulator. Any thread may call it.

    These three members are needed. What else a Source has is asked for by its name:

    - `clock`, a Clock: what "now" is, to the status and to every plot. It times `Message.received_at` and
      `LinkState.since` as well. Without it that is the computer's own.
    - `topics`, a topic filter or a list of them: what it delivers. Without it that is `"#"`.
    - `name`, a text: what it is called in sentences, "the replay of Monday".
    - `publish(topic, payload, qos, retain)`: hand on a message, for `request_births`; returns whether the link is
      up, and nothing is sent where it is not.
    - `retry_now()`: try again at once where it waits, for time to pass or for the user.
    - `turn_to(topics, sink)`: deliver what matches other topic filters, a list of texts, from now on, to `sink`,
      which is None while it is stopped; returns whether what both bring goes on uninterrupted. Without it a stream
      takes what matches of all that is delivered.

    A Source is for one stream at a time, and may be started again once it is stopped. It calls its Sink without
    holding a lock that its other methods wait for.
    """

    def start(self, sink: Sink) -> None:
        """Begin to deliver to `sink`; returns at once."""

    def stop(self) -> None:
        """Deliver nothing more; returns at once."""

    @property
    def state(self) -> LinkState:
        """The link as it is now; "stopped" when nothing more comes until it is started again."""


def checked_source(source: object) -> Source:
    """A Source that the user gives.

    Raises:
        InvalidValueError: for what is none, saying what one needs, and for one whose state is no LinkState.
    """
    missing = [name for name in _NEEDED if not hasattr(source, name)]
    if missing or isinstance(source, type) or not isinstance(source, Source):
        lacks = f", which has no {' and no '.join(missing)}" if missing else ""
        raise InvalidValueError(
            "source is an object with start(sink), stop() and state, a LinkState, as mqttwidgets.Source has them, "
            f"not {printable(repr(source))}{lacks}"
        )
    state_of(source)
    return source


def state_of(source: Source) -> LinkState:
    """The link of a Source as it is now.

    Raises:
        InvalidValueError: for what is no LinkState, in words for the author of the source.
    """
    state: object = source.state
    if not isinstance(state, LinkState):
        hint = ": write @property above it" if callable(state) else ""
        raise InvalidValueError(
            "state of a source is a LinkState, such as LinkState('live', 'Replaying.', since) with since in epoch "
            f"seconds, not {printable(repr(state))}{hint}"
        )
    if state.status not in _STATUSES:
        raise InvalidValueError(
            f"the status in a source's LinkState is one of {', '.join(map(repr, _STATUSES))}, "
            f"not {printable(repr(state.status))}"
        )
    return state


def clock_of(source: Source) -> Clock | None:
    """A Source's own clock; None where it has none.

    Raises:
        InvalidValueError: for a clock that tells no time.
    """
    clock: Clock | None = getattr(source, "clock", None)
    if clock is not None and not callable(getattr(clock, "now", None)):
        raise InvalidValueError(
            f"clock of a source is an object with now(), epoch seconds, not {printable(repr(clock))}"
        )
    return clock


def name_of(source: Source) -> str:
    """The name of a Source in sentences."""
    return printable(str(getattr(source, "name", "its source")), 100)


def retrying(source: Source) -> Callable[[], object] | None:
    """The method that makes a Source try again at once; None where it never waits."""
    return getattr(source, "retry_now", None)


def publishing(source: Source) -> Callable[[str, bytes, int, bool], bool] | None:
    """The method that makes a Source hand on a message; None where it only delivers."""
    return getattr(source, "publish", None)


def turning(source: Source) -> Callable[[Sequence[str], Sink | None], bool] | None:
    """The method that turns a Source to other topics; None where it always delivers the same."""
    return getattr(source, "turn_to", None)
