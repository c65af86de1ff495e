"""Why there is no connection, in words, and what to do: the network, TLS, HTTP; see `refusals` for brokers."""

from __future__ import annotations

import re
import socket
import ssl
from datetime import datetime
from typing import NamedTuple

from ..base.text import printable, sentence
from .broker import DEFAULT_PORTS, Broker
from .echoes import said_by
from .tls import TlsFileError
from .websocket.frames import ViolationError
from .websocket.handshake import HandshakeError
from .websocket.websocket import ClosedError

_LONGEST_REASON = 80

_EXPIRED, _NOT_YET_VALID, _NAME_MISMATCH, _ADDRESS_MISMATCH = 10, 9, 62, 64  # OpenSSL's X509_V_ERR_…
_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})  # no issuer, or one that signed itself

_AUTHORITY = "If the broker has an authority of its own, name its file: Broker.from_url(URL, ca_file='ca.pem')."
_OTHER_AUTHORITY = "{file} is not the authority that signed the broker's certificate."
_OTHER_NAME = (
    "Write the host in the URL as the certificate has it, or say what it has: "
    "Broker.from_url(URL, server_name='broker.example')."
)
OWN_CERTIFICATE = "Broker.from_url(URL, client_certificate='me.pem', client_key='me.key') shows one."
_NO_TLS_THERE = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
_OF_OUR_CERTIFICATE = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED", "DECRYPT_ERROR", "HANDSHAKE_FAILURE")
_NOTHING_IN_COMMON = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "INSUFFICIENT_SECURITY")
_NO_VERSION = (
    "The broker and this computer have no version or cipher of TLS in common: update the older of the two."
)
_TRANSIENT_STATUSES = frozenset({408, 425, 429})  # and all from 500 on; RFC 9110, section 15, RFC 6585 and 8470
_CREDENTIALS = (
    "It wants to know who we are before MQTT can say: Broker.from_url(URL, headers={'Authorization': 'Bearer …'}) "
    "tells it, or a path with a signature."
)


class Failure(NamedTuple):
    """Why there is no connection.

    Attributes:
        reason: what happened, in words without a full stop.
        remedy: a sentence that says what to do; `""` for nothing.
        waits_for_user: whether trying again cannot help until somebody has done something.
    """

    reason: str
    remedy: str = ""
    waits_for_user: bool = False

    @property
    def text(self) -> str:
        """Both as sentences."""
        return f"{sentence(self.reason)} {self.remedy}".rstrip()


def failure_of(error: BaseException, broker: Broker) -> Failure:
    """What stood in the way of a connection, for a person who can do something about it.

    Args:
        error: what connecting raised, or reading from a connection.
        broker: where it was tried.
    """
    where = f"{printable(broker.host)}:{broker.port}"
    if isinstance(error, TlsFileError):
        return Failure(f"TLS with {where} cannot begin: {error.reason}", error.remedy, waits_for_user=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error, where, broker)
    if isinstance(error, ssl.SSLError) and not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return _of_tls(error, where, broker)
    if isinstance(error, HandshakeError):
        return _of_handshake(error, where, broker)
    if isinstance(error, ClosedError):
        return Failure(f"{where} closed the WebSocket ({said_by(broker, str(error), _LONGEST_REASON)})")
    if isinstance(error, ViolationError):
        return Failure(f"{where} breaks the rules of WebSockets: {error}")
    return _of_socket(error, where, broker)


def _of_socket(error: BaseException, where: str, broker: Broker) -> Failure:
    if isinstance(error, socket.gaierror):
        return Failure(f"the host name {printable(broker.host)!r} cannot be found")
    if isinstance(error, ConnectionRefusedError):
        return Failure(f"nothing listens at {where}")
    if isinstance(error, TimeoutError):
        return Failure(f"no answer from {where}")
    if isinstance(error, (ConnectionResetError, BrokenPipeError, ssl.SSLError)):
        reason = f"{where} closed the connection"
        return (
            Failure(f"{reason}: is that a TLS port?", _without_tls(broker)) if broker.uses_tls else Failure(reason)
        )
    return Failure(f"{where}: {printable(str(error) or type(error).__name__, 160)}")


