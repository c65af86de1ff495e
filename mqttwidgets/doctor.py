"""What stands between a broker and a line: looked at step by step, up to the first cross."""

from __future__ import annotations

import difflib
import itertools
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from .broker import Broker
from .message import LinkState, Message, Sample
from .outage import reason_in_words
from .subscription import Subscription
from .text import duration, html_text, printable, quantity
from .tls import tls_context
from .topic import TopicFilter

Decode = Callable[[Message], Sequence[Sample]]

_ANSWER_S = 5.0
_ADMISSION_S = 12.0  # what a Connection itself needs to give up on a CONNACK or a SUBACK, and a little more
_POLL_S = 0.05
_LOOK_AROUND_S = 3.0
_MOST_MESSAGES, _MOST_TOPICS, _MOST_NAMED = 1000, 1000, 5
_EXPIRED, _NOT_YET_VALID, _NAME_MISMATCH, _ADDRESS_MISMATCH = 10, 9, 62, 64  # OpenSSL's X509_V_ERR_…

_AUTHORITY = "If the broker has an authority of its own, name its file: Broker.from_url(URL, ca_file='ca.pem')."
_CERTIFICATE_REMEDIES = {
    _EXPIRED: "The broker's certificate must be renewed, unless the clock of this computer is wrong: {now}.",
    _NOT_YET_VALID: "Is the clock of this computer right? It says {now}.",
    _NAME_MISMATCH: "Write the host in the URL as the certificate has it.",
    _ADDRESS_MISMATCH: "Write the host in the URL as the certificate has it: a name, most likely.",
}


class Finding(NamedTuple):
    """One step of the way.

    Attributes:
        step: its name.
        is_well: whether it works.
        text: what was found.
        remedy: what to do; `""` where nothing needs to be done.
    """

    step: str
    is_well: bool
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{'✓' if self.is_well else '✗'} {self.step}: {self.text}"
        return f"{line}\n    {self.remedy}" if self.remedy else line


