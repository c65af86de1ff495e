"""Where to connect and as whom: a Broker, by its parts or by its URL."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, cast
from urllib.parse import unquote

from ..base.errors import InvalidValueError, discreet, reject_unknown_keywords
from ..base.text import printable

Scheme = Literal["mqtt", "mqtts", "ws", "wss"]
Protocol = Literal["3.1.1", "5"]
SessionKind = Literal["clean", "persistent"]

DEFAULT_PORTS: dict[str, int] = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
"""Scheme → the TCP port that it usually has."""
_ACCEPTED = "mqtt://, mqtts://, ws:// or wss://, as in mqtt://broker.local or mqtts://user:password@host:8883"
_HOST_NAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?"
)
_IPV6 = re.compile(r"[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(%[\w.-]+)?")
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # MQTT 5, section 1.5.4; RFC 9112, section 3
_LONGEST_BYTES = 65_535
_OTHER_NAMES = {"tcp": "mqtt", "ssl": "mqtts", "tls": "mqtts", "tcps": "mqtts", "http": "ws", "https": "wss"}
"""Names that other programs give our schemes → ours."""
_OPTIONS = (
    "path",
    "ca_file",
    "client_certificate",
    "client_key",
    "protocol",
    "client_id",
    "keepalive_s",
    "session",
    "headers",
    "alpn",
    "server_name",
    "insecure",
)
_LONGEST_ALPN = 255  # RFC 7301, section 3.1
_PORT = re.compile(r":\d{1,5}$")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")  # a token, RFC 9110, section 5.6.2
_HEADER_VALUE = re.compile(r"[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*|")  # RFC 9110, section 5.5, no obsolete bytes
_OURS = re.compile(r"connection|upgrade|content-length|transfer-encoding|sec-websocket-.*", re.IGNORECASE)
_LONGEST_HEADERS = 8192  # bytes of all of them: what usual servers take
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Broker:
    """A broker's address, credentials and TLS files: a value without a socket.

    Equal Brokers share one connection. Neither the password nor the value of a header shows in `repr` or `str`.

    Args:
        host: host name, IPv4 or IPv6 address.
        port: TCP port; None takes the scheme's own (1883, 8883, 80, 443).
        scheme: "mqtt", "mqtts" (TLS), "ws" (WebSocket) or "wss" (WebSocket over TLS).
        username: None for an anonymous client.
        password: goes with a user name; None for none.
        path: path of the WebSocket, "/mqtt" unless given.
        ca_file: path of the authority that signed the broker's certificate; None takes the system's own.
        client_certificate: path of our own certificate, where the broker wants one.
        client_key: path of its key; None when the certificate's file holds it.
        protocol: "3.1.1" or "5", the version of MQTT to speak.
        client_id: None makes a random one for every connection, which is right unless the broker says otherwise.
            Where overlapping filters need a second connection, that appends "-2" to it.
        keepalive_s: seconds of silence after which both sides ask whether the other is there.
        session: "persistent" has the broker keep what comes with QoS 1 or 2 while the link is down, and send it
            after; "clean" keeps nothing. A persistent session ends with its last plot or stream, and, unless
            `client_id` names it, with the process. Where these end while the link is down, or the process is
            killed, it stays at the broker: for an hour with MQTT 5, with 3.1.1 for as long as that is set up to.
        headers: HTTP headers of the WebSocket's handshake, such as `{"Authorization": "Bearer …"}`.
        alpn: the protocol to ask for in the TLS handshake (RFC 7301), where one port serves several: "mqtt", or
            "x-amzn-mqtt-ca" at port 443 of AWS.
        server_name: the name that the broker's certificate must have, and that TLS asks for (SNI, RFC 6066); None
            takes the host. For a host that is an IP address, or an alias.
        insecure: True takes any certificate, which leaves whoever is between free to read and change everything.
            The plot says so all the time. `ca_file` is the safe way to a broker with an authority of its own.

    Raises:
        InvalidValueError: (a ValueError) for a value that cannot work, saying what is accepted.
        UnknownKeywordError: (a TypeError) for a keyword that does not exist.

    Example:
        >>> Broker.from_url("mqtts://me:secret@broker.local")
        Broker('mqtts://me:***@broker.local:8883')
    """

    host: str
    port: int | None = None
    scheme: Scheme = "mqtt"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    path: str = "/mqtt"
    ca_file: str | os.PathLike[str] | None = None
    client_certificate: str | os.PathLike[str] | None = None
    client_key: str | os.PathLike[str] | None = None
    protocol: Protocol = "3.1.1"
    client_id: str | None = None
    keepalive_s: int = 15
    session: SessionKind = "clean"
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    alpn: str | None = None
    server_name: str | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        _check_choice("scheme", self.scheme, tuple(DEFAULT_PORTS))
        _check_choice("protocol", self.protocol, ("3.1.1", "5"))
        _check_choice("session", self.session, ("clean", "persistent"))
        _check_host(self.host)
        if self.port is None:
            object.__setattr__(self, "port", DEFAULT_PORTS[self.scheme])
        _check_whole_number("port", self.port, 65_535)
        _check_whole_number("keepalive_s", self.keepalive_s, 65_535)
        for name in ("username", "password", "client_id", "path"):
            _check_text(name, getattr(self, name))
        if not self.path or not self.path.startswith("/"):
            raise InvalidValueError("path begins with '/', as in '/mqtt'")
        if self.password is not None and self.username is None:
            raise InvalidValueError("a password needs a user name: mqtt://user:password@host")
        for name in ("ca_file", "client_certificate", "client_key"):
            self._check_file(name)
        self._check_verification()
        if self.headers is not None:
            object.__setattr__(self, "headers", Headers(self.headers))
            if not self.uses_websocket:
                raise InvalidValueError(
                    f"headers needs a WebSocket: use the scheme ws:// or wss://, not {self.scheme}://"
                )

    def _check_verification(self) -> None:
        """Check what a TLS handshake asks for and verifies."""
        if not isinstance(self.insecure, bool):
            raise InvalidValueError(f"insecure is True or False, not {printable(repr(self.insecure))}")
        if self.insecure:
            self._check_needs_tls("insecure")
        if self.server_name is not None:
            self._check_needs_tls("server_name")
            _check_host(self.server_name, "server_name")
        if self.alpn is not None:
            self._check_needs_tls("alpn")
            _check_text("alpn", self.alpn)
            if not self.alpn.isascii() or not 1 <= len(self.alpn) <= _LONGEST_ALPN:
                raise InvalidValueError(
                    f"alpn is the name of one protocol, such as 'mqtt', not {self.alpn[:80]!r}"
                )

    def _check_needs_tls(self, name: str) -> None:
        if not self.uses_tls:
            raise InvalidValueError(f"{name} needs TLS: use the scheme mqtts:// or wss://, not {self.scheme}://")

    def _check_file(self, name: str) -> None:
        path = getattr(self, name)
        if path is None:
            return
        if not isinstance(path, (str, os.PathLike)):
            raise InvalidValueError(f"{name} is the path of a file, not a {type(path).__name__}")
        self._check_needs_tls(name)
        object.__setattr__(self, name, os.fspath(path))
        if not os.path.isfile(path):  # noqa: PTH113 - takes str and Path alike
            raise InvalidValueError(f"{name}: there is no file {os.fspath(path)!r}")

    @classmethod
    @discreet
    def from_url(cls, url: str, **options: Any) -> Broker:
        """The Broker that a URL names; `options` are the keywords of Broker that a URL has no room for.

        Args:
            url: `SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/PATH]`, the scheme one of mqtt, mqtts, ws, wss;
                reserved characters of user and password percent-encoded (RFC 3986, section 3.2.1).
            options: for example `protocol="5"` or `ca_file="ca.pem"`.

        Raises:
            InvalidValueError: for a URL that names no broker. The message never repeats the password.
            UnknownKeywordError: for an option that does not exist.

        Example:
            >>> Broker.from_url("wss://broker.example/mqtt", protocol="5").port
            443
        """
        if not isinstance(url, str) or "://" not in url:
            is_host = isinstance(url, str) and _HOST_NAME.fullmatch(_PORT.sub("", url))
            hint = f" Did you mean 'mqtt://{url}'?" if is_host else ""
            raise InvalidValueError(f"a broker's URL starts with {_ACCEPTED}.{hint}")
        reject_unknown_keywords("Broker.from_url", options.keys() - set(_OPTIONS), _OPTIONS)
        scheme, rest = url.split("://", 1)
        if "@" in rest.partition("/")[2]:
            raise InvalidValueError(
                "the URL holds '@' after '/': write '/' in user or password as %2F, and '@' in the path as %40"
            )
        if scheme.lower() not in DEFAULT_PORTS:  # which may be a part of a password
            ours = _OTHER_NAMES.get(scheme.lower())
            hint = f": write {ours}:// for {scheme.lower()}://" if ours else ""
            raise InvalidValueError(f"the URL's scheme is one of {', '.join(DEFAULT_PORTS)}{hint}")
        authority, _, _ = rest.partition("/")
        userinfo, _, address = authority.rpartition("@")
        host, port = _host_and_port(address)
        username, password = _user_and_password(userinfo)
        path = _path(scheme.lower(), rest[len(authority) :])
        if path:
            options.setdefault("path", path)
        return cls(
            host=host,
            port=port,
            scheme=cast(Scheme, scheme.lower()),
            username=username,
            password=password,
            **options,
        )

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.scheme in ("mqtts", "wss")

    @property
    def uses_websocket(self) -> bool:
        """Whether MQTT travels inside a WebSocket."""
        return self.scheme in ("ws", "wss")

    @property
    def is_persistent(self) -> bool:
        """Whether the broker is asked to keep a session while the link is down."""
        return self.session == "persistent"

    @property
    def caution(self) -> str:
        """A warning for everybody who reads what comes from there, to be shown all the time; `""` for none."""
        if not self.insecure:
            return ""
        return "the certificate is not verified (insecure=True): whoever is between can read and change everything"

    def __str__(self) -> str:
        secret = ":***" if self.password is not None else ""
        user = f"{printable(self.username)}{secret}@" if self.username is not None else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        path, query, _ = self.path.partition("?")  # a query may hold a signature
        where = f"{printable(path)}{'?…' if query else ''}" if self.uses_websocket else ""
        return f"{self.scheme}://{user}{host}:{self.port}{where}"

    def __repr__(self) -> str:
        return f"Broker({str(self)!r}{', insecure=True' if self.insecure else ''})"


def _naming_its_keywords(initialize: Any) -> Any:
    """The constructor that dataclass wrote, made to name its keywords where it is given an unknown one."""
    known = [each.name for each in fields(Broker)]

    @functools.wraps(initialize)
    def checked(self: Broker, *values: Any, **keywords: Any) -> None:
        reject_unknown_keywords("Broker", [name for name in keywords if name not in known], known)
        initialize(self, *values, **keywords)

    return checked


Broker.__init__ = discreet(_naming_its_keywords(Broker.__init__))  # type: ignore[method-assign]


def broker_from(broker: str | Broker | None, session: SessionKind | None = None) -> Broker:
    """The Broker meant by the arguments `broker` and `session`.

    Args:
        broker: a Broker, a URL, or None for $MQTTWIDGETS_BROKER and, without it, mqtt://localhost:1883.
        session: "clean" or "persistent"; None for what the Broker says.

    Raises:
        InvalidValueError: for anything else, or a URL that names no broker.
    """
    if broker is None:
        broker = os.environ.get("MQTTWIDGETS_BROKER") or "mqtt://localhost:1883"
    if isinstance(broker, str):
        broker = Broker.from_url(broker)
    if not isinstance(broker, Broker):
        raise InvalidValueError(f"broker is a URL, a Broker or None, not a {type(broker).__name__}")
    return broker if session is None else replace(broker, session=session)


def _host_and_port(address: str) -> tuple[str, int | None]:
    if address.startswith("["):
        host, closed, rest = address[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise InvalidValueError("the URL's IPv6 address is not closed: write mqtt://[2001:db8::1]:1883")
        return host, _port(rest[1:]) if rest else None
    if address.count(":") > 1:
        raise InvalidValueError(
            "the URL's host holds more than one ':': put an IPv6 address in brackets, mqtt://[2001:db8::1]:1883"
        )
    host, colon, port = address.partition(":")
    return host.lower(), _port(port) if colon else None


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text):
        raise InvalidValueError("the URL's port is a whole number from 1 to 65535")  # the text may be a password
    return int(text)


def _user_and_password(userinfo: str) -> tuple[str | None, str | None]:
    if not userinfo:
        return None, None
    if _BAD_ESCAPE.search(userinfo):
        raise InvalidValueError(
            "user or password of the URL holds a '%' that is no escape: write a literal one as %25"
        )
    username, colon, password = userinfo.partition(":")
    return unquote(username), unquote(password) if colon else None


def _path(scheme: str, path: str) -> str:
    if scheme in ("ws", "wss"):
        return path
    if path not in ("", "/"):
        raise InvalidValueError(f"a {scheme}:// URL ends after host and port: the topic is an argument of its own")
    return ""


def _check_choice(name: str, value: object, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise InvalidValueError(f"{name} is one of {', '.join(accepted)}, not {printable(str(value))!r}")


def _check_text(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise InvalidValueError(f"{name} is a text, not a {type(value).__name__}")
    if _UNSENDABLE.search(value) or len(value.encode(errors="replace")) > _LONGEST_BYTES:
        raise InvalidValueError(f"{name} holds a control character, or is longer than {_LONGEST_BYTES:,} bytes")


def _check_whole_number(name: str, value: object, largest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= largest:
        raise InvalidValueError(f"{name} is a whole number from 1 to {largest}, not {value!r}")


def _check_host(host: object, name: str = "host") -> None:
    """Refuse what the resolver would choke on: paho's thread dies of the UnicodeError it raises."""
    if not isinstance(host, str) or not host:
        missing = f"the broker's host is missing; a broker's URL starts with {_ACCEPTED}"
        raise InvalidValueError(missing if name == "host" else f"{name} is a host name, as in 'broker.example'")
    if "@" in host or "://" in host:  # as in a URL, which may hold a password
        raise InvalidValueError(f"{name} is a name or an address by itself; Broker.from_url takes a URL")
    if _IPV6.fullmatch(host) or _HOST_NAME.fullmatch(host) or _is_international(host):
        return
    raise InvalidValueError(
        f"{printable(host)!r} is no host name: labels of 1 to 63 letters, digits, '-', '_' between single dots"
    )


