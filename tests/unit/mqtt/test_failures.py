"""Why there is no connection, in words: each failure with what to do, whether trying again can help, and when."""

from __future__ import annotations

import re
import socket
import ssl

import pytest

from mqttwidgets import Broker
from mqttwidgets.mqtt.failures import failure_of, goodbye_in_words, refusal_in_words, retry_delay_s
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


def test_the_waits_grow_to_thirty_seconds() -> None:
    assert [retry_delay_s(0.0, attempt) for attempt in (1, 2)] == [1.0, 2.0]
    for outage_s in (5.0, 20.0, 60.0, 600.0):
        delays = [retry_delay_s(outage_s, 5) for _ in range(200)]
        assert max(1.0, 0.75 * min(30.0, outage_s / 4)) <= min(delays)
        assert max(delays) <= max(1.0, min(30.0, outage_s / 4))
    assert len({retry_delay_s(600.0, 9) for _ in range(20)}) > 1


def test_where_the_broker_ends_each_session_no_wait_is_shorter_than_the_one_before() -> None:
    for _ in range(50):
        delays = [retry_delay_s(0.0, attempt, True) for attempt in range(1, 60)]
        assert delays[:2] == [1.0, 2.0]
        assert delays[:5] == sorted(delays[:5])
        assert all(22.5 <= delay_s <= 30 for delay_s in delays[5:])
        assert sum(delays[:4]) > 10, "in ten seconds four tries at most"


def test_an_outage_of_ten_seconds_ends_within_three() -> None:
    """Whenever within the first 13 s the broker comes back, the next try is less than 3 s away."""
    now = 0.0
    for attempt in range(1, 20):
        delay_s = retry_delay_s(now, attempt)
        if now < 11:
            assert delay_s <= 3
        now += delay_s


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0x86, "does not admit the user 'me'"),
        (0x84, "does not speak MQTT 3.1.1"),
        (0x8E, "another client took over"),
        (0x88, "refused the connection: server unavailable."),
    ],
)
def test_refusals_are_words(code: int, text: str) -> None:
    words = refusal_in_words(code, "Server unavailable", BROKER)
    assert text in words
    assert "canary" not in words


def test_what_a_broker_echoes_of_our_secrets_is_not_shown() -> None:
    long = 50 * "." + "canary" + 80 * "."  # of which only the ends are shown
    for reason in ("no canary here", long):
        assert "canar" not in refusal_in_words(0x86, "Bad user name or password", BROKER, reason)
        assert "canar" not in refusal_in_words(0x83, "Implementation specific error", BROKER, reason)
        assert "canar" not in goodbye_in_words(0x9D, reason, reason, BROKER)
