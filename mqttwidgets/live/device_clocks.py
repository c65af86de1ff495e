"""Tells a device's clock that was set back, or is far behind, from samples that come late."""

from __future__ import annotations

from collections.abc import Callable

from ..base.text import duration, printable

CLOCK_BACK = "a clock that was set back: its own time taken"

FAR_BEHIND_S = 3_000.0
"""A clock that is so far behind is told: it may be in another time zone, an hour away at least."""

REMEDY = "decoder=AutoDecoder(time='') draws by the time of arrival"

_SAME_S = (
    60.0  # by so much the delay of a device may vary whose clock is behind; what was measured long ago varies
)
_BACK_S = 10.0  # less is a clock that was corrected, or one message that overtook another
_ENOUGH, _LONG_ENOUGH_S = 5, 3.0
_UNSTEADY_S, _UNSTEADY = 1.0, 0.1  # of the time that passed
_TOPICS_REMEMBERED, _LONGEST_TOPIC = 1_000, 1_000


class DeviceClocks:
    """Watches the times that devices give to their messages. Not thread-safe: its SensorStream locks.

    Samples are stored by their own times. After a clock was set back they stand among earlier ones and the end of
    the line does not move, so the user must be told. Late samples have earlier times, too. But a device that
    catches up sends faster than it measured, or between current samples, while the times of a clock that was set
    back advance as fast as time passes.

    Example:
        >>> clocks = DeviceClocks()
        >>> clocks.note("oven", 5000.0, arrival=5000.0), clocks.note("oven", 1401.0, arrival=5001.0)
        (False, False)
        >>> [clocks.note("oven", 1400.0 + second, arrival=5000.0 + second) for second in (2, 3, 4, 5)]
        [False, False, False, True]
        >>> clocks.remark.partition(":")[0]
        'the clock of oven was set back by 1 h'
    """

    def __init__(self) -> None:
        self._clocks: dict[str, _DeviceClock] = {}
        self._back: dict[str, None] = {}

    def note(self, topic: str, time: float, arrival: float, *, is_retained: bool = False) -> bool:
        """Note a message with a time of its own; returns whether its device's clock has been set back.

        Args:
            topic: the topic of the message.
            time: the newest time in it, epoch seconds.
            arrival: when it arrived, epoch seconds.
            is_retained: whether it was retained by the broker, and so says nothing about the clock now.
        """
        clock = self._clocks.get(topic)
        if clock is None:
            if len(self._clocks) < _TOPICS_REMEMBERED and len(topic) <= _LONGEST_TOPIC:
                self._clocks[topic] = _DeviceClock(time, arrival, is_retained)
            return False
        if time >= clock.newest:
            self._back.pop(topic, None)
            clock.go_on(time, arrival, is_retained)
            return False
        if clock.newest - time <= _BACK_S:
            return topic in self._back
        if clock.go_back(time, arrival):
            self._back[topic] = None
            return True
        return False

    def behind_s(self, topic: str) -> float | None:
        """Seconds by which the clock of a topic's device is behind this computer's; 0 if that is not known.

        It is the shortest delay of its messages, as some were on their way for longer. None while the device sends
        much earlier times than before, be they late or those of a clock that was set back.
        """
        clock = self._clocks.get(topic)
        if clock is None:
            return 0.0
        return None if clock.is_back else clock.behind_s or 0.0

    def far_behind(self, moment: Callable[[float], str]) -> str:
        """Whose clock is behind by an hour or so, in words; `""` where none is.

        It must have sent twice, at times as far apart as the messages were: what is sent long after it was
        measured comes in another rhythm.

        Args:
            moment: a time in words, of epoch seconds.

        Example:
            >>> clocks = DeviceClocks()
            >>> for second in (0.0, 60.0):
            ...     _ = clocks.note("garden", time=30_000.0 + second, arrival=48_000.0 + second)
            >>> clocks.far_behind(lambda epoch_s: "08:21").partition(" decoder=")[0]
            'garden: ends at 08:21, 5 h behind: its clock?'
        """
        found = [(topic, clock) for topic, clock in self._clocks.items() if clock.is_far_behind]
        if not found:
            return ""
        topic, clock = found[0]
        others = f"; so for {len(found) - 1} others" if len(found) > 1 else ""
        ends = f"{printable(topic, 60)}: ends at {moment(clock.newest)}, {duration(clock.behind_s or 0.0)} behind"
        return f"{ends}: its clock? {REMEDY}{others}"

    @property
    def remark(self) -> str:
        """Whose clock was set back, in words; `""` if none was, or if all have caught up since."""
        if not self._back:
            return ""
        first = next(iter(self._back))
        others = f", and so were {len(self._back) - 1} others" if len(self._back) > 1 else ""
        return (
            f"the clock of {printable(first, 60)} was set back by {duration(self._clocks[first].back_s)}{others}: "
            "what it sends stands among what it sent before, and limits cannot tell them apart"
        )


class _DeviceClock:
    """The times of one topic: the newest, and the earlier ones that came after it."""

    __slots__ = (
        "_began",
        "_count",
        "_first_arrival",
        "_first_late_s",
        "_late_s",
        "_latest",
        "back_s",
        "behind_s",
        "newest",
    )

    def __init__(self, time: float, arrival: float, is_retained: bool) -> None:
        self._count, self.back_s = 0, 0.0
        self.behind_s: float | None = None
        self.go_on(time, arrival, is_retained)

    @property
    def is_back(self) -> bool:
        """Whether times far before the newest one have come since."""
        return self._count > 0

    def go_on(self, time: float, arrival: float, is_retained: bool) -> None:
        """Note a time that is the newest."""
        if self._count >= _ENOUGH:
            self.behind_s = None  # it was set back
        self.newest, self._late_s, self._count = time, arrival - time, 0
        if is_retained:
            return
        if self.behind_s is None:
            self.behind_s = self._first_late_s = self._late_s
            self._first_arrival = arrival
        elif self._late_s < self.behind_s:
            self.behind_s = self._late_s

    @property
    def is_far_behind(self) -> bool:
        """Whether all messages came an hour or so after their times, and each by about as much."""
        if self.behind_s is None or self.behind_s < FAR_BEHIND_S or self.is_back:
            return False
        has_come_again = self.newest + self._late_s > self._first_arrival
        return has_come_again and abs(self._late_s - self._first_late_s) <= _SAME_S

    def go_back(self, time: float, arrival: float) -> bool:
        """Note a time far before the newest; returns whether enough of these advanced as a clock does."""
        if not self._count or not self._is_steady(time, arrival):
            self._count, self._began = 0, (time, arrival)
        self._latest = time
        self._count += 1
        self.back_s = arrival - time - self._late_s
        return self._count >= _ENOUGH and arrival - self._began[1] >= _LONG_ENOUGH_S

    def _is_steady(self, time: float, arrival: float) -> bool:
        first_time, first_arrival = self._began
        passed_s = arrival - first_arrival
        return time >= self._latest and abs(time - first_time - passed_s) <= max(_UNSTEADY_S, _UNSTEADY * passed_s)
