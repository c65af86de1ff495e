"""Kernels of dashboards, which end when nobody is connected to them."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from mqttwidgets.demo.processes import free_port, is_taken
from mqttwidgets.jupyter.server.dashboards import kernels

from ..support.lab import environment, notebook_json
from ..support.processes import end
from ..support.waiting import wait_for


def test_a_kernel_waits_for_its_first_page_from_when_its_notebook_has_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It looks for a page each two seconds; the notebook has run half a second before the second look."""
    monkeypatch.setattr(kernels, "FIRST_PATIENCE_S", 2.0)
    done = tmp_path / "done"

    async def lifetime_s() -> tuple[float, int]:
        manager: Any = kernels.KernelPerViewer()
        kernel = await manager.start_kernel()
        began = time.monotonic()
        client = manager.get_kernel(kernel).client()
        client.start_channels()
        client.execute(f"import pathlib, time\nwhile not pathlib.Path({str(done)!r}).exists(): time.sleep(0.01)")
        await asyncio.sleep(began + 3.5 - time.monotonic())
        assert kernel in manager, "one that still runs its notebook"
        done.touch()
        ran = time.monotonic()
        while kernel in manager:
            assert time.monotonic() < ran + 60
            await asyncio.sleep(0.05)
        client.stop_channels()
        return time.monotonic() - ran, len(manager)

    lasted, left = asyncio.run(lifetime_s())
    assert (lasted >= 2, left) == (True, 0)


HANDSHAKE = (
    "GET /api/kernels/{kernel}/channels?session_id=silent HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: c2lsZW50IHBhZ2Ugb2YgYQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SERVE = """
import sys
from mqttwidgets.jupyter.server import dashboards
from mqttwidgets.jupyter.server.dashboards import server
server.PING_S, server.MOST_PINGS = 0.5, 3
dashboards.serve(sys.argv[1:])
"""


def test_a_page_that_answers_no_ping_is_gone_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "empty.ipynb").write_text(notebook_json(["1"]))
    port = free_port()
    command = [sys.executable, "-c", SERVE, "empty.ipynb", "--no-browser", f"--port={port}"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=tmp_path, env=environment(tmp_path), stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(lambda: is_taken(port), 60, what="the dashboard")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
            (kernel,) = re.findall(r'"kernelId": "([^"]+)"', page.read().decode())
        with socket.create_connection(("127.0.0.1", port)) as silent:
            silent.sendall(HANDSHAKE.format(kernel=kernel).encode())
            assert silent.recv(12) == b"HTTP/1.1 101"

            def is_gone() -> bool:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/api/kernels/{kernel}", timeout=10).close()
                except urllib.error.HTTPError as error:
                    return error.code == 404
                return False

            assert not is_gone()
            wait_for(is_gone, 18, what="its kernel to end")
    finally:
        end(server)
