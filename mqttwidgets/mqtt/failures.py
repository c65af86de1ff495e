"""Failures in words, with remedies: of the network, of TLS, of HTTP, and refusals of a broker by reason code."""

from __future__ import annotations

import random
import re
import socket
import ssl
from datetime import datetime
from typing import NamedTuple

from ..base.text import duration, printable, sentence
from .broker import DEFAULT_PORTS, Broker
from .passwords import said_by
from .tls import TlsFileError
from .websocket import ClosedError, HandshakeError
from .websocket_frames import ViolationError

_LONGEST_CLOSING = 80

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

REASON_NAMES = {
    0x00: "normal disconnection",
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x83: "implementation specific error",
    0x84: "unsupported protocol version",
    0x85: "client identifier not valid",
    0x86: "bad user name or password",
    0x87: "not authorized",
    0x88: "server unavailable",
    0x89: "server busy",
    0x8A: "banned",
    0x8B: "server shutting down",
    0x8C: "bad authentication method",
    0x8D: "keep alive timeout",
    0x8E: "session taken over",
    0x8F: "topic filter invalid",
    0x90: "topic name invalid",
    0x93: "receive maximum exceeded",
    0x94: "topic alias invalid",
    0x95: "packet too large",
    0x96: "message rate too high",
    0x97: "quota exceeded",
    0x98: "administrative action",
    0x99: "payload format invalid",
    0x9A: "retain not supported",
    0x9B: "QoS not supported",
    0x9C: "use another server",
    0x9D: "server moved",
    0x9E: "shared subscriptions not supported",
    0x9F: "connection rate exceeded",
    0xA0: "maximum connect time",
    0xA1: "subscription identifiers not supported",
    0xA2: "wildcard subscriptions not supported",
}
"""Reason code of a CONNACK or a DISCONNECT (MQTT 5, section 2.4) → its name."""

WAITS_FOR_USER = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x8E})
"""CONNACK and DISCONNECT reason codes (MQTT 5, section 2.4) that trying again does not cure."""

DISCONNECTS_FOR_USER = WAITS_FOR_USER | {0x8F, 0x9D, 0x9E, 0xA1, 0xA2}
"""Reason codes of a DISCONNECT likewise: the same subscription would end the same way, or the server has moved."""

LONGEST_DELAY_S = 30.0
BROKE_PROTOCOL = "the broker broke the protocol"
_LONGEST_REASON = 120
_KEPT = (
    "the broker kept what came with QoS 1 or 2, as far as it had room; what has no time of its own stands where "
    "it arrived"
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
    """The failure behind an error, in words for a person who can do something about it.

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
        return Failure(f"{where} closed the WebSocket ({said_by(broker, str(error), _LONGEST_CLOSING)})")
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
    """Why a TLS handshake failed; an alert comes from the broker (RFC 8446, section 6.2)."""
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
    """The failure where a broker wants a certificate of ours, or does not accept it."""
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
    """The target of a redirect, in the scheme of WebSockets where it has one."""
    return re.sub("^http", "ws", location, count=1, flags=re.IGNORECASE)


def violation_in_words(rule: str) -> str:
    """A breach of the protocol by a broker, in words.

    Args:
        rule: what came, and the clause that forbids it.
    """
    return f"{BROKE_PROTOCOL}: {rule}"


def goodbye_in_words(code: int, reason: str, reference: str, broker: Broker) -> str:
    """Why the broker ended the session with a DISCONNECT (MQTT 5, section 3.14).

    Args:
        code: the reason code.
        reason: what else it says, or `""`.
        reference: the server to use in its place, or `""`.
        broker: who said it.
    """
    if code in (0x86, 0x87, 0x8E):
        return refusal_in_words(code, REASON_NAMES[code], broker, reason)
    if code == 0x8D:
        return f"no answer from {broker.host} any more: it says that it heard nothing from us"
    why = REASON_NAMES[code] + _in_brackets(reason, broker)
    text = f"{broker.host} ended the session: {why}"
    return f"{text}; it names {said_by(broker, reference, _LONGEST_REASON)}" if reference else text


def refusal_in_words(code: int, name: str, broker: Broker, reason: str = "") -> str:
    """Why the broker said no, and what the user can do.

    Args:
        code: the reason code, in MQTT 5's numbering.
        name: its name in the standard.
        broker: who said it.
        reason: what else it says, or `""`.
    """
    why = name[:1].lower() + name[1:] + _in_brackets(reason, broker)
    if code in (0x86, 0x87):
        who = f"the user {printable(broker.username)!r}" if broker.username else "clients without a user name"
        return (
            f"{broker.host} does not admit {who} ({why}). Not tried again, so that no account is "
            "locked: correct user and password in the URL, and run it again."
        )
    if code == 0x84:
        return f"{broker.host} does not speak MQTT {broker.protocol}: try the other protocol, then start."
    if code == 0x8E:
        return f"another client took over the client id {printable(broker.client_id or '')!r}: choose another."
    return f"{broker.host} refused the connection: {why}."


def _in_brackets(reason: str, broker: Broker) -> str:
    return f" ({said_by(broker, reason, _LONGEST_REASON)})" if reason else ""


def return_in_words(outage_s: float | None, broker: Broker, *, has_our_session: bool) -> str:
    """A remark, now that a link is up, on what was sent while it was down; `""` for none.

    Args:
        outage_s: seconds since something last came; None where the link is up for the first time.
        broker: where it is up again.
        has_our_session: whether the broker says so (Session Present).
    """
    if outage_s is None:
        return f"The broker had our session: {_KEPT}." if has_our_session and broker.is_persistent else ""
    back = f"The link was down for {duration(outage_s)}"
    if not broker.is_persistent:
        return f"{back}: what was sent meanwhile is missing."
    if has_our_session:
        return f"{back}: {_KEPT}."
    return f"{back}, and the broker has lost our session: messages may be missing."


def retry_delay_s(outage_s: float, attempt: int, recurs: bool = False) -> float:
    """Seconds to wait before the next attempt: 1, 2, then a quarter of the outage so far, 30 at most.

    The wait grows with the outage, so that a short outage is noticed ending within seconds and a long one
    costs the broker little; jitter keeps many clients from returning in one instant. Where the broker is there
    and ends each session, no wait is shorter than the one before: 1, 2, 4, 8, 16, 30.

    Args:
        outage_s: seconds since the link was lost.
        attempt: failed attempts since then, 1 for the first.
        recurs: whether the broker ended the session, by its will or by its fault.
    """
    if attempt <= 2:
        return float(attempt)
    jitter = random.uniform(0.75, 1.0)  # noqa: S311 - spreads load, keeps no secret
    if recurs:
        return min(LONGEST_DELAY_S, 2.0 ** min(attempt - 1, 10)) * jitter
    return max(1.0, min(LONGEST_DELAY_S, outage_s / 4) * jitter)
