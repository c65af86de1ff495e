"""Credentials, TLS, and what a broker refuses."""

from __future__ import annotations

import logging
import shutil
import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mqttwidgets import Broker, SensorStream
from mqttwidgets.base.log import Sparing, log

from ..conftest import network_threads
from ..support.certificates import make_certificates
from ..support.mosquitto import Mosquitto
from ..support.publishing import publish
from ..support.raw_broker import CONNACK, CONNECT, SUBSCRIBE, RawBroker, answering, connack, suback
from ..support.raw_broker import publish as publish_packet
from ..support.waiting import wait_for
from . import assert_adds_up, live


def refused(stream: SensorStream) -> str:
    """Wait until a stream is refused; in which words."""
    wait_for(lambda: stream.status == "refused", what=f"a refusal: {stream.status_text}")
    return stream.status_text


def offline(stream: SensorStream) -> str:
    """Wait until a stream is offline; in which words."""
    wait_for(lambda: stream.status == "offline", what=f"an outage: {stream.status_text}")
    return stream.status_text


def test_user_and_password(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, users={"me": "se cret"}).start()
    try:
        with SensorStream("a", f"mqtt://me:se%20cret@127.0.0.1:{broker.port}") as stream:
            live(stream)
    finally:
        broker.stop()


def test_wrong_credentials_are_tried_once_and_then_wait_for_the_user(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with RawBroker(lambda _packet: connack(5)) as broker:
        stream = SensorStream("a", f"mqtt://me:canary@127.0.0.1:{broker.port}")
        with stream:
            assert "127.0.0.1 does not admit the user 'me'" in refused(stream)
            assert broker.connected == 1
            stream.start()
            wait_for(lambda: broker.connected == 2, what="another try, as the user asked for it")
            refused(stream)
            assert "canary" not in f"{caplog.text}{stream.status_text}{stream!r}{stream.broker}"


def test_mosquitto_refuses_wrong_credentials_in_words(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, users={"me": "right"}).start()
    try:
        for url in (f"mqtt://me:wrong@127.0.0.1:{broker.port}", broker.url):
            with SensorStream("a", url) as stream:
                assert "correct user and password" in refused(stream)
    finally:
        broker.stop()


def test_tls(tls_broker: Mosquitto, certificates: Path) -> None:
    broker = Broker("127.0.0.1", tls_broker.tls_port, "mqtts", ca_file=str(certificates / "ca.pem"))
    with SensorStream("a", broker) as stream:
        live(stream)
        publish(tls_broker.port, [("a", str(number)) for number in range(5000)])
        wait_for(lambda: stream.ledger.received == 5000)
        assert stream.series["a", ""].value.tolist() == list(range(5000))


def test_a_certificate_of_another_authority(tls_broker: Mosquitto) -> None:
    with SensorStream("a", f"mqtts://127.0.0.1:{tls_broker.tls_port}") as stream:
        text = refused(stream)
        assert "was not accepted: " in text
        assert "ca_file=" in text
        connections = tls_broker.log().count("New connection from")
        time.sleep(1.5)  # longer than the first wait between attempts
        assert tls_broker.log().count("New connection from") == connections, "the user must do something first"


def test_an_authority_made_by_hand_is_taken_where_python_is_strict(
    tls_broker: Mosquitto, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.13 is, and an authority without a key usage is none to it."""
    usual = ssl.create_default_context

    def strict(**options: Any) -> ssl.SSLContext:
        context = usual(**options)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    broker = Broker("127.0.0.1", tls_broker.tls_port, "mqtts", ca_file=certificates / "ca.pem")
    with SensorStream("a", broker) as stream:
        live(stream)


def test_a_certificate_for_another_host(tmp_path: Path) -> None:
    elsewhere = make_certificates(tmp_path / "elsewhere", host="elsewhere.example")
    broker = Mosquitto(tmp_path, certificates=elsewhere).start()
    try:
        url = Broker("127.0.0.1", broker.tls_port, "mqtts", ca_file=str(elsewhere / "ca.pem"))
        with SensorStream("a", url) as stream:
            text = refused(stream)
            assert "was not accepted: IP address mismatch" in text
            assert "server_name=" in text
        with SensorStream("a", replace(url, server_name="elsewhere.example")) as stream:
            live(stream)
    finally:
        broker.stop()


def test_a_client_certificate(tmp_path: Path, certificates: Path) -> None:
    server = Mosquitto(tmp_path, certificates=certificates, require_client_certificate=True).start()
    try:
        without = Broker("127.0.0.1", server.tls_port, "mqtts", ca_file=str(certificates / "ca.pem"))
        with SensorStream("a", without) as stream:
            text = refused(stream)
            assert "wants a certificate of ours" in text
            assert "client_certificate=" in text
        keyless = replace(without, client_certificate=certificates / "client.pem")
        with SensorStream("a", keyless) as stream:
            text = refused(stream)
            assert "client.pem holds no private key" in text
            assert "client_key=" in text
        with_one = replace(
            without,
            client_certificate=str(certificates / "client.pem"),
            client_key=str(certificates / "client.key"),
        )
        with SensorStream("a", with_one) as stream:
            live(stream)
    finally:
        server.stop()


def test_renewed_certificates_are_used_by_the_next_connection(tmp_path: Path) -> None:
    files = make_certificates(tmp_path / "files")
    server = Mosquitto(tmp_path, certificates=files, require_client_certificate=True).start()
    broker = Broker(
        "127.0.0.1",
        server.tls_port,
        "mqtts",
        ca_file=files / "ca.pem",
        client_certificate=files / "client.pem",
        client_key=files / "client.key",
    )
    try:
        with SensorStream("a", broker) as stream:
            live(stream)
            server.stop()
            offline(stream)
            renewed = make_certificates(tmp_path / "renewed")  # by another authority, which alone is trusted then
            shutil.copytree(renewed, files, dirs_exist_ok=True)
            server.start()
            stream.start()
            live(stream)
    finally:
        server.stop()


def test_a_file_that_is_replaced_ends_the_wait_for_the_user(
    tls_broker: Mosquitto, certificates: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "ca.pem"
    shutil.copy(make_certificates(tmp_path / "another") / "ca.pem", mine)
    with SensorStream("a", Broker("127.0.0.1", tls_broker.tls_port, "mqtts", ca_file=mine)) as stream:
        assert "ca.pem is not the authority that signed the broker's certificate" in refused(stream)
        shutil.copy(certificates / "ca.pem", mine)
        live(stream)


def test_without_verification_it_is_said_all_the_time(tls_broker: Mosquitto) -> None:
    broker = Broker("localhost", tls_broker.tls_port, "mqtts", insecure=True)
    with SensorStream("a", broker) as stream:
        live(stream)
        assert "Caution: the certificate is not verified (insecure=True)" in stream.status_text
        assert broker.caution in stream.remarks
        publish(tls_broker.port, [("a", "1")])
        wait_for(lambda: stream.ledger.stored == 1)
        assert "insecure=True" in stream.status_text
    assert "insecure=True" in stream.status_text


def test_a_protocol_by_name_is_asked_for(certificates: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    server.set_alpn_protocols(["mqtt"])
    agreed: list[str | None] = []

    def welcome(connection: socket.socket) -> socket.socket:
        link = server.wrap_socket(connection, server_side=True)
        agreed.append(link.selected_alpn_protocol())
        return link

    broker = Broker("127.0.0.1", 1, "mqtts", ca_file=certificates / "ca.pem", alpn="mqtt")
    with RawBroker(answering, welcome=welcome) as raw:
        for alpn in ("mqtt", None):
            with SensorStream("a", replace(broker, port=raw.port, alpn=alpn)) as stream:
                live(stream)
    assert agreed == ["mqtt", None]


def test_stop_ends_a_handshake_of_tls_at_once() -> None:
    connections: list[socket.socket] = []
    with RawBroker(lambda _: b"", welcome=lambda connection: connections.append(connection)) as broker:
        stream = SensorStream("a", f"mqtts://127.0.0.1:{broker.port}")
        stream.start()
        wait_for(lambda: connections, what="a connection on which nobody shakes hands")
        began = time.monotonic()
        stream.stop()
        wait_for(lambda: not network_threads(), timeout_s=5, what="the end of the network thread")
        assert time.monotonic() - began < 2, "a handshake may take 15 s"


def test_tls_against_a_plain_port_and_the_reverse(tls_broker: Mosquitto, certificates: Path) -> None:
    plain = Broker("127.0.0.1", tls_broker.port, "mqtts", ca_file=str(certificates / "ca.pem"))
    with SensorStream("a", plain) as stream:
        assert "is that a TLS port?" in offline(stream)
    with SensorStream("a", f"mqtt://127.0.0.1:{tls_broker.tls_port}") as stream:
        assert "is that a port for mqtt://?" in offline(stream)


def test_a_broker_that_does_not_speak_our_version() -> None:
    with RawBroker(lambda _packet: connack(1)) as broker, SensorStream("a", broker.url) as stream:
        assert "answers, but not with MQTT 3.1.1" in offline(stream)


def test_a_refused_subscription() -> None:
    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return CONNACK
        return suback(packet, 0x80) if packet[0] & 0xF0 == SUBSCRIBE else b""

    with RawBroker(answer) as broker, SensorStream("secret/#", broker.url) as stream:
        assert "refused the subscription to secret/#" in refused(stream)


def test_start_asks_for_a_refused_subscription_again() -> None:
    codes = [0x80, 0x00]

    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return CONNACK
        return suback(packet, codes.pop(0)) if packet[0] & 0xF0 == SUBSCRIBE else b""

    with RawBroker(answer) as broker, SensorStream("a", broker.url) as stream:
        refused(stream)
        stream.start()
        live(stream)
        assert broker.connected == 1


def test_a_filter_that_is_refused_takes_nothing_from_the_others() -> None:
    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return CONNACK
        if packet[0] & 0xF0 != SUBSCRIBE:
            return b""
        refuses = b"a/#" in packet
        return suback(packet, 0x80) if refuses else suback(packet, 0) + publish_packet(b"a/x", b"5")

    with RawBroker(answer) as broker, SensorStream(["a/#", "+/x"], broker.url) as stream:
        assert "refused the subscription to a/#" in refused(stream)
        wait_for(lambda: stream.ledger.stored == 1)


def test_a_subscription_without_an_answer_is_an_outage() -> None:
    def answer(packet: bytes) -> bytes:
        return CONNACK if packet[0] == CONNECT else b""

    with RawBroker(answer) as broker, SensorStream("a", broker.url) as stream:
        wait_for(lambda: stream.status == "offline", timeout_s=15)
        assert "does not answer the subscription" in stream.status_text


def test_another_client_with_our_id_is_noticed_after_three_times(mosquitto: Mosquitto) -> None:
    mine = Broker("127.0.0.1", mosquitto.port, client_id="plant-7")
    theirs = replace(mine, host="localhost")  # for us another broker
    one, other = SensorStream("a", mine), SensorStream("a", theirs)
    with one, other:
        wait_for(lambda: "refused" in (one.status, other.status), timeout_s=30, what="one to give way")
        waiting = one if one.status == "refused" else other
        assert "another client took over the client id 'plant-7'" in waiting.status_text
        live(other if waiting is one else one)


def test_foreign_bytes_in_topic_and_payload_stop_nothing() -> None:
    packets = [
        publish_packet(b"a/\xff\xfe", b"1"),
        publish_packet(b"a/x", b"\xff\xfe"),
        publish_packet(b"a/x", b"1" * 2_000_000),
        publish_packet(b"a/x", b""),
        publish_packet("a/<b>\u202e".encode(), b"2"),
        publish_packet(b"a/x", b"3"),
    ]

    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return CONNACK
        return suback(packet, 0) + b"".join(packets) if packet[0] & 0xF0 == SUBSCRIBE else b""

    with RawBroker(answer) as broker, SensorStream("a/#", broker.url) as stream:
        wait_for(lambda: stream.ledger.stored == 2)
        assert dict(stream.ledger.dropped) == {"over 1 MB": 1}
        assert sum(stream.ledger.undecodable.values()) == 1
        assert dict(stream.ledger.skipped) == {"empty": 1}
        assert_adds_up(stream)


def test_a_flood_of_topics_that_are_no_text_is_one_line_that_nobody_forges(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(log, "filters", [Sparing()])  # which remembers nothing of former tests
    forged = publish_packet(b"a/\xff\n2026-01-01 ERROR all is lost\x1b[31m\r", b"1")
    flood = forged * 10_000 + publish_packet(b"a/x", b"2")

    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return CONNACK
        return suback(packet, 0) + flood if packet[0] & 0xF0 == SUBSCRIBE else b""

    with RawBroker(answer) as broker, SensorStream("a/#", broker.url) as stream:
        wait_for(lambda: stream.ledger.stored == 1)
        assert caplog.messages == ["127.0.0.1 sent a topic that is not UTF-8 [MQTT-1.5.4-1]; left out"]
        assert caplog.text.count("\n") == 1
