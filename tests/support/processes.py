"""Programs found, and child processes that do not outlive a test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess


def program(*names: str, package: str) -> str:
    """The path of the first program found; an AssertionError says what to install."""
    for name in names:
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
        if path:
            return path
    raise AssertionError(
        f"{names[0]} is missing: apt-get install {package}, or run scripts/install-system-packages"
    )


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, timeout_s: float = 10.0) -> None:
    """End a process of ours that leads a group, with all that it started."""
    if process.poll() is None:
        os.kill(process.pid, how)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout_s)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