class Report:
    """What a doctor found: a checklist that prints, and shows in a notebook.

    Args:
        findings: the steps in their order.

    Attributes:
        findings: the same, as a tuple.

    Example:
        >>> Report([Finding("TCP", False, "nothing listens at pi:1883", "Is the broker running?")])
        ✗ TCP: nothing listens at pi:1883
            Is the broker running?
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)

    @property
    def is_well(self) -> bool:
        """Whether every step works."""
        return all(finding.is_well for finding in self.findings)

    def __repr__(self) -> str:
        return "\n".join(map(str, self.findings))

    def _repr_html_(self) -> str:
        return f"<ul style='list-style: none; padding-left: 0'>{''.join(map(_as_html, self.findings))}</ul>"


def examine(
    broker: Broker, filters: Sequence[TopicFilter], decode: Decode, *, qos: int = 0, wait_s: float = 60.0
) -> Iterator[Finding]:
    """Go from the host's name to the first sample, and stop at the first step that fails.

    Each finding comes as soon as it is known. Shares the connection of whoever uses this broker already.

    Args:
        broker: where to connect.
        filters: what to subscribe.
        decode: makes samples of a message; may raise.
        qos: the quality of service to ask for, 0, 1 or 2.
        wait_s: seconds to wait for the first message.
    """
    for look in (_look_up, _knock, *([_shake_hands] if broker.uses_tls else [])):
        finding = look(broker)
        yield finding
        if not finding.is_well:
            return
    with _subscribed(broker, filters, qos) as visits:
        yield from _talk(broker, visits, decode, wait_s)


def lines_in_sight(series: int, hidden: int, *, is_stopped: bool, is_seen: bool) -> Finding:
    """Whether what was read becomes lines that somebody sees.

    Args:
        series: how many a plot has.
        hidden: how many of them are left out of the picture.
        is_stopped: whether it is not subscribed.
        is_seen: whether some page has it in sight.

    Example:
        >>> print(lines_in_sight(3, 3, is_stopped=False, is_seen=True))
        ✗ Picture: every series is hidden
            plot.hidden = [] shows them.
    """
    lines = quantity(series - hidden, "line")
    if not series and is_stopped:
        return Finding("Picture", False, "no line: the plot is stopped", "plot.start() subscribes.")
    if not series:
        remedy = "plot.ledger says what became of each message."
        return Finding("Picture", False, "no line: nothing that came to this plot could be stored", remedy)
    if hidden == series:
        return Finding("Picture", False, "every series is hidden", "plot.hidden = [] shows them.")
    if not is_seen:
        remedy = "Write plot at the end of a cell, run it, and scroll to it."
        return Finding("Picture", False, f"{lines}, but no page shows them", remedy)
    return Finding("Picture", True, f"{lines}, in sight of a page")


def _talk(broker: Broker, visits: Sequence[_Visit], decode: Decode, wait_s: float) -> Iterator[Finding]:
    """The steps once TCP, and TLS where wanted, are up."""
    admitted = _await_admission(broker, visits[0].subscription)
    yield admitted
    if not admitted.is_well:
        return
    answers = [_await_answer(visit) for visit in visits]
    yield from answers
    granted = [visit for visit, answer in zip(visits, answers, strict=True) if answer.is_well]
    if not granted:
        return
    messages = _await_messages(granted, wait_s)
    yield _arrival(broker, granted, messages, wait_s)
    if messages:
        yield _reading(messages, decode)


# Name, port, encryption.


def _look_up(broker: Broker) -> Finding:
    step, host = "Host name", printable(broker.host)
    try:
        found = _within(_ANSWER_S, lambda: socket.getaddrinfo(broker.host, broker.port, type=socket.SOCK_STREAM))
    except TimeoutError:
        text = f"the name server did not answer for {host} within {duration(_ANSWER_S)}"
        return Finding(
            step, False, text, "Is the network up? The broker's IP address in the URL needs no name server."
        )
    except OSError as error:
        remedy = "Is it spelt right? In another network it may go by another name, or only by its IP address."
        return Finding(step, False, reason_in_words(error, broker), remedy)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    return Finding(step, True, host if addresses == [broker.host] else f"{host} is {', '.join(addresses[:3])}")


def _knock(broker: Broker) -> Finding:
    step = "TCP"
    try:
        _dial(broker).close()
    except OSError as error:
        return Finding(step, False, reason_in_words(error, broker), _remedy_without_tcp(error, broker))
    return Finding(step, True, f"something listens at {broker.host}:{broker.port}")


def _remedy_without_tcp(error: OSError, broker: Broker) -> str:
    if isinstance(error, ConnectionRefusedError):
        return (
            f"Does the broker run, and is {broker.port} its port? Mosquitto listens only to its own computer "
            "until its configuration has a line such as 'listener 1883'."
        )
    if isinstance(error, TimeoutError):
        return "A firewall may swallow it, or nothing has that address. Does the host answer a ping?"
    return "Is this computer in a network from which the broker can be reached?"


def _shake_hands(broker: Broker) -> Finding:
    step = "TLS"
    try:
        context = tls_context(broker)
    except OSError as error:
        return Finding(
            step, False, f"a certificate or key of our own cannot be used: {printable(str(error), 160)}"
        )
    try:
        with _dial(broker) as plain, context.wrap_socket(plain, server_hostname=broker.host) as encrypted:
            return Finding(step, True, _certificate_in_words(encrypted))
    except ssl.SSLCertVerificationError as error:
        remedy = _CERTIFICATE_REMEDIES.get(error.verify_code, _AUTHORITY)
        now = f"{datetime.now().astimezone():%d %b %Y %H:%M %Z}"
        return Finding(step, False, reason_in_words(error, broker), remedy.format(now=now))
    except OSError as error:
        remedy = f"Without TLS the URL begins with {'ws' if broker.uses_websocket else 'mqtt'}://."
        return Finding(step, False, reason_in_words(error, broker), remedy)


def _certificate_in_words(encrypted: ssl.SSLSocket) -> str:
    certificate: Any = encrypted.getpeercert() or {}
    until = certificate.get("notAfter", "")
    return f"{encrypted.version()}, a certificate that is accepted{f', valid until {until}' if until else ''}"


def _dial(broker: Broker) -> socket.socket:
    return socket.create_connection((broker.host, broker.port or 0), timeout=_ANSWER_S)


def _within(seconds: float, action: Callable[[], Any]) -> Any:
    """What `action` returns; TimeoutError where that takes longer, as the resolver itself knows no limit."""
    outcome: queue.Queue[tuple[Any, OSError | None]] = queue.Queue()

    def work() -> None:
        try:
            outcome.put((action(), None))
        except OSError as error:
            outcome.put((None, error))

    threading.Thread(target=work, name="mqttwidgets-doctor", daemon=True).start()
    try:
        result, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result


# MQTT.


class _Visit:
    """One filter, subscribed to see what comes. `deliver` runs on the network thread."""

    def __init__(self, broker: Broker, wanted: TopicFilter, qos: int) -> None:
        self.filter = wanted
        self.subscription = Subscription(broker, [wanted], qos)
        self.messages: list[Message] = []
        self.topics: dict[str, None] = {}

    def deliver(self, *messages: Message) -> None:
        """Keep the first thousand messages, and the first thousand topics."""
        self.messages += messages[: _MOST_MESSAGES - len(self.messages)]
        self.topics.update(dict.fromkeys(message.topic for message in messages[: _MOST_TOPICS - len(self.topics)]))

    def link_lost(self) -> None:
        """Of no interest here."""

    def is_wanted(self) -> bool:
        """For as long as it is not stopped."""
        return True


@contextmanager
def _subscribed(broker: Broker, filters: Iterable[TopicFilter], qos: int) -> Iterator[list[_Visit]]:
    visits = [_Visit(broker, wanted, qos) for wanted in filters]
    try:
        for visit in visits:
            visit.subscription.start(visit)
        yield visits
    finally:
        for visit in visits:
            visit.subscription.stop()


def _await_admission(broker: Broker, subscription: Subscription) -> Finding:
    link = _await_other_than_connecting(lambda: subscription.link)
    who = f"as {printable(broker.username)}" if broker.username else "without a user name"
    if link.status == "live":
        return Finding("MQTT", True, f"{broker.host} admits us {who}, with MQTT {broker.protocol}")
    return Finding("MQTT", False, link.text, _remedy_without_admission(link, broker))


def _remedy_without_admission(link: LinkState, broker: Broker) -> str:
    if link.status == "refused":
        return ""  # the text says it
    if broker.client_certificate is None and broker.uses_tls:
        return "Does the broker want a certificate of ours? Broker.from_url(URL, client_certificate='me.pem')."
    other = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}[broker.scheme]
    return f"Is that the port for {broker.scheme}://? The usual one is {other}."


def _await_answer(visit: _Visit) -> Finding:
    state = _await_other_than_connecting(lambda: visit.subscription.state)
    step = f"Subscription to {printable(visit.filter.text)}"
    if state.status == "live":
        return Finding(step, True, "granted")
    remedy = "The broker's access list decides that: ask who runs it, or subscribe to something else."
    return Finding(step, False, state.text, remedy)


def _await_other_than_connecting(state: Callable[[], LinkState]) -> LinkState:
    deadline = time.monotonic() + _ADMISSION_S
    while (known := state()).status == "connecting" and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return known


# Messages.


def _await_messages(visits: Sequence[_Visit], wait_s: float) -> list[Message]:
    deadline = time.monotonic() + wait_s
    while not any(visit.messages for visit in visits) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return [message for visit in visits for message in visit.messages]


def _arrival(broker: Broker, visits: Sequence[_Visit], messages: Sequence[Message], wait_s: float) -> Finding:
    step = "First message"
    if not messages:
        filters = [visit.filter for visit in visits]
        return Finding(step, False, f"nothing came within {duration(wait_s)}", _why_nothing(broker, filters))
    first = messages[0]
    kept = ", kept by the broker from before" if all(message.retain for message in messages) else ""
    return Finding(step, True, f"on {printable(first.topic)}, {quantity(len(first.payload), 'byte')}{kept}")


def _why_nothing(broker: Broker, filters: Sequence[TopicFilter]) -> str:
    """What usually causes silence, and what can be heard instead."""
    with _subscribed(broker, [TopicFilter("#")], 0) as (all_,):
        time.sleep(_LOOK_AROUND_S)
        topics = list(all_.topics)
    if not topics:
        return (
            "Nothing comes on # either: nobody publishes now, or the broker's access list hides it, which many "
            "brokers do without a word."
        )
    near = _nearest(filters, topics)
    return f"Other topics come: {', '.join(map(printable, near))}. Upper and lower case count."


def _nearest(filters: Sequence[TopicFilter], topics: Sequence[str]) -> list[str]:
    """A few topics, those first that are spelt like a filter."""
    by_fold = {topic.casefold(): topic for topic in topics}
    near = itertools.chain.from_iterable(
        difflib.get_close_matches(wanted.text.casefold(), by_fold, _MOST_NAMED, 0.7) for wanted in filters
    )
    return list(dict.fromkeys([*(by_fold[folded] for folded in near), *topics]))[:_MOST_NAMED]


def _reading(messages: Sequence[Message], decode: Decode) -> Finding:
    step = "Numbers in it"
    samples: list[Sample] = []
    reason = ""
    for message in messages:
        try:
            decoded = decode(message)
        except Exception as error:  # a decoder of the user's
            return Finding(step, False, f"the decoder raised {type(error).__name__}: {printable(str(error), 160)}")
        samples += decoded
        reason = reason or getattr(decoded, "undecodable", "") or getattr(decoded, "skipped", "")
    if not samples:
        payload = printable(messages[0].payload.decode(errors="replace"), 60)
        remedy = "fields= asks for a number that is left out, decoder= reads a format of one's own."
        return Finding(step, False, f"none in {payload!r}: {reason or 'the decoder returned none'}", remedy)
    names = list(dict.fromkeys(f"{sample.topic} {sample.field}".strip() for sample in samples))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return Finding(step, True, ", ".join(map(printable, names[:_MOST_NAMED])) + more)


def _as_html(finding: Finding) -> str:
    mark, color = ("✓", "green") if finding.is_well else ("✗", "crimson")
    remedy = f"<br><i>{html_text(finding.remedy, 500)}</i>" if finding.remedy else ""
    step, text = html_text(finding.step), html_text(finding.text, 500)
    return f"<li><b style='color: {color}'>{mark}</b> <b>{step}</b>: {text}{remedy}</li>"
