"""TLS that verifies, unless told otherwise: the one place where its contexts and connections are made.

Its handshake, like that of a WebSocket, has a Deadline.
"""

from __future__ import annotations

import os
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

from ..base.text import printable
from .broker import Broker

HANDSHAKE_TIMEOUT_S = 15.0
"""The longest wait for a handshake: a chain of certificates takes seconds at a kilobyte a second."""

_LARGEST_FILE_BYTES = 1_000_000
_CERTIFICATE, _KEY, _ENCRYPTED = b"-----BEGIN CERTIFICATE-----", b"PRIVATE KEY-----", b"ENCRYPTED"

_LOOK_S = 0.1  # between two looks whether somebody still wants a connection
_Result = TypeVar("_Result")

Stamps: TypeAlias = tuple[tuple[int, int] | None, ...]


class TlsFileError(OSError):
    """A file of TLS cannot be used.

    Args:
        reason: which, and why.
        remedy: a sentence that says what to do; `""` for nothing.
    """

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


def tls_context(broker: Broker) -> ssl.SSLContext:
    """A context that verifies, made anew for each connection so that renewed files are read.

    An authority of the user's own is often made by hand and lacks what RFC 5280 asks of it, such as a key usage;
    Python 3.13 refuses that (VERIFY_X509_STRICT). It is the user who vouches for it, so it is taken as it is, also
    where it is no root. Names, dates and signatures are verified as ever.

    Args:
        broker: whose authority and client certificate to use.

    Raises:
        TlsFileError: for a file that cannot be read, or is not what it should be.
    """
    context = _trusting(broker.ca_file)
    if broker.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if broker.alpn is not None:
        context.set_alpn_protocols([broker.alpn])
    if broker.client_certificate is not None:
        _present(context, broker.client_certificate, broker.client_key)
    return context


def encrypted(plain: socket.socket, context: ssl.SSLContext, broker: Broker, deadline: Deadline) -> ssl.SSLSocket:
    """Bring up TLS over a connection.

    Args:
        plain: a connected socket that does not block; closed where this fails.
        context: as `tls_context` makes it.
        broker: whose name is verified.
        deadline: for the handshake.

    Raises:
        OSError: (ssl.SSLError among them) where there is no TLS, or the other side is not who it should be.
    """
    link = plain
    try:
        link = wrapped = context.wrap_socket(
            plain, server_hostname=broker.server_name or broker.host, do_handshake_on_connect=False
        )
        deadline.complete(wrapped, wrapped.do_handshake)
    except BaseException:
        link.close()
        raise
    return wrapped


class Deadline:
    """The time until which a handshake must be over. For one thread; the socket does not block.

    Args:
        limit_s: seconds from now.
        is_wanted: asked several times a second.
    """

    def __init__(self, limit_s: float, is_wanted: Callable[[], bool] = lambda: True) -> None:
        self._until = time.monotonic() + limit_s
        self._is_wanted = is_wanted

    def complete(self, link: socket.socket, step: Callable[[], _Result], *, sends: bool = False) -> _Result:
        """Repeat `step` until the socket no longer blocks it; what it returns.

        Args:
            link: the socket.
            step: one operation on it.
            sends: whether it sends, rather than receives, so that `BlockingIOError` waits for room.

        Raises:
            TimeoutError: at the deadline.
            ConnectionAbortedError: when nobody wants it any more.
        """
        while True:
            self.check()
            try:
                return step()
            except ssl.SSLWantReadError:
                self._await(link, selectors.EVENT_READ)
            except ssl.SSLWantWriteError:
                self._await(link, selectors.EVENT_WRITE)
            except BlockingIOError:
                self._await(link, selectors.EVENT_WRITE if sends else selectors.EVENT_READ)

    def check(self) -> None:
        """Raise what `complete` raises, where that is due."""
        if not self._is_wanted():
            raise ConnectionAbortedError("nobody wants it any more")
        if time.monotonic() > self._until:
            raise TimeoutError("timed out")

    def _await(self, link: socket.socket, event: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(link, event)
            while not selector.select(_LOOK_S):
                self.check()


def file_stamps(broker: Broker) -> Stamps:
    """Time of writing and length of each file of TLS, which change where one is replaced."""
    return tuple(_stamp(file) for file in (broker.ca_file, broker.client_certificate, broker.client_key) if file)


def _stamp(file: str | os.PathLike[str]) -> tuple[int, int] | None:
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _trusting(ca_file: str | os.PathLike[str] | None) -> ssl.SSLContext:
    if ca_file is None:
        return ssl.create_default_context()
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        _read(ca_file)
        raise TlsFileError(*_no_certificate(ca_file)) from None
    except OSError as error:
        raise _unreadable(ca_file, error) from None
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _present(
    context: ssl.SSLContext, certificate: str | os.PathLike[str], key: str | os.PathLike[str] | None
) -> None:
    """Make a context show a certificate of ours."""
    try:
        context.load_cert_chain(certificate, key, password=_no_pass_phrase)
    except ssl.SSLError as error:
        raise TlsFileError(*_what_is_amiss(certificate, key, error)) from None
    except OSError:
        _read(certificate)
        _read(certificate if key is None else key)
        raise


def _no_pass_phrase() -> str:
    """No pass phrase, for which OpenSSL would ask on the terminal of the server, where nobody looks."""
    return ""


def _what_is_amiss(
    certificate: str | os.PathLike[str], key: str | os.PathLike[str] | None, error: ssl.SSLError
) -> tuple[str, str]:
    """(reason, remedy) for a certificate and its key that OpenSSL rejects, which itself does not tell them."""
    key_file = certificate if key is None else key
    in_certificate, in_key = _read(certificate), _read(key_file)
    if _CERTIFICATE not in in_certificate:
        return _no_certificate(certificate)
    if _KEY not in in_key:
        remedy = "Name the file of the certificate's key: Broker.from_url(URL, client_certificate='me.pem', "
        return f"{_name(key_file)} holds no private key", f"{remedy}client_key='me.key')."
    if _ENCRYPTED in in_key:
        remedy = f"A copy without one, which only you may read: openssl pkey -in {_name(key_file)} -out me.key"
        return f"the key in {_name(key_file)} asks for a pass phrase, and nobody is there to type it", remedy
    if error.reason == "KEY_VALUES_MISMATCH":
        reason = f"the key in {_name(key_file)} is not that of the certificate in {_name(certificate)}"
        return reason, "Name the one that the certificate was made with: client_key='me.key'."
    return f"{_name(certificate)} and its key cannot be used: {printable(str(error), 160)}", ""


def _no_certificate(file: str | os.PathLike[str]) -> tuple[str, str]:
    return (
        f"{_name(file)} holds no certificate in PEM format",
        "Such a file has a line -----BEGIN CERTIFICATE-----.",
    )


def _read(file: str | os.PathLike[str]) -> bytes:
    try:
        with Path(file).open("rb") as opened:
            return opened.read(_LARGEST_FILE_BYTES)
    except OSError as error:
        raise _unreadable(file, error) from None


def _unreadable(file: str | os.PathLike[str], error: OSError) -> TlsFileError:
    return TlsFileError(f"{_name(file)} cannot be read: {printable(error.strerror or str(error))}")


def _name(file: str | os.PathLike[str]) -> str:
    return printable(os.fspath(file), 160)
