"""A broker of bytes for measurements: sends PUBLISH packets made beforehand as fast as its one client takes them.

    python -m benchmarks.load

It prints the port on which it listens. A client that connects and subscribes to `KIND/QOS/RATE/+`, with a kind of
`PAYLOADS`, QoS 0 or 1, and messages a second, 0 for as many as it takes, gets such messages of ten sensors without
end, whatever it acknowledges; the next client may connect when it has gone. MQTT 3.1.1.
"""

from __future__ import annotations

import itertools
import socket
import sys
import threading
import time

PAYLOADS = {
    "number": [b"21.%05d" % (number * 7919 % 100_000) for number in range(1000)],
    "JSON": [
        b'{"temperature":21.%04d,"humidity":48.25,"pressure":1013.275}' % (number * 7919 % 10_000)
        for number in range(1000)
    ],
}
"""The payloads by kind: numbers of 8 bytes, and JSON of 60 bytes with three numbers."""

SENSORS = 10

_CONNACK, _SUBACK_GRANTED = b"\x20\x02\x00\x00", b"\x90\x03%b\x00"
_CONNECT, _SUBSCRIBE, _PINGREQ, _DISCONNECT = 1, 8, 12, 14


def publish(topic: bytes, payload: bytes, qos: int, packet_id: int) -> bytes:
    """A PUBLISH packet shorter than 128 bytes (MQTT 3.1.1, section 3.3)."""
    identifier = packet_id.to_bytes(2, "big") if qos else b""
    body = len(topic).to_bytes(2, "big") + topic + identifier + payload
    return bytes([0x30 | qos << 1, len(body)]) + body


def _packet(link: socket.socket) -> bytes:
    """One short packet; empty when the connection is over."""
    head = link.recv(2, socket.MSG_WAITALL)
    body = link.recv(head[1], socket.MSG_WAITALL) if len(head) == 2 and head[1] else b""
    return head + body


def _serve(link: socket.socket) -> None:
    flood = None
    while packet := _packet(link):
        kind = packet[0] >> 4
        if kind == _CONNECT:
            link.sendall(_CONNACK)
        elif kind == _SUBSCRIBE:
            link.sendall(_SUBACK_GRANTED % packet[2:4])
            topic = packet[6 : 6 + packet[5]]
            flood = threading.Thread(target=_send_without_end, args=(link, topic), daemon=True)
            flood.start()
            break
    while flood is not None and link.recv(1 << 20):
        pass  # acknowledgements, pings


def _send_without_end(link: socket.socket, topic: bytes) -> None:
    kind, qos, rate, _ = topic.decode().split("/")
    topics = [f"{kind}/{qos}/{rate}/sensor-{number}".encode() for number in range(SENSORS)]
    packets = [
        publish(topics[number % SENSORS], each, int(qos), 1 + number) for number, each in enumerate(PAYLOADS[kind])
    ]
    chunks = itertools.cycle(packets if int(rate) else [b"".join(packets)])
    began = time.perf_counter()
    try:
        for number, chunk in enumerate(chunks):
            if int(rate):
                time.sleep(max(0.0, began + number / int(rate) - time.perf_counter()))
            link.sendall(chunk)
    except OSError:
        return  # the client has gone


def main() -> None:
    """Serve one client after the other until the standard input ends."""
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            link, _ = server.accept()
            with link:
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    _serve(link)
                except OSError:
                    continue

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
