"""WebSockets: what a gateway answers, what a server sends, and the bounds that hold as on plain TCP."""

from __future__ import annotations

import itertools
import logging
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mqttwidgets import Broker, SensorStream

from ..conftest import network_threads
from ..support.certificates import make_certificates
from ..support.memory_probe import probe
from ..support.mosquitto import Mosquitto
from ..support.publishing import publish
from ..support.raw_broker import CONNACK, CONNECT, Link, RawBroker, answering, remaining_length
from ..support.raw_broker import publish as publish_packet
from ..support.raw_websocket import CLOSE, PING, PONG, ServerSide, acceptance, frame, request, welcome
from ..support.waiting import wait_for
from . import assert_adds_up, live


@contextmanager
def answers(reply: bytes) -> Iterator[RawBroker]:
    """A server that answers each request with the same."""

    def refuse(connection: socket.socket) -> Link:
        request(connection)
        connection.sendall(reply)
        return connection

    with RawBroker(lambda _: b"", welcome=refuse) as server:
        yield server


LONG = b"\x32"
"""The first byte of a PUBLISH of QoS 1."""


def url(server: RawBroker, path: str = "/mqtt") -> str:
    return f"ws://127.0.0.1:{server.port}{path}"


@pytest.fixture(params=["ws", "wss"])
def web_broker(
    request: pytest.FixtureRequest, tmp_path: Path, certificates: Path
) -> Iterator[tuple[Mosquitto, Broker]]:
    """A Mosquitto for WebSockets, with TLS and without."""
    is_encrypted = request.param == "wss"
    server = Mosquitto(tmp_path, websockets=True, certificates=certificates, websocket_certificates=is_encrypted)
    ca_file = certificates / "ca.pem" if is_encrypted else None
    server.start()
    yield server, Broker("127.0.0.1", server.ws_port, request.param, ca_file=ca_file)
    server.stop()


def test_mosquitto(web_broker: tuple[Mosquitto, Broker]) -> None:
    server, broker = web_broker
    with SensorStream("a", broker) as stream:
        live(stream)
        publish(server.port, [("a", str(number)) for number in range(5000)])
        wait_for(lambda: stream.ledger.received == 5000)
        assert stream.series["a", ""].value.tolist() == list(range(5000))
        assert_adds_up(stream)
    wait_for(lambda: server.widgets_connected() == 0, what="the broker to have heard a goodbye")
    assert "has exceeded" not in server.log()
    assert "Socket error" not in server.log()


def test_a_port_that_speaks_plain_mqtt(mosquitto: Mosquitto) -> None:
    with SensorStream("a", f"ws://127.0.0.1:{mosquitto.port}") as stream:
        wait_for(lambda: stream.status == "offline")
        assert "are port and path right?" in stream.status_text


@pytest.mark.parametrize(
    ("line", "said", "remedy"),
    [
        (b"401 Unauthorized", "answers 401 Unauthorized to a WebSocket at /mqtt?…", "headers="),
        (b"403 Forbidden", "answers 403 Forbidden to a WebSocket at /mqtt?…", "headers="),
        (b"404 Not Found", "answers 404 Not Found to a WebSocket at /mqtt?…", "Is /mqtt?… the path"),
        (
            b"301 Moved\r\nLocation: https://b/ws?t=canary",
            "answers 301 Moved",
            "wss://b/ws: write that in the URL",
        ),
        (b"200 OK", "answers 200 OK to a WebSocket at /mqtt?…", "Is /mqtt?… the path"),
    ],
)
def test_what_trying_again_cannot_cure_waits_for_the_user(line: bytes, said: str, remedy: str) -> None:
    with answers(b"HTTP/1.1 " + line + b"\r\nContent-Length: 0\r\n\r\n") as server:
        with SensorStream("a", url(server, "/mqtt?signature=canary")) as stream:
            wait_for(lambda: stream.status == "refused", what=f"a refusal: {stream.status_text}")
            assert said in stream.status_text
            assert remedy in stream.status_text
            assert server.connected == 1
            assert "canary" not in stream.status_text
        last = SensorStream("a", url(server, "/mqtt?signature=canary")).doctor(0.2).findings[-1]
    assert (last.step, last.is_well) == ("WebSocket", False)
    assert said in last.text
    assert remedy in last.remedy
    assert "canary" not in str(last)


