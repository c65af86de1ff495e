"""TCP ports, and the addresses of this computer."""

from __future__ import annotations

import socket

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_FOR_ALL = ("0.0.0.0", "::")  # noqa: S104 - to be told apart
_ELSEWHERE = "192.0.2.1"  # RFC 5737: nobody's


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def is_taken(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens on `port`."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def is_own(host: str) -> bool:
    """Whether a program can listen at an address, or a name, as this computer has it."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as sock:
            sock.bind(address)
    except (OSError, UnicodeError):
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches what listens at an address."""
    return host in _LOOPBACK


def is_for_all(host: str) -> bool:
    """Whether an address stands for all that this computer has."""
    return host in _FOR_ALL


def address_for_others() -> str:
    """The address at which other computers most likely reach this one, else its name; nothing is sent for that."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((_ELSEWHERE, 9))
            return str(sock.getsockname()[0])
        except OSError:
            return socket.gethostname()
