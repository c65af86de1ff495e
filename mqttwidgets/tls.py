"""TLS that verifies: the one place where its contexts are made."""

from __future__ import annotations

import ssl

from .broker import Broker

HANDSHAKE_TIMEOUT_S = 15.0
"""Longest wait for a handshake: a chain of certificates takes seconds at a kilobyte a second."""


class _Socket(ssl.SSLSocket):
    """Ends a handshake that fails or takes too long; paho would wait for a keepalive and leave the socket open."""

    def do_handshake(self, block: bool = False) -> None:
        self.settimeout(HANDSHAKE_TIMEOUT_S)
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def _no_pass_phrase() -> str:
    """OpenSSL would ask for it on the terminal of the server, where nobody looks."""
    return ""


def tls_context(broker: Broker) -> ssl.SSLContext:
    """A context that verifies, made anew for each connection so that renewed files are read.

    Args:
        broker: whose authority and client certificate to use.

    Raises:
        OSError: (ssl.SSLError among them) for a file that cannot be read, or is no certificate.
    """
    context = ssl.create_default_context(cafile=broker.ca_file)
    context.sslsocket_class = _Socket
    if broker.client_certificate is not None:
        context.load_cert_chain(broker.client_certificate, broker.client_key, password=_no_pass_phrase)
    return context
