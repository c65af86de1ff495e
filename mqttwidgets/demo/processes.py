"""Child processes that end with us, however we end, and the TCP ports that they listen at.

A child of ours serves until its standard input ends, which it does when we are gone, killed or not. For a command
that does not heed its standard input this file is a program: `python -m mqttwidgets.demo.processes COMMAND ...`
then ends the command with SIGTERM, and ends itself when the command ends first.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping

_PATIENCE_S = 10
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_FOR_ALL = ("0.0.0.0", "::")  # noqa: S104 - to be told apart
_ELSEWHERE = "192.0.2.1"  # RFC 5737: nobody's


def start_module(
    module: str, *arguments: str, stdout: int | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a module of ours as a child, with a pipe as its standard input.

    Args:
        module: its name.
        arguments: those of its command line.
        stdout: subprocess.PIPE to read what it says; None for ours.
        environment: its environment variables; None for ours.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=stdout,
        env=environment,
        start_new_session=True,  # Ctrl-C, and interrupting a cell, are for the parent, which ends its children
    )


def start_server(module: str, *arguments: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start a module of ours that prints its URL first; the child, and the URL, `""` where it ended without."""
    process = start_module(module, *arguments, stdout=subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - it was asked for
    return process, process.stdout.readline().decode().strip()


class GuardedProcess:
    """A command as a child that ends with us, though it does not heed its standard input.

    Args:
        command: program and arguments.
        environment: its environment variables.
    """

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._process = start_module(__name__, *command, environment=environment)

    def poll(self) -> int | None:
        """The command's exit code; None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """End the command and wait for it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


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
    """Whether this computer has an address, or a name, so that a program can listen there."""
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


def _guard(command: list[str]) -> int:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def end() -> None:
        child.terminate()
        try:
            child.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            child.kill()

    def wait_for_parent() -> None:
        sys.stdin.read()
        end()

    signal.signal(signal.SIGTERM, lambda _signal, _frame: end())
    threading.Thread(target=wait_for_parent, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(_guard(sys.argv[1:]))