def test_a_gateway_whose_broker_is_away_is_tried_again() -> None:
    tries = itertools.count()

    def away_at_first(connection: socket.socket) -> Link:
        if next(tries):
            return welcome(connection)
        request(connection)
        connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        return connection

    with RawBroker(answering, welcome=away_at_first) as server, SensorStream("a", url(server)) as stream:
        wait_for(lambda: stream.status == "offline")
        assert "answers 502 Bad Gateway to a WebSocket at /mqtt" in stream.status_text
        live(stream)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 401 no such token: " + 20 * b"." + b" Bearer canary-of-8",
        b"HTTP/1.1 403 canary%20word of me",
        b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere/canary-of-8/login",
        b"canary-of-8",
        b"HTTP/1.1 404 /mqtt?signature=canary-sig",
    ],
)
def test_what_a_gateway_echoes_of_our_secrets_is_not_shown(
    answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where it is so long that only its ends are shown, and percent-encoded."""
    caplog.set_level(logging.DEBUG)

    def echo(connection: socket.socket) -> Link:
        request(connection)
        connection.sendall(answer + b"\r\n\r\n")
        return connection

    with RawBroker(answering, welcome=echo) as server:
        broker = Broker(
            "127.0.0.1",
            server.port,
            "ws",
            path="/mqtt?signature=canary-sig",
            username="me",
            password="canary word",
            headers={"Authorization": "Bearer canary-of-8"},
        )
        with SensorStream("a", broker) as stream:
            wait_for(lambda: stream.status in ("refused", "offline"))
            assert "***" in stream.status_text
            report = str(stream.doctor(wait_s=0))
            assert "canary" not in f"{stream.status_text}{report}{stream!r}{caplog.text}"


def test_headers_are_sent_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    heads: list[bytes] = []

    def look(connection: socket.socket) -> Link:
        heads.append(request(connection))
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n" if len(heads) == 1 else acceptance(heads[-1]))
        return ServerSide(connection)

    with RawBroker(answering, welcome=look) as server:
        broker = Broker.from_url(url(server), headers={"Authorization": "Bearer canary"})
        with SensorStream("a", broker) as stream:
            wait_for(lambda: stream.status == "refused")
            assert "Is what headers= holds right" in stream.status_text
            stream.start()
            live(stream)
            shown = f"{broker!r}{broker}{broker.headers!r}{stream!r}{stream.status_text}{caplog.text}"
    assert all(b"\r\nAuthorization: Bearer canary\r\n" in head for head in heads)
    assert "canary" not in shown


def test_a_name_in_the_place_of_an_address_is_sent_and_verified(tmp_path: Path, certificates: Path) -> None:
    files = make_certificates(tmp_path / "named", host="broker.example")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(files / "server.pem", files / "server.key")
    asked: list[str | None] = []
    server_side.sni_callback = lambda _link, name, _context: asked.append(name)
    heads: list[bytes] = []

    def look(connection: socket.socket) -> Link:
        link = server_side.wrap_socket(connection, server_side=True)
        heads.append(request(link))
        link.sendall(acceptance(heads[-1]))
        return ServerSide(link)

    with RawBroker(answering, welcome=look) as server:
        broker = Broker("127.0.0.1", server.port, "wss", ca_file=files / "ca.pem", server_name="broker.example")
        with SensorStream("a", broker) as stream:
            live(stream)
    assert asked == ["broker.example"]
    assert f"\r\nHost: broker.example:{server.port}\r\n".encode() in heads[0]


@contextmanager
def handshake_of(parts: Iterator[bytes]) -> Iterator[RawBroker]:
    """A server whose answer never ends; it sends the next part as soon as there is room."""
    is_over = threading.Event()

    def drip(connection: socket.socket) -> None:
        request(connection)
        for part in parts:
            if is_over.is_set():
                break
            connection.sendall(part)

    with RawBroker(lambda _: b"", welcome=drip) as server:
        yield server
        is_over.set()


def dripped() -> Iterator[bytes]:
    yield b"HTTP/1.1 101 Switching Protocols\r\n"
    while True:
        yield b"X"
        time.sleep(0.05)


def test_an_endless_handshake_is_given_up_by_its_length() -> None:
    endless = itertools.chain(
        [b"HTTP/1.1 101 Switching Protocols\r\n"], itertools.repeat(b"X-Much: " + b"y" * 1000 + b"\r\n")
    )
    with handshake_of(endless) as server, SensorStream("a", url(server)) as stream:
        wait_for(lambda: stream.status == "offline", timeout_s=5)
        assert "an answer whose head is longer than 16,384 bytes" in stream.status_text


def test_a_dripped_handshake_is_given_up_in_time() -> None:
    with handshake_of(dripped()) as server, SensorStream("a", url(server)) as stream:
        wait_for(lambda: stream.status == "offline", timeout_s=14)
        assert "no whole answer within 10 s" in stream.status_text


@pytest.mark.parametrize("parts", [dripped, lambda: iter(())], ids=["dripped", "silent"])
def test_stop_ends_a_handshake_at_once(parts: Callable[[], Iterator[bytes]]) -> None:
    with handshake_of(parts()) as server:
        stream = SensorStream("a", url(server))
        stream.start()
        wait_for(lambda: server.connected, what="a connection")
        began = time.monotonic()
        stream.stop()
        wait_for(lambda: not network_threads(), timeout_s=5, what="the end of the network thread")
        assert time.monotonic() - began < 2, "a handshake may take 10 s"


def sending(*frames: bytes) -> Callable[[socket.socket], Link]:
    """A server that sends these frames as they are, behind the CONNACK."""

    def open_it(connection: socket.socket) -> Link:
        connection.sendall(acceptance(request(connection)))
        is_first = [True]

        def framed(data: bytes) -> bytes:
            behind = b"".join(frames) if is_first[0] else b""
            is_first[0] = False
            return frame(data) + behind

        return ServerSide(connection, framed)

    return open_it


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (frame(b"\x03\xf0no such right", CLOSE), "closed the WebSocket (1008 no such right)"),
        (b"\xc2\x00", "breaks the rules of WebSockets: a frame with reserved bits"),
        (b"\x83\x00", "a frame of an unknown kind, 0x3"),
        (b"\x82\x80\x00\x00\x00\x00", "a masked frame, as only clients send them"),
        (b"\x82\x7f\x7f" + bytes(7), "longer than any packet of MQTT"),
        (frame(b"text", 0x1), "a text, where MQTT needs binary frames"),
    ],
)
def test_what_ends_it_is_noticed_at_once_and_told(sent: bytes, said: str) -> None:
    with RawBroker(answering, welcome=sending(sent)) as server, SensorStream("a", url(server)) as stream:
        wait_for(lambda: said in stream.status_text, timeout_s=2, what=f"{said}: {stream.status_text}")


def test_the_end_of_the_connection_is_noticed_at_once() -> None:
    def hang_up(packet: bytes) -> Iterator[bytes | None] | bytes:
        return CONNACK if packet[0] == CONNECT else iter([None])

    with RawBroker(hang_up, welcome=welcome) as server, SensorStream("a", url(server)) as stream:
        wait_for(lambda: stream.status == "offline", timeout_s=2)
        assert "was lost" in stream.status_text


def test_messages_in_pieces_and_pings_between_them() -> None:
    links: list[ServerSide] = []
    packets = publish_packet(b"a", b"1") + publish_packet(b"a", b"2", qos=1) + publish_packet(b"a", b"3")

    def in_pieces(data: bytes) -> bytes:
        bytes_alone = [data[place : place + 1] for place in range(len(data))]
        pieces = [frame(each, 0 if place else 2, is_last=False) for place, each in enumerate(bytes_alone)]
        return frame(b"here?", PING).join(pieces) + frame(b"", 0)

    def open_it(connection: socket.socket) -> Link:
        connection.sendall(acceptance(request(connection)))
        links.append(ServerSide(connection, in_pieces))
        return links[-1]

    server = RawBroker(lambda packet: answering(packet, sends=[packets]), welcome=open_it)
    with server, SensorStream("a", url(server), qos=1) as stream:
        wait_for(lambda: stream.ledger.stored == 3)
        wait_for(lambda: (PONG, b"here?") in links[0].steering, what="an answer to a ping")
    assert stream.series["a", ""].value.tolist() == [1, 2, 3]


class Scrambling:
    """Opens WebSockets of which one of the first sends has some bytes changed, and ends there, until it is mended.

    Args:
        seed: of the changes.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - for a test
        self.is_mended = False

    def welcome(self, connection: socket.socket) -> Link:
        """See RawBroker."""
        answer = acceptance(request(connection))
        if not self.is_mended and self._random.random() < 0.3:
            connection.sendall(self._scrambled(answer))
            raise ConnectionResetError
        connection.sendall(answer)
        clean = [self._random.randrange(2)]

        def frames(data: bytes) -> bytes:
            clean[0] -= 1
            if self.is_mended or clean[0] >= 0:
                return frame(data)
            connection.sendall(self._scrambled(frame(data)))
            raise ConnectionResetError

        return ServerSide(connection, frames)

    def _scrambled(self, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(self._random.randrange(1, 4)):
            changed[self._random.randrange(min(8, len(changed)))] = self._random.randrange(256)
        return bytes(changed) + self._random.randbytes(self._random.randrange(50))


def test_scrambled_frames_do_no_harm(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("mqttwidgets.mqtt.connection.retry_delay_s", lambda *_: 0.0)
    scrambling, sent = Scrambling(seed=1), [publish_packet(b"a", b"5")]
    server = RawBroker(lambda packet: answering(packet, sends=sent), welcome=scrambling.welcome)
    with server, SensorStream("a", url(server)) as stream:

        def connections() -> int:
            if stream.status == "refused":  # by a status that was made by chance; the user tries again
                stream.start()
            return server.connected

        wait_for(lambda: connections() > 300, timeout_s=60, what="many sessions")
        scrambling.is_mended = True
        wait_for(lambda: connections() and stream.status == "live", what=f"a session: {stream.status_text}")
        wait_for(lambda: stream.ledger.stored, what="a message")
        assert len(network_threads()) == 1
        assert_adds_up(stream)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def in_one_frame(size: int) -> Callable[[bytes], bytes]:
    """Frames for the parts of a long packet, all of it in one, and for others."""
    left = [0]

    def frames(data: bytes) -> bytes:
        if left[0]:
            left[0] -= len(data)
            return data
        if data[:1] != LONG:
            return frame(data)
        left[0] = size - len(data)
        return b"\x82\x7f" + size.to_bytes(8, "big") + data

    return frames


@pytest.mark.parametrize("is_one_frame", [True, False])
def test_a_payload_of_200_megabytes_is_counted_and_acknowledged_and_not_kept(is_one_frame: bool) -> None:
    size, part = 200_000_000, bytes(1_000_000)
    body = publish_packet(b"large", b"", qos=1, packet_id=7)[2:]
    head = LONG + remaining_length(len(body) + size) + body
    long = itertools.chain([head], itertools.repeat(part, size // len(part)))

    def open_it(connection: socket.socket) -> Link:
        connection.sendall(acceptance(request(connection)))
        return ServerSide(connection, in_one_frame(len(head) + size) if is_one_frame else frame)

    parts = itertools.chain([publish_packet(b"t", b"1")], long, [publish_packet(b"t", b"2")])
    found = probe(parts, 3, qos=1, welcome=open_it)
    assert (found.stored, found.dropped, found.acknowledged) == (2, {"over 1 MB": 1}, 1)
    assert found.sessions == 1
    assert found.grown_mb < 40, "as on plain TCP, where it is some 10 MB"
