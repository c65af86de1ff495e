"""The steps that touch the network: a broker's name, port, certificate and WebSocket, and what a filter brings."""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from ..base.model import Message
from ..base.text import duration, printable
from ..live.inbox import LARGEST_PAYLOAD_BYTES
from ..mqtt.broker import DEFAULT_PORTS, Broker
from ..mqtt.failures import OWN_CERTIFICATE, failure_of
from ..mqtt.subscription import Subscription, is_connected
from ..mqtt.tls import HANDSHAKE_TIMEOUT_S, Deadline, encrypted, tls_context
from ..mqtt.topic import TopicFilter
from ..mqtt.websocket import opened
from .report import Finding

_NAME_S, _ANSWER_S = 15.0, 5.0
_MOST_MESSAGES, _MOST_TOPICS = 20, 1000


def look_up(broker: Broker) -> Finding:
    """Whether the host has an address."""
    step, host = "Host name", printable(broker.host)
    try:
        found = _within(_NAME_S, lambda: socket.getaddrinfo(broker.host, broker.port, type=socket.SOCK_STREAM))
    except TimeoutError:
        text = f"the name server did not answer for {host} within {duration(_NAME_S)}"
        return Finding(
            step, False, text, "Is the network up? The broker's IP address in the URL needs no name server."
        )
    except OSError as error:
        remedy = "Is it spelt right? In another network it may go by another name, or only by its IP address."
        return Finding(step, False, failure_of(error, broker).reason, remedy)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    return Finding(step, True, host if addresses == [broker.host] else f"{host} is {', '.join(addresses[:3])}")


def knock(broker: Broker) -> Finding:
    """Whether something listens there."""
    step = "TCP"
    try:
        _dial(broker).close()
    except OSError as error:
        return Finding(step, False, failure_of(error, broker).reason, _remedy_without_tcp(error, broker))
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


def shake_hands(broker: Broker) -> Finding:
    """Whether it is who it says, by a certificate."""
    step = "TLS"
    try:
        with _encrypted(broker) as link:
            return Finding(step, True, *_certificate_in_words(link, broker))
    except OSError as error:
        return Finding(step, False, *_reason_and_remedy(error, broker))


def open_websocket(broker: Broker) -> Finding:
    """Whether there is a WebSocket at the path."""
    step = "WebSocket"
    try:
        link = opened(_encrypted(broker) if broker.uses_tls else _dial(broker), broker)
        with contextlib.closing(link):
            link.shutdown(socket.SHUT_WR)
    except OSError as error:
        return Finding(step, False, *_reason_and_remedy(error, broker))
    return Finding(step, True, f"open at {printable(broker.path.partition('?')[0])}")


class Visit:
    """A subscription to one filter, to see what comes.

    Threads: `deliver` runs on the network thread and only appends; everything may be read from any.

    Args:
        broker: where to subscribe; a connection that is there already is shared. Where there is none, a persistent
            session is left alone, as what it holds is for others.
        wanted: what to subscribe; of a shared subscription the filter alone, as its messages belong to others.
        qos: 0, 1 or 2.

    Attributes:
        subscription: the subscription.
        shares_a_link: whether a connection to the broker was there before the visit.
        live: the first few messages that were published meanwhile.
        kept: the first few that the broker had kept.
        topics: the first thousand topics.
        loss: why the link was lost meanwhile, in words; `""` where it was not.
    """

    def __init__(self, broker: Broker, wanted: TopicFilter, qos: int) -> None:
        self.filter = wanted.unshared()
        self.shares_a_link = is_connected(broker)
        if broker.is_persistent and not self.shares_a_link:
            broker = replace(broker, session="clean", client_id=None)
        self.subscription = Subscription(broker, [self.filter], qos)
        self.live: list[Message] = []
        self.kept: list[Message] = []
        self.topics: dict[str, None] = {}
        self.loss = ""
        self._is_over = False

    def deliver(self, *messages: Message) -> None:
        """Keep a few messages, and the topics."""
        for message in messages:
            of_its_kind = self.kept if message.retain else self.live
            if len(of_its_kind) < _MOST_MESSAGES and len(message.payload) <= LARGEST_PAYLOAD_BYTES:
                of_its_kind.append(message)
            if len(self.topics) < _MOST_TOPICS:
                self.topics[message.topic] = None

    def link_lost(self) -> None:
        """Note the reason."""
        self.loss = self.subscription.link.text

    def is_wanted(self) -> bool:
        """Whether the visit is not over."""
        return not self._is_over

    def end(self) -> None:
        """Unsubscribe."""
        self._is_over = True
        self.subscription.stop()


@contextlib.contextmanager
def visiting(broker: Broker, filters: Iterable[TopicFilter], qos: int) -> Iterator[list[Visit]]:
    """Visits to filters while the context lasts."""
    visits = [Visit(broker, wanted, qos) for wanted in filters]
    try:
        for visit in visits:
            visit.subscription.start(visit)
        yield visits
    finally:
        for visit in visits:
            visit.end()


def _reason_and_remedy(error: OSError, broker: Broker) -> tuple[str, str]:
    failure = failure_of(error, broker)
    return failure.reason, failure.remedy or ("" if failure.waits_for_user else remedy_by_port(broker))


def remedy_by_port(broker: Broker) -> str:
    """A remedy for where nothing says more than that there is no connection."""
    usual = DEFAULT_PORTS[broker.scheme]
    if broker.port != usual:
        return f"Is {broker.port} the port for {broker.scheme}://? The usual one is {usual}."
    if broker.uses_tls and broker.client_certificate is None:
        return f"Does the broker want a certificate of ours? {OWN_CERTIFICATE}"
    return "The broker's log says why, most likely."


def _encrypted(broker: Broker) -> ssl.SSLSocket:
    context = tls_context(broker)
    return encrypted(_dial(broker), context, broker, Deadline(HANDSHAKE_TIMEOUT_S))


def _certificate_in_words(link: ssl.SSLSocket, broker: Broker) -> tuple[str, str]:
    if broker.insecure:
        return (
            f"{link.version()}, but {broker.caution}",
            "ca_file= verifies a broker with an authority of its own.",
        )
    certificate: Any = link.getpeercert() or {}
    until = certificate.get("notAfter", "")
    return f"{link.version()}, a certificate that is accepted{f', valid until {until}' if until else ''}", ""


def _dial(broker: Broker) -> socket.socket:
    link = socket.create_connection((broker.host, broker.port or 0), timeout=_ANSWER_S)
    link.setblocking(False)
    return link


def _within(seconds: float, action: Callable[[], Any]) -> Any:
    """The result of `action`; TimeoutError where that takes longer, as the resolver itself knows no limit."""
    outcome: queue.Queue[tuple[Any, Exception | None]] = queue.Queue()

    def work() -> None:
        try:
            outcome.put((action(), None))
        except Exception as error:
            outcome.put((None, error))

    threading.Thread(target=work, name="mqttwidgets-doctor", daemon=True).start()
    try:
        result, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result
