"""Whether a broker can be reached at all: its name, its port, its certificate."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..broker import Broker
from ..outage import reason_in_words
from ..text import duration, printable
from ..tls import tls_context
from .report import Finding

_NAME_S, _ANSWER_S = 15.0, 5.0
_EXPIRED, _NOT_YET_VALID, _NAME_MISMATCH, _ADDRESS_MISMATCH = 10, 9, 62, 64  # OpenSSL's X509_V_ERR_…

_AUTHORITY = "If the broker has an authority of its own, name its file: Broker.from_url(URL, ca_file='ca.pem')."
_OTHER_AUTHORITY = "{file} is not the authority that signed the broker's certificate."
_NO_TLS_THERE = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
_NETWORK = "Is the network up? An IP address in the URL needs no name server."
_CERTIFICATE_REMEDIES = {
    _EXPIRED: "The broker's certificate must be renewed, unless the clock of this computer is wrong: {now}.",
    _NOT_YET_VALID: "Is the clock of this computer right? It says {now}.",
    _NAME_MISMATCH: "Write the host in the URL as the certificate has it.",
    _ADDRESS_MISMATCH: "Write the host in the URL as the certificate has it: a name, most likely.",
}


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
        return Finding(step, False, reason_in_words(error, broker), remedy)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    return Finding(step, True, host if addresses == [broker.host] else f"{host} is {', '.join(addresses[:3])}")


def knock(broker: Broker) -> Finding:
    """Whether something listens there."""
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


def shake_hands(broker: Broker) -> Finding:
    """Whether it is who it says, by a certificate."""
    step = "TLS"
    try:
        context = tls_context(broker)
    except OSError as error:
        files = [str(file) for file in (broker.ca_file, broker.client_certificate, broker.client_key) if file]
        text = f"{', '.join(map(printable, files))} cannot be used: {printable(str(error), 160)}"
        return Finding(step, False, text, "Each is a file in PEM format; a key must not ask for a pass phrase.")
    try:
        with _dial(broker) as plain, context.wrap_socket(plain, server_hostname=broker.host) as encrypted:
            return Finding(step, True, _certificate_in_words(encrypted))
    except OSError as error:
        return Finding(step, False, reason_in_words(error, broker), _remedy_without_tls(error, broker))


def _remedy_without_tls(error: OSError, broker: Broker) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        authority = _AUTHORITY if broker.ca_file is None else _OTHER_AUTHORITY
        now = f"{datetime.now().astimezone():%d %b %Y %H:%M %Z}"
        return _CERTIFICATE_REMEDIES.get(error.verify_code, authority).format(now=now, file=broker.ca_file)
    if isinstance(error, (ConnectionError, ssl.SSLEOFError)) or getattr(error, "reason", "") in _NO_TLS_THERE:
        plain = {"mqtts": "mqtt://, usually port 1883", "wss": "ws://"}[broker.scheme]
        return (
            f"That port does not speak TLS. TLS usually is at port 8883; without it the URL begins with {plain}."
        )
    if broker.client_certificate is None:
        return "Does the broker want a certificate of ours? Broker.from_url(URL, client_certificate='me.pem')."
    return "Does the broker know the authority of our certificate, and a version of TLS that this computer does?"


def _certificate_in_words(encrypted: ssl.SSLSocket) -> str:
    certificate: Any = encrypted.getpeercert() or {}
    until = certificate.get("notAfter", "")
    return f"{encrypted.version()}, a certificate that is accepted{f', valid until {until}' if until else ''}"


def _dial(broker: Broker) -> socket.socket:
    return socket.create_connection((broker.host, broker.port or 0), timeout=_ANSWER_S)


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
