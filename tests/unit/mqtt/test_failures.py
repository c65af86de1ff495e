"""Why there is no connection, in words: each failure with what to do, and whether trying again can help."""

from __future__ import annotations

import re
import socket
import ssl

import pytest

from mqttwidgets import Broker
from mqttwidgets.mqtt.failures import failure_of
from mqttwidgets.mqtt.websocket import ClosedError, HandshakeError
from mqttwidgets.mqtt.websocket_frames import ViolationError

BROKER = Broker("broker.local", username="me", password="canary")
TLS = Broker("broker.local", scheme="mqtts")
WEB = Broker("broker.local", scheme="wss", path="/mqtt?signature=canary")


def tls_error(reason: str) -> ssl.SSLError:
    """An error as the ssl module raises it."""
    error = ssl.SSLError(1, f"[SSL: {reason}] {reason.lower()}")
    error.reason = reason
    return error


def certificate_error(code: int, message: str) -> ssl.SSLCertVerificationError:
    """A certificate that is not accepted, as the ssl module says it."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message, error.reason = code, message, "CERTIFICATE_VERIFY_FAILED"
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionRefusedError(), "nothing listens at broker.local:1883"),
        (socket.gaierror(), "the host name 'broker.local' cannot be found"),
        (TimeoutError(), "no answer from broker.local:1883"),
        (ConnectionResetError(), "broker.local:1883 closed the connection"),
        (OSError("odd\x1b[31m"), "broker.local:1883: odd\\x1b[31m"),
        (ValueError(), "broker.local:1883: ValueError"),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception, text: str) -> None:
    failure = failure_of(error, BROKER)
    assert (failure.reason, failure.waits_for_user) == (text, False)


@pytest.mark.parametrize(
    ("error", "reason", "remedy", "waits"),
    [
        (tls_error("WRONG_VERSION_NUMBER"), "is that a TLS port?", "mqtt://, usually port 1883", True),
        (ssl.SSLEOFError(8, "EOF"), "is that a TLS port?", "mqtt://, usually port 1883", False),
        (
            tls_error("TLSV13_ALERT_CERTIFICATE_REQUIRED"),
            "wants a certificate of ours",
            "client_certificate=",
            True,
        ),
        (tls_error("SSLV3_ALERT_HANDSHAKE_FAILURE"), "most likely (SSLV3_ALERT", "client_certificate=", True),
        (
            tls_error("TLSV1_ALERT_PROTOCOL_VERSION"),
            "TLS with broker.local:8883 failed",
            "version or cipher",
            True,
        ),
        (tls_error("TLSV1_ALERT_NO_APPLICATION_PROTOCOL"), "wants to know the protocol", "alpn=", True),
        (tls_error("TLSV1_UNRECOGNIZED_NAME"), "does not know the name 'broker.local'", "server_name=", True),
        (tls_error("TLSV1_ALERT_INTERNAL_ERROR"), "TLSV1_ALERT_INTERNAL_ERROR", "", False),
        (certificate_error(18, "self-signed certificate"), "self-signed certificate", "ca_file=", True),
        (certificate_error(92, "CA cert does not include key usage extension"), "key usage", "ca_file=", True),
        (certificate_error(62, "Hostname mismatch."), "Hostname mismatch", "server_name=", True),
        (certificate_error(10, "certificate has expired"), "has expired", "must be renewed", False),
        (certificate_error(9, "certificate is not yet valid"), "not yet valid", "clock of this computer", False),
    ],
)
def test_tls(error: ssl.SSLError, reason: str, remedy: str, waits: bool) -> None:
    failure = failure_of(error, TLS)
    assert reason in failure.reason
    assert remedy in failure.remedy
    assert failure.waits_for_user == waits
    assert not re.search(r"[.?]{2}", failure.text)


@pytest.mark.parametrize(
    ("error", "reason", "remedy", "waits"),
    [
        (
            HandshakeError("401 Unauthorized", 401),
            "answers 401 Unauthorized to a WebSocket at /mqtt?…",
            "headers=",
            True,
        ),
        (HandshakeError("403 Forbidden", 403), "403 Forbidden", "headers=", True),
        (HandshakeError("404 Not Found", 404), "404 Not Found", "Is /mqtt?… the path", True),
        (HandshakeError("200 OK", 200), "200 OK", "Is /mqtt?… the path", True),
        (
            HandshakeError("301 Moved", 301, "https://b/mqtt"),
            "301 Moved",
            "redirects to wss://b/mqtt: write that",
            True,
        ),
        (HandshakeError("400 Bad Request", 400), "400 Bad Request", "scheme, port and path", True),
        (HandshakeError("429 Too Many Requests", 429), "429", "later", False),
        (HandshakeError("502 Bad Gateway", 502), "502 Bad Gateway", "Is the broker up?", False),
        (HandshakeError("the connection was closed"), "are port and path right?", "", False),
        (ClosedError("1001 going away"), "closed the WebSocket (1001 going away)", "", False),
        (ViolationError("a masked frame"), "breaks the rules of WebSockets: a masked frame", "", False),
    ],
)
def test_websockets(error: OSError, reason: str, remedy: str, waits: bool) -> None:
    failure = failure_of(error, WEB)
    assert reason in failure.reason
    assert remedy in failure.remedy
    assert failure.waits_for_user == waits
    assert "canary" not in failure.text


def test_what_a_websocket_closes_with_shows_no_secret() -> None:
    failure = failure_of(ClosedError(f"1008 {60 * '.'} signature=canary {40 * '.'}"), WEB)
    assert "canar" not in failure.text
    assert "closed the WebSocket (1008 " in failure.text
