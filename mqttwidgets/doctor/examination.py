"""The steps from the host's name to the first number, and then to a line that somebody sees."""

from __future__ import annotations

import difflib
import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from ..base.errors import InvalidValueError
from ..base.model import LinkState, Message, Sample
from ..base.patterns import FieldPatterns
from ..base.text import duration, printable, quantity, sentence
from ..decoding.decoder import Decoded, Decoder
from ..decoding.formats.sparkplug_unborn import WAITS
from ..live.device_clocks import FAR_BEHIND_S, REMEDY
from ..live.ledger import Ledger
from ..mqtt.broker import Broker
from ..mqtt.failures import BROKE_PROTOCOL
from ..mqtt.topic import TopicFilter, widest
from .network import Visit, knock, look_up, open_websocket, remedy_by_port, shake_hands, visiting
from .report import Finding

_Decode = Callable[[Message], Sequence[Sample]]
_Arrived = dict[str, list[tuple[float, Sample]]]
"""Topic → samples with the times of their arrival, epoch seconds."""

_ADMISSION_S = 12.0  # what a Connection itself needs to give up on a CONNACK or a SUBACK, and a little more
_RETRY_S = 1.0
_POLL_S = 0.05
_LOOK_AROUND_S = 3.0
_PICTURE, _TIMES = "Picture", "Times"
_MOST_NAMED, _LONGEST_SHOWN_BYTES = 5, 200
_INSTALL = "install bqplot and anywidget where Jupyter's server runs, then reload the page"
_CELL = "Write plot at the end of a cell, run it, and scroll to it."
_MOST_ABSENT_NAMED = 3
_OLD_S = 600.0  # as far as a clock ahead is believed, too
_CLOCK = f"If the device speaks now, its clock is wrong: {REMEDY}."
_REMEDY_FOR_BROKEN = "It is the broker's fault: tell who runs the broker, or update it."


def examine(
    broker: Broker,
    filters: Sequence[TopicFilter],
    decoder: Decoder,
    fields: FieldPatterns | None = None,
    *,
    qos: int = 0,
    wait_s: float = 60.0,
) -> Iterator[Finding]:
    """Go from the host's name to the first number, and stop at the first step that fails.

    Each finding comes as soon as it is known. Shares the connection of whoever uses this broker already.

    Args:
        broker: where to connect.
        filters: what to subscribe.
        decoder: reads the messages; may raise.
        fields: which of its samples count; None for all.
        qos: the quality of service to ask for, 0, 1 or 2.
        wait_s: seconds to wait for the first message that is published meanwhile.

    Raises:
        InvalidValueError: for a `wait_s` that is no number of seconds.
    """
    check_wait(wait_s)

    def decode(message: Message) -> Sequence[Sample]:
        decoded = decoder.decode(message.topic, message.payload, received_at=message.received_at)
        if fields is None or not decoded:
            return decoded
        wanted = [each for each in decoded if fields.match(each.topic, each.field)]
        return wanted or Decoded.skip("not among the fields asked for")

    return _steps(broker, widest(filters), decode, qos, wait_s)


def check_wait(wait_s: object) -> None:
    """Raise InvalidValueError for what is no number of seconds to wait."""
    if isinstance(wait_s, bool) or not isinstance(wait_s, (int, float)) or not 0 <= wait_s < math.inf:
        raise InvalidValueError(f"wait_s is a number of seconds, 0 or more, not {wait_s!r}")


def examine_source(name: str, link: LinkState, ledger: Ledger, behind: str = "") -> Iterator[Finding]:
    """Look at what a source other than a broker has brought so far, up to the first number; waits for nothing.

    Args:
        name: what it is called.
        link: how it is.
        ledger: what became of its messages.
        behind: whose clock is far behind, in words; `""` where none is.
    """
    yield Finding("Source", link.status == "live", f"{name}: {link.text}")
    received, stored = ledger.received, ledger.stored
    yield Finding("First message", received > 0, f"{quantity(received, 'message')} so far")
    if received and not ledger.waiting:
        why = ", ".join([*ledger.undecodable, *ledger.skipped, *ledger.dropped])
        text = f"in {quantity(stored, 'message')}" if stored else f"none: {why}"
        yield Finding("Numbers in it", stored > 0, text)
        if behind:
            yield Finding(_TIMES, False, behind)


