"""Whether a broker can be reached at all: its name, its port, its certificate, its WebSocket."""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

from ..base.text import duration, printable
from ..mqtt.broker import DEFAULT_PORTS, Broker
from ..mqtt.failures import OWN_CERTIFICATE, failure_of
from ..mqtt.handshake_deadline import Deadline
from ..mqtt.tls import HANDSHAKE_TIMEOUT_S, encrypted, tls_context
from ..mqtt.websocket.websocket import opened
from .report import Finding

_NAME_S, _ANSWER_S = 15.0, 5.0


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


def _reason_and_remedy(error: OSError, broker: Broker) -> tuple[str, str]:
    failure = failure_of(error, broker)
    return failure.reason, failure.remedy or ("" if failure.waits_for_user else remedy_by_port(broker))


def remedy_by_port(broker: Broker) -> str:
    """What may help where nothing says more than that there is no connection."""
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
    """What `action` returns; TimeoutError where that takes longer, as the resolver itself knows no limit."""
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
