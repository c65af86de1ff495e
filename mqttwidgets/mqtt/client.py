"""paho's client, which opens the sockets: made once, connected again and again while a session lasts."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from .broker import Broker
from .duplicates import RECEIVE_MAXIMUM, Redeliveries
from .incoming import Incoming
from .packet_format import Kind
from .packet_rules import LARGEST_PACKET_BYTES
from .read_ahead import PublishReader, ReadAhead
from .tls import HANDSHAKE_TIMEOUT_S, Deadline, encrypted, tls_context
from .websocket import WebSocket, opened

CONNECT_TIMEOUT_S = 5.0
"""The longest wait for TCP, and again for the CONNACK, which paho itself would await for ever."""

SESSION_EXPIRY_S = 3600
"""The time for which a broker shall keep a persistent session without a connection, where MQTT 5 is spoken."""


class Client:
    """paho's client, and what outlives one network connection (the Session State of MQTT 5, section 4.1).

    For a clean session it is made anew for each connection. A persistent one keeps it, and with it what is known
    of messages that are half delivered. Everything here runs on the network thread.

    Args:
        broker: where to connect.
        client_id: the client id to connect with.
        is_wanted: asked once there is a connection, as finding the host may have taken a minute, and during
            handshakes.

    Attributes:
        client_id: the same.
        is_wanted: whether somebody wants what comes.
        paho: the client itself.
        redeliveries: knows messages of QoS 1 and 2 that came before.
    """

    def __init__(self, broker: Broker, client_id: str, is_wanted: Callable[[], bool] = lambda: True) -> None:
        self._broker = broker
        self.client_id = client_id
        self.is_wanted = is_wanted
        self._is_mqtt_5 = broker.protocol == "5"
        self._may_have_session = broker.is_persistent and broker.client_id is not None
        self.redeliveries = Redeliveries()
        self._incoming = self._new_incoming()
        self._context = _Context(broker, is_wanted, self._incoming)
        self.paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=paho.MQTTv5 if self._is_mqtt_5 else paho.MQTTv311,
            transport="tcp",
            reconnect_on_failure=False,
            clean_session=None if self._is_mqtt_5 else not broker.is_persistent,
        )
        self.paho.connect_timeout = CONNECT_TIMEOUT_S
        if broker.username is not None:
            self.paho.username_pw_set(broker.username, broker.password)
        context: Any = self._context
        self.paho.tls_set_context(context)

    def connect(self) -> None:
        """Connect, and send the CONNECT packet.

        Raises:
            Exception: whatever stands in the way; `failure_of` knows how to say it.
        """
        self._incoming = self._new_incoming()
        self._may_have_session = self._broker.is_persistent
        self._context.renew(self._incoming)
        where = (self._broker.host, self._broker.port or 0, self._broker.keepalive_s)
        if not self._is_mqtt_5:
            self.paho.connect(*where)
            return
        wishes = {"MaximumPacketSize": LARGEST_PACKET_BYTES, "ReceiveMaximum": RECEIVE_MAXIMUM}
        if self._broker.is_persistent:
            wishes["SessionExpiryInterval"] = SESSION_EXPIRY_S
        properties = _properties(PacketTypes.CONNECT, **wishes)
        self.paho.connect(*where, clean_start=not self._broker.is_persistent, properties=properties)

    def _new_incoming(self) -> Incoming:
        return Incoming(self._broker, self.redeliveries, may_have_session=self._may_have_session)

    def expect(self, kind: Kind, packet_id: int, count: int) -> None:
        """Note that a question about `count` filters was sent, which a packet of `kind` answers."""
        self._incoming.expect(kind, packet_id, count)

    def disconnect(self, *, for_good: bool, code: int = 0) -> None:
        """Send DISCONNECT.

        Args:
            for_good: whether a persistent session ends with it, where MQTT 5 is spoken.
            code: why, as a reason code of MQTT 5.
        """
        if not self._is_mqtt_5:
            self.paho.disconnect()
            return
        ends = for_good and self._broker.is_persistent
        properties = _properties(PacketTypes.DISCONNECT, SessionExpiryInterval=0) if ends else None
        self.paho.disconnect(ReasonCode(PacketTypes.DISCONNECT, identifier=code), properties)


def _properties(packet: int, **values: int) -> Any:
    properties: Any = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


class _Context:
    """Puts a ReadAhead around paho's socket, by the one public way to put something there: `tls_set_context`.

    paho calls `wrap_socket` of what it is given there, once, before it first connects. Between the socket and the
    reading ahead there are TLS and a WebSocket, or one of them, where the broker has these.
    """

    check_hostname = True
    """Tells paho that it need not look whether a certificate has the host's name: a context of TLS does."""

    def __init__(self, broker: Broker, is_wanted: Callable[[], bool], incoming: Incoming) -> None:
        self._broker = broker
        self._incoming = incoming
        self._is_wanted = is_wanted
        self._tls: ssl.SSLContext | None = None

    def renew(self, incoming: Incoming) -> None:
        """Be ready for the next connection, with the files of TLS as they are now, and nothing told so far."""
        self._incoming = incoming
        self._tls = tls_context(self._broker) if self._broker.uses_tls else None

    def wrap_socket(self, plain: socket.socket, **_options: Any) -> ReadAhead:
        """See `ssl.SSLContext`; every handshake is over then, and a failure leaves the socket closed."""
        if not self._is_wanted():
            plain.close()
            raise ConnectionAbortedError("nobody wants it any more")
        broker = self._broker
        plain.setblocking(False)
        link: socket.socket | WebSocket = plain
        if self._tls is not None:
            plain = link = encrypted(plain, self._tls, broker, Deadline(HANDSHAKE_TIMEOUT_S, self._is_wanted))
        if broker.uses_websocket:
            link = opened(plain, broker, self._is_wanted)
        return ReadAhead(link, PublishReader(has_properties=broker.protocol == "5"), self._incoming)
