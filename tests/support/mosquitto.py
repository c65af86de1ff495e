"""A real Mosquitto on loopback, on a port that the system chose."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from mqttwidgets.demo.processes import free_port

from .processes import end, program
from .waiting import wait_for

_CONNECTED = re.compile(r" as (mqttwidgets-\w+) ")
_DISCONNECTED = re.compile(r"Client (mqttwidgets-\w+) (?:disconnected|closed|has exceeded)")
_CONNECT = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x0a\x00\x04ping"


class Mosquitto:
    """One broker; `start` after `stop` or `kill` brings it back on the same port.

    Args:
        folder: where its files go.
        users: user name → password; without any, everybody is admitted.
        extra: further lines for the main listener's configuration.
        websockets: whether to listen for WebSockets too, at `ws_port`.
        certificates: a folder with ca.pem, server.pem and server.key makes a TLS listener at `tls_port`.
        require_client_certificate: whether that listener wants one.
        websocket_certificates: whether the listener for WebSockets has TLS, too.
    """

    def __init__(
        self,
        folder: Path,
        *,
        users: Mapping[str, str] | None = None,
        extra: Sequence[str] = (),
        websockets: bool = False,
        certificates: Path | None = None,
        require_client_certificate: bool = False,
        websocket_certificates: bool = False,
    ) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.ws_port = free_port()
        self.tls_port = free_port()
        lines = ["per_listener_settings false", "log_dest stderr", "log_type all", "max_queued_messages 0"]
        lines += ["user root"] if os.getuid() == 0 else []
        lines += [f"listener {self.port} 127.0.0.1", *extra]
        if users:
            lines += [f"password_file {self._passwords(users)}", "allow_anonymous false"]
        else:
            lines += ["allow_anonymous true"]
        if websockets:
            lines += [f"listener {self.ws_port} 127.0.0.1", "protocol websockets"]
            lines += _certificate_lines(certificates) if certificates and websocket_certificates else []
        if certificates is not None:
            lines += [
                f"listener {self.tls_port} 127.0.0.1",
                *_certificate_lines(certificates),
                f"require_certificate {str(require_client_certificate).lower()}",
            ]
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text("\n".join(lines) + "\n")

    def start(self) -> Mosquitto:
        """Start, and wait until it answers a CONNECT."""
        log = (self._folder / "mosquitto.log").open("ab")
        self._process = subprocess.Popen(
            [program("mosquitto", package="mosquitto"), "-c", str(self._configuration)],
            stderr=log,
            stdout=log,
            start_new_session=True,
        )
        log.close()
        wait_for(self._answers, what=f"mosquitto to answer; its log: {self.log()[-500:]}")
        return self

    def stop(self) -> None:
        """End it as an administrator does."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    @property
    def url(self) -> str:
        """Where its main listener is."""
        return f"mqtt://127.0.0.1:{self.port}"

    def log(self) -> str:
        """What it wrote so far."""
        return (self._folder / "mosquitto.log").read_text(errors="replace")

    def connections_of_widgets(self) -> int:
        """How many of our clients have connected so far, by its log."""
        return self.log().count(" as mqttwidgets-")

    def widgets_connected(self) -> int:
        """How many of our clients are connected now, by its log."""
        clients = set[str]()
        for line in self.log().splitlines():
            if match := _CONNECTED.search(line):
                clients.add(match[1])
            elif match := _DISCONNECTED.search(line):
                clients.discard(match[1])
        return len(clients)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            end(self._process, how)
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"mosquitto ended: {self.log()[-500:]}"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as sock:
                sock.sendall(_CONNECT)
                return sock.recv(1) == b"\x20"
        except OSError:
            return False

    def _passwords(self, users: Mapping[str, str]) -> Path:
        path = self._folder / "passwords"
        path.touch(mode=0o600)
        for name, password in users.items():
            command = [program("mosquitto_passwd", package="mosquitto"), "-b", str(path), name, password]
            subprocess.run(command, check=True, capture_output=True)
        return path


def _certificate_lines(certificates: Path) -> list[str]:
    files = (("cafile", "ca.pem"), ("certfile", "server.pem"), ("keyfile", "server.key"))
    return [f"{option} {certificates / file}" for option, file in files]