def _steps(
    broker: Broker, filters: Sequence[TopicFilter], decode: _Decode, qos: int, wait_s: float
) -> Iterator[Finding]:
    looks = [look_up, knock]
    looks += [shake_hands] if broker.uses_tls else []
    looks += [open_websocket] if broker.uses_websocket else []
    for look in looks:
        finding = look(broker)
        yield finding
        if not finding.is_well:
            return
    with visiting(broker, filters, qos) as visits:
        yield from _talk(broker, visits, decode, wait_s)


def _talk(broker: Broker, visits: Sequence[Visit], decode: _Decode, wait_s: float) -> Iterator[Finding]:
    """The steps once TCP, and TLS where wanted, are up."""
    admitted = _admission(broker, visits[0])
    yield admitted
    if not admitted.is_well:
        return
    answers = [_answer(visit) for visit in visits]
    yield from answers
    granted = [visit for visit, answer in zip(visits, answers, strict=True) if answer.is_well]
    if not granted:
        return
    messages = _await_messages(granted, wait_s)
    yield _arrival(broker, granted, wait_s)
    if messages:
        samples: _Arrived = {}
        read = _reading(messages, decode, samples)
        yield read
        yield from _times(samples) if read.is_well else ()


def _admission(broker: Broker, visit: Visit) -> Finding:
    link = _settled(visit, lambda: visit.subscription.link)
    who = f"as {printable(broker.username)}" if broker.username else "without a user name"
    if link.status == "live":
        return Finding("MQTT", True, f"{printable(broker.host)} admits us {who}, with MQTT {broker.protocol}")
    if link.status == "refused":
        return Finding("MQTT", False, link.text)  # which says what to do
    remedy = _REMEDY_FOR_BROKEN if BROKE_PROTOCOL in link.text else remedy_by_port(broker)
    return Finding("MQTT", False, link.text.removeprefix("Offline: "), remedy)


def _answer(visit: Visit) -> Finding:
    state = _settled(visit, lambda: visit.subscription.state)
    step = f"Subscription to {printable(visit.filter.text)}"
    if state.status == "live":
        return Finding(step, True, "granted")
    if state.status == "refused":
        remedy = "The broker's access list decides that: ask who runs it, or subscribe to something else."
        return Finding(step, False, state.text, remedy)
    return Finding(step, False, state.text, _remedy_for(state.text))


def _remedy_for(loss: str) -> str:
    return _REMEDY_FOR_BROKEN if BROKE_PROTOCOL in loss else "The broker's log says why, most likely."


def _settled(visit: Visit, state: Callable[[], LinkState]) -> LinkState:
    """The state once it is no longer on its way; what failed before this visit is tried again."""
    before = state()
    if visit.shares_a_link and before.status in ("offline", "refused"):
        visit.subscription.retry_now()
        _wait_for(lambda: state().status != before.status, _RETRY_S)
    _wait_for(lambda: state().status != "connecting", _ADMISSION_S)
    return state()