def _of_certificate(error: ssl.SSLCertVerificationError, where: str, broker: Broker) -> Failure:
    reason = f"the certificate of {where} was not accepted: {error.verify_message.rstrip('.')}"
    code = error.verify_code
    now = f"{datetime.now().astimezone():%d %b %Y %H:%M %Z}"
    if code == _EXPIRED:
        remedy = f"The broker's certificate must be renewed, unless the clock of this computer is wrong: {now}."
        return Failure(reason, remedy)
    if code == _NOT_YET_VALID:
        return Failure(reason, f"Is the clock of this computer right? It says {now}.")
    if code in (_NAME_MISMATCH, _ADDRESS_MISMATCH):
        return Failure(reason, _OTHER_NAME, waits_for_user=True)
    if broker.ca_file is None:
        return Failure(reason, _AUTHORITY, waits_for_user=True)
    other = _OTHER_AUTHORITY.format(file=printable(str(broker.ca_file)))
    remedy = other if code in _UNKNOWN_AUTHORITY else "The broker's certificate must be made anew."
    return Failure(reason, remedy, waits_for_user=True)


def _of_tls(error: ssl.SSLError, where: str, broker: Broker) -> Failure:
    """What a TLS handshake failed of; an alert comes from the broker (RFC 8446, section 6.2)."""
    name = error.reason or ""
    if "ALERT" in name and any(each in name for each in _OF_OUR_CERTIFICATE):
        return _of_our_certificate(name, where, broker)
    if any(each in name for each in _NO_TLS_THERE):
        reason = f"TLS with {where} failed ({printable(name)}): is that a TLS port?"
        return Failure(reason, _without_tls(broker), waits_for_user=True)
    if "NO_APPLICATION_PROTOCOL" in name:
        asked = f"does not know the protocol {broker.alpn!r}" if broker.alpn else "wants to know the protocol"
        remedy = "Broker.from_url(URL, alpn='mqtt') asks for one; whoever runs the broker knows which."
        return Failure(f"{where} {asked}", remedy, waits_for_user=True)
    if "UNRECOGNIZED_NAME" in name:
        asked = printable(broker.server_name or broker.host)
        return Failure(f"{where} does not know the name {asked!r}", _OTHER_NAME, waits_for_user=True)
    failed = f"TLS with {where} failed ({printable(name or str(error), 160)})"
    if any(each in name for each in _NOTHING_IN_COMMON):
        return Failure(failed, _NO_VERSION, waits_for_user=True)
    return Failure(failed)


def _of_our_certificate(name: str, where: str, broker: Broker) -> Failure:
    """What a broker says that misses a certificate of ours, or does not accept it."""
    if broker.client_certificate is None:
        likely = "" if "REQUIRED" in name else f", most likely ({printable(name)})"
        return Failure(f"{where} wants a certificate of ours{likely}", OWN_CERTIFICATE, waits_for_user=True)
    if "HANDSHAKE_FAILURE" in name:
        return Failure(f"TLS with {where} failed ({printable(name)})", _NO_VERSION, waits_for_user=True)
    file = printable(str(broker.client_certificate), 160)
    remedy = "Does the broker know the authority that signed it, and is it valid still?"
    return Failure(f"{where} does not accept {file} ({printable(name)})", remedy, waits_for_user=True)


def _without_tls(broker: Broker) -> str:
    usual = DEFAULT_PORTS[broker.scheme]
    plain = "ws://" if broker.uses_websocket else "mqtt://, usually port 1883"
    return f"That port does not speak TLS. TLS usually is at port {usual}; without it the URL begins with {plain}."


def _of_handshake(error: HandshakeError, where: str, broker: Broker) -> Failure:
    path, query, _ = broker.path.partition("?")  # a query may hold a signature
    shown = f"{printable(path)}{'?…' if query else ''}"
    status = error.status
    if status is None:
        return Failure(f"no WebSocket at {where}{shown} ({error.reason}): are port and path right?")
    reason = f"{where} answers {error.reason} to a WebSocket at {shown}"
    if status >= 500:
        return Failure(f"{reason}: the broker behind it is not there, most likely", "Is the broker up?")
    if status in _TRANSIENT_STATUSES:
        return Failure(reason, "A later try may be let in.")
    return Failure(reason, _remedy_for_status(status, shown, error.location, broker), waits_for_user=True)


def _remedy_for_status(status: int, path: str, location: str, broker: Broker) -> str:
    if status in (401, 403):
        return _CREDENTIALS if broker.headers is None else "Is what headers= holds right, and still valid?"
    if 300 <= status < 400 and location:
        return f"It redirects to {_as_websocket(location)}: write that in the URL, if you trust it."
    if status in (404, 410) or 200 <= status < 400:
        return f"Is {path} the path of the broker's WebSocket? Others have /mqtt, /ws or /."
    return "Are scheme, port and path those of the broker's WebSocket?"


def _as_websocket(location: str) -> str:
    """A place where to redirect, in the scheme of WebSockets where it has one."""
    return re.sub("^http", "ws", location, count=1, flags=re.IGNORECASE)
