"""Frames and the handshake of a WebSocket, apart from any network."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets.mqtt.websocket import ClosedError, Handshake, HandshakeError, WebSocket
from mqttwidgets.mqtt.websocket_frames import FrameReader, ViolationError

from ...support.raw_websocket import BINARY, CLOSE, PING, PONG, ServerSide, acceptance, frame


def unframed(reader: FrameReader, data: bytes) -> bytes:
    """The payloads in what came."""
    space = bytearray(data)
    return bytes(space[: reader.unframe(memoryview(space), len(space))])


@given(
    st.lists(
        st.tuples(st.binary(max_size=300) | st.just(bytes(70_000)), st.booleans(), st.booleans()), max_size=8
    ),
    st.lists(st.integers(1, 400), max_size=30),
)
def test_every_byte_comes_once_however_it_is_framed_and_cut(
    parts: list[tuple[bytes, bool, bool]], cuts: list[int]
) -> None:
    """A message may be in pieces, and control frames between these (RFC 6455, section 5.4)."""
    data, goes_on = b"", False
    for payload, is_last, pings in parts:
        data += frame(payload, 0 if goes_on else BINARY, is_last=is_last) + (frame(b"?", PING) if pings else b"")
        goes_on = not is_last
    reader, found = FrameReader(), b""
    for cut in [*cuts, len(data)]:
        found += unframed(reader, data[:cut])
        data = data[cut:]
    assert found == b"".join(payload for payload, _, _ in parts)
    assert not reader.has_ended
    assert (reader.ping == b"?") == any(pings for _, _, pings in parts)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (bytes([0xC2, 1, 0]), "reserved bits"),
        (bytes([0x83, 1, 0]), "an unknown kind, 0x3"),
        (bytes([0x8B, 0]), "an unknown kind, 0xb"),
        (frame(b"5", 0x1), "a text, where MQTT needs binary frames [MQTT-6.0.0-1]"),
        (b"\x82\x81\x00\x00\x00\x005", "a masked frame"),
        (frame(b"5", 0x0), "a continuation of nothing"),
        (frame(b"5", is_last=False) + frame(b"6"), "a new message within another"),
        (frame(bytes(126), PING), "a control frame that is too long"),
        (frame(b"", PING, is_last=False), "a control frame that is too long or in pieces"),
        (b"\x82\x7f" + (1 << 63).to_bytes(8, "big"), "longer than any packet of MQTT"),
        (b"\x82\x7f" + (1 << 30).to_bytes(8, "big"), "a frame of 1,073,741,824 bytes"),
    ],
)
def test_what_breaks_the_rules_ends_it_behind_what_came_before(data: bytes, text: str) -> None:
    reader = FrameReader()
    first = frame(b"good")
    assert unframed(reader, first + data + frame(b"never read")).startswith(b"good")
    assert text in str(reader.violation)
    assert unframed(reader, frame(b"nor this")) == b""


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    reader = FrameReader()
    assert len(unframed(reader, data)) <= len(data)
    assert len(unframed(reader, data)) <= len(data)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "without a reason"),
        (b"\x03\xe9", "1001"),
        (b"\x03\xf0no \x1b[31mpolicy\xff", "1008 no \\x1b[31mpolicy\ufffd"),
    ],
)
def test_a_close_is_told_with_its_reason(payload: bytes, words: str) -> None:
    reader = FrameReader()
    assert unframed(reader, frame(b"5") + frame(payload, CLOSE) + frame(b"6")) == b"5"
    assert reader.closing == words


@pytest.mark.parametrize("size", [1, 125, 126, 65_535, 65_536, 2_000_000])
def test_what_is_sent_is_masked_and_arrives_though_the_other_side_is_slow(size: int) -> None:
    payload = bytes(place % 251 for place in range(size))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        link, server, found = WebSocket(ours), ServerSide(theirs), bytearray()

        def read() -> None:
            while len(found) < size:
                found.extend(server.recv(65_536))

        reading = threading.Thread(target=read)
        reading.start()
        left = payload
        while left or link.wants_write:
            with contextlib.suppress(BlockingIOError):
                left = left[link.send(left) :]
            link.send_rest()
        reading.join()
        assert found == payload


def test_nothing_of_a_frame_is_kept() -> None:
    reader, piece = FrameReader(), bytearray(65_536)
    reader.unframe(memoryview(bytearray(b"\x82\x7f" + (200_000_000).to_bytes(8, "big"))), 10)
    tracemalloc.start()
    for _ in range(100):
        assert reader.unframe(memoryview(piece), len(piece)) == len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


def test_a_flood_of_pings_has_one_answer_and_keeps_nothing() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        link = WebSocket(ours)
        theirs.sendall(frame(b"x", PING) * 1000 + frame(b"last", PING))
        with pytest.raises(BlockingIOError):
            link.recv_into(memoryview(bytearray(100_000)))
        server = ServerSide(theirs)
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.recv(1)
        assert server.steering == [(PONG, b"last")]


def test_the_end_is_told_at_once_and_again() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        link, space = WebSocket(ours), memoryview(bytearray(100))
        theirs.sendall(frame(b"5") + frame(b"\x03\xe8bye", CLOSE))
        assert link.recv_into(space) == 1
        assert (link.has_more, link.pending()) == (True, 1), "a selector would see nothing more"
        for _ in range(2):
            with pytest.raises(ClosedError, match="1000 bye"):
                link.recv_into(space)
        assert ServerSide(theirs).recv(1) == b"", "we say goodbye, too"


HEAD = Handshake("h:80", "/mqtt", {}, is_encrypted=False)


def test_a_request_has_what_the_standard_asks_for_and_the_users_headers_in_place_of_ours() -> None:
    handshake = Handshake("h:80", "/a b?c=%20é", {"origin": "https://mine", "X-Key": "k"}, is_encrypted=True)
    first, *lines = handshake.request().decode().split("\r\n")
    headers = dict(line.split(": ") for line in lines if line)
    assert first == "GET /a%20b?c=%20%C3%A9 HTTP/1.1"
    assert headers.pop("Sec-WebSocket-Key") != ""
    assert headers == {
        "Host": "h:80",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "mqtt",
        "origin": "https://mine",
        "X-Key": "k",
    }


def test_an_answer_that_opens_it() -> None:
    HEAD.check(acceptance(HEAD.request()).removesuffix(b"\r\n\r\n"))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ((rb"Upgrade: websocket", b"Upgrade: h2c"), "does not upgrade"),
        ((rb"Connection: .*", b"Connection: close"), "not for upgrading"),
        ((rb"Accept: .*", b"Accept: bm8="), "does not fit our key"),
        ((rb"Protocol: mqtt", b"Protocol: chat"), "'chat' inside"),
        ((rb"Sec-WebSocket-Protocol", b"Sec-WebSocket-Extensions: x\r\nA"), "an extension that nobody asked for"),
        ((rb"HTTP/1.1 101.*", b"SSH-2.0-\x1b[31m"), "no HTTP: 'SSH-2.0-"),
    ],
)
def test_an_answer_that_breaks_the_rules(change: tuple[bytes, bytes], text: str) -> None:
    answer = re.sub(change[0], change[1], acceptance(HEAD.request()))
    with pytest.raises(HandshakeError) as caught:
        HEAD.check(answer.removesuffix(b"\r\n\r\n"))
    assert text in caught.value.reason
    assert "\x1b" not in caught.value.reason


def test_a_redirect_shows_no_query() -> None:
    with pytest.raises(HandshakeError) as caught:
        HEAD.check(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://h/new?token=canary#x")
    assert (caught.value.status, caught.value.location) == (307, "https://h/new")


def test_violations_are_errors_of_a_socket() -> None:
    """As paho and ReadAhead know no others."""
    assert issubclass(ViolationError, OSError)
    assert issubclass(HandshakeError, OSError)