def _is_international(host: str) -> bool:
    if host.isascii():
        return False
    try:
        return bool(_HOST_NAME.fullmatch(host.encode("idna").decode("ascii")))
    except UnicodeError:
        return False


class Headers(Mapping[str, str]):
    """HTTP headers of a WebSocket's handshake by their names, in the order in which they were given. A value.

    The value of a header may be a secret, so `repr` has the names alone.

    Args:
        given: names and values.

    Raises:
        InvalidValueError: for what is no header, or one that the handshake itself needs. It repeats no value.

    Example:
        >>> Headers({"Authorization": "Bearer secret"})
        Headers({'Authorization': ***})
    """

    __slots__ = ("_pairs",)

    def __init__(self, given: Mapping[str, str]) -> None:
        if not isinstance(given, Mapping):
            raise InvalidValueError(
                f"headers is a mapping such as {{'Authorization': 'Bearer …'}}, not a {type(given).__name__}"
            )
        for name, value in given.items():
            _check_header(name, value)
        folded = [name.lower() for name in given]
        if len(set(folded)) < len(folded):
            raise InvalidValueError("headers has one name twice: upper and lower case are the same there")
        if sum(len(name) + len(value) + 4 for name, value in given.items()) > _LONGEST_HEADERS:
            raise InvalidValueError(
                f"headers is longer than {_LONGEST_HEADERS:,} bytes, which servers do not take"
            )
        self._pairs = tuple(given.items())

    def __getitem__(self, name: str) -> str:
        return dict(self._pairs)[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __hash__(self) -> int:
        return hash(frozenset(self._pairs))

    def __repr__(self) -> str:
        return f"Headers({{{', '.join(f'{name!r}: ***' for name in self)}}})"


def _check_header(name: object, value: object) -> None:
    if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
        shown = printable(name, 40) if isinstance(name, str) else type(name).__name__
        raise InvalidValueError(
            f"headers: {shown!r} is no name: letters, digits and hyphens, as in 'Authorization'"
        )
    if _OURS.fullmatch(name):
        raise InvalidValueError(f"headers: {name} belongs to the handshake itself and cannot be set")
    if not isinstance(value, str):
        raise InvalidValueError(f"headers: the value of {name} is a text, not a {type(value).__name__}")
    if not _HEADER_VALUE.fullmatch(value):
        raise InvalidValueError(
            f"headers: the value of {name} holds more than visible ASCII characters with blanks between them"
        )
