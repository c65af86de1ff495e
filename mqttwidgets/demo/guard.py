"""Runs a command for as long as its parent lives.

`python -m mqttwidgets.demo.guard COMMAND ...` ends the command with SIGTERM when its standard input ends, which it
does when the parent is gone, killed ones included; and ends with the command when that ends first.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

_PATIENCE_S = 10


class GuardedProcess:
    """A command as a child that ends with us.

    Args:
        command: program and arguments.
        environment: its environment variables.
    """

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, *command],
            stdin=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the parent, which then ends its children in order
        )

    def poll(self) -> int | None:
        """The command's exit code; None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """End the command and wait for it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


def _main(command: list[str]) -> int:
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
    sys.exit(_main(sys.argv[1:]))