def _wait_for(condition: Callable[[], bool], limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _await_messages(visits: Sequence[Visit], wait_s: float) -> list[Message]:
    """The first messages, live ones if such come before the link is lost; none where the broker only kept some."""
    _wait_for(lambda: any(visit.live or visit.loss for visit in visits), wait_s)
    return [message for visit in visits for message in visit.live]


def _arrival(broker: Broker, visits: Sequence[Visit], wait_s: float) -> Finding:
    step = "First message"
    live = [message for visit in visits for message in visit.live]
    kept = [message for visit in visits for message in visit.kept]
    if live:
        text = f"on {printable(live[0].topic)}, {quantity(len(live[0].payload), 'byte')}"
        return Finding(step, True, text)
    loss = next((visit.loss for visit in visits if visit.loss), "")
    if loss:
        return Finding(step, False, loss, _remedy_for(loss))
    if kept:
        text = f"none within {duration(wait_s)} but what the broker had kept, on {printable(kept[0].topic)}"
        return Finding(step, False, text, "Does the sensor still publish? Some do only when their value changes.")
    remedy = _why_nothing(broker, [visit.filter for visit in visits], wait_s)
    return Finding(step, False, f"nothing came within {duration(wait_s)}", remedy)


def _why_nothing(broker: Broker, filters: Sequence[TopicFilter], wait_s: float) -> str:
    """The usual causes of silence, and what can be heard instead."""
    rarely = (
        "Does the sensor publish now? Topics are case-sensitive, and an access list may hide them without a word."
    )
    if broker.client_id:
        return rarely  # listening to all needs another connection, which has no right to that id
    with visiting(broker, [TopicFilter("#")], 0) as (everything,):
        if not _answer(everything).is_well:
            return rarely
        time.sleep(_LOOK_AROUND_S)
        topics = list(everything.topics)
    if any(wanted.matches(topic) for wanted in filters for topic in topics):
        return f"It does come, only more seldom than every {duration(wait_s)}."
    if not topics:
        return (
            "Nothing comes on # either: nobody publishes now, or the broker's access list hides it, which many "
            "brokers do without a word."
        )
    named = _nearest(filters, topics)
    return (
        f"Other topics come: {', '.join(map(printable, named))}. Upper and lower case count, and an access list "
        "may hide a topic without a word."
    )


def _nearest(filters: Sequence[TopicFilter], topics: Sequence[str]) -> list[str]:
    """A few topics, those first that are spelt like a filter."""
    by_fold = {topic.casefold(): topic for topic in topics}
    near = itertools.chain.from_iterable(
        difflib.get_close_matches(wanted.text.casefold(), by_fold, _MOST_NAMED, 0.7) for wanted in filters
    )
    return list(dict.fromkeys([*(by_fold[folded] for folded in near), *topics]))[:_MOST_NAMED]


def _times(samples: _Arrived) -> Iterator[Finding]:
    """A cross where all samples on a topic were measured, by their own times, an hour or so before they came."""
    behind = {
        topic: min(arrival - each.time for arrival, each in found) for topic, found in samples.items() if found
    }
    late = [topic for topic, behind_s in behind.items() if behind_s >= FAR_BEHIND_S]
    if late:
        others = f", and so for {quantity(len(late) - 1, 'other topic')}" if len(late) > 1 else ""
        text = (
            f"the newest sample on {printable(late[0])} was {duration(behind[late[0]])} old when it came{others}"
        )
        yield Finding(_TIMES, False, text, _CLOCK)


def _reading(messages: Sequence[Message], decode: _Decode, samples: _Arrived) -> Finding:
    """Read messages; the samples of each topic are put into `samples`, with the times of their arrival."""
    step = "Numbers in it"
    names: dict[str, None] = {}
    reason = ""
    for message in messages:
        try:
            decoded = decode(message)
        except Exception as error:  # a decoder of the user's
            return Finding(step, False, f"the decoder raised {type(error).__name__}: {printable(str(error), 160)}")
        samples.setdefault(message.topic, []).extend((message.received_at, each) for each in decoded)
        names.update(dict.fromkeys(f"{sample.topic} {sample.field}".strip() for sample in decoded))
        reason = reason or getattr(decoded, "undecodable", "") or getattr(decoded, "skipped", "")
    if not names:
        payload = printable(messages[0].payload[:_LONGEST_SHOWN_BYTES].decode(errors="replace"), 60)
        remedy = "fields= asks for a number that is left out, decoder= reads a format of one's own."
        if reason == WAITS:
            remedy = "request_births() asks Sparkplug's edge nodes to send their certificates again."
        return Finding(step, False, f"none in “{payload}”: {reason or 'the decoder returned none'}", remedy)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return Finding(step, True, ", ".join(map(printable, list(names)[:_MOST_NAMED])) + more)


class Page(Enum):
    """Whether a page shows a plot, as far as the kernel was told."""

    SHOWS_IT = "has it in sight"
    IS_ELSEWHERE = "has it not in sight"
    CANNOT_DRAW = "shows an error in its place"
    IS_SILENT = "has never answered"
    IS_NONE = "cannot be, as there is no Jupyter kernel"


class Absent(NamedTuple):
    """A line without a sample in the picture.

    Attributes:
        name: of the line.
        ahead_s: how far its newest sample is ahead of now, in seconds; below 0 for an old one.
    """

    name: str
    ahead_s: float


class PlotState(NamedTuple):
    """The facts about a plot by which its picture is judged.

    Attributes:
        series: how many it has.
        hidden: how many of them are left out of the picture.
        absent: the lines that are nowhere in it.
        is_stopped: whether it is not subscribed.
        is_paused: whether it stands still because somebody wants it to.
        is_zoomed: whether it shows a span of the past.
        page: who sees it.
        behind_s: how far the newest sample of the lines is behind now, in seconds.
    """

    series: int
    hidden: int
    absent: Sequence[Absent]
    is_stopped: bool
    is_paused: bool
    is_zoomed: bool
    page: Page
    behind_s: float = 0.0


def examine_picture(plot: PlotState) -> Finding:
    """Whether somebody sees a sample of each line.

    Example:
        >>> print(examine_picture(PlotState(3, 3, [], False, False, False, Page.SHOWS_IT)))
        ✗ Picture: every series is hidden
            plot.hidden = [] shows them.
    """
    return _without_lines(plot) or _out_of_sight(plot) or _absent(plot) or _well(plot)


def _well(plot: PlotState) -> Finding:
    if plot.behind_s < _OLD_S:
        return Finding(_PICTURE, True, _lines(plot))
    return Finding(
        _PICTURE, True, f"{_lines(plot)}, but the newest sample is {duration(plot.behind_s)} old", _CLOCK
    )


def _lines(plot: PlotState) -> str:
    return quantity(plot.series - plot.hidden, "line")


def _without_lines(plot: PlotState) -> Finding | None:
    if plot.is_stopped:
        return Finding(_PICTURE, False, f"{_lines(plot)}, but the plot is stopped", "plot.start() subscribes.")
    if plot.is_paused:
        remedy = "plot.paused = False lets it go on."
        return Finding(_PICTURE, False, f"{_lines(plot)}, but the plot is paused", remedy)
    if not plot.series:
        remedy = "plot.ledger says what became of each message."
        return Finding(_PICTURE, False, "no line: nothing that came to this plot could be stored", remedy)
    if plot.hidden == plot.series:
        return Finding(_PICTURE, False, "every series is hidden", "plot.hidden = [] shows them.")
    return None


def _out_of_sight(plot: PlotState) -> Finding | None:
    if plot.page is Page.IS_ELSEWHERE:
        return Finding(_PICTURE, False, f"{_lines(plot)}, but no page shows them", _CELL)
    if plot.page is Page.CANNOT_DRAW:
        text = f"{_lines(plot)}, but the page shows an error in place of the picture"
        return Finding(_PICTURE, False, text, sentence(_INSTALL))
    if plot.page is Page.IS_SILENT:
        remedy = f"{_CELL} If a page shows it, empty or broken: {_INSTALL}."
        return Finding(_PICTURE, False, f"{_lines(plot)}, but no page has answered", remedy)
    if plot.page is Page.IS_NONE:
        remedy = "Run it in a notebook. A SensorStream does all but draw, anywhere."
        return Finding(_PICTURE, False, f"{_lines(plot)}, but there is no Jupyter kernel to show them", remedy)
    return None


def _absent(plot: PlotState) -> Finding | None:
    if not plot.absent:
        return None
    named = "; ".join(map(_whereabouts, plot.absent[:_MOST_ABSENT_NAMED]))
    more = f"; and {len(plot.absent) - _MOST_ABSENT_NAMED} more" if len(plot.absent) > _MOST_ABSENT_NAMED else ""
    remedy = (
        "plot.go_live() goes back to now."
        if plot.is_zoomed
        else f"A longer plot.window shows old samples. {_CLOCK}"
    )
    return Finding(_PICTURE, False, f"{_lines(plot)}, but not in view: {named}{more}", remedy)


def _whereabouts(line: Absent) -> str:
    where = f"{duration(abs(line.ahead_s))} {'ahead' if line.ahead_s > 0 else 'old'}"
    return f"{printable(line.name)}, whose newest sample is {where}"
