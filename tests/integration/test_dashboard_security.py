"""What a dashboard's viewers, and pages of others in their browsers, cannot do: read what only the author may."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
import socket
import struct
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from mqttwidgets.demo.processes import free_port, is_taken
from mqttwidgets.jupyter.guests import MAY_CHANGE_TOPIC

from ..support.lab import environment, notebook_json
from ..support.mosquitto import Mosquitto
from ..support.processes import end
from ..support.waiting import wait_for

V1 = "v1.kernel.websocket.jupyter.org"
PLOT = "import mqttwidgets\nplot = mqttwidgets.LiveSensorPlot('shown/x')\nplot"

STATE = {"value": "$SYS/#", "topic": "$SYS/#", "broker": "mqtt://evil", "index": 1, "disabled": False}
UPDATE = {"method": "update", "state": STATE, "buffer_paths": []}
ENTERED = {"method": "custom", "content": {"kind": "enter", "entry": "topic", "text": "$SYS/#"}}
CHOSEN = {"method": "custom", "content": {"kind": "choose", "entry": "topic", "text": "$SYS/#"}}
SUBMITTED = {"method": "custom", "content": {"event": "submit"}}


class Served:
    """A dashboard of a notebook, with files beside it."""

    def __init__(self, folder: Path, *options: str, cells: list[str] | None = None, **variables: str) -> None:
        (folder / "own.ipynb").write_text(notebook_json(cells or ["1"]))
        (folder / "beside.svg").write_text("<svg/>")
        self.port = free_port()
        command = [
            sys.executable,
            "-m",
            "mqttwidgets.jupyter.server.dashboards",
            "own.ipynb",
            "--no-browser",
            "--Voila.ip=127.0.0.1",
        ]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*command, f"--port={self.port}", *options],
                cwd=folder,
                env={**environment(folder), **variables},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(lambda: is_taken(self.port), 60, what="the dashboard")

    def get(self, path: str = "/", **headers: str) -> tuple[int, str]:
        """Status and text of a page."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=60) as page:  # noqa: S310 - our own
                return page.status, page.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def kernel(self) -> str:
        """Open the page; its kernel."""
        status, page = self.get()
        assert status == 200, page
        return str(re.findall(r'"kernelId": "([^"]+)"', page)[0])

    def upgrade(self, kernel: str, **headers: str) -> int:
        """The status with which the WebSocket of a kernel is opened."""
        key = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            path = f"/api/kernels/{kernel}/channels?session_id=silent"
            connection.request("GET", path, headers={**key, "Sec-WebSocket-Key": 22 * "a" + "==", **sent})
            return connection.getresponse().status

    @contextlib.asynccontextmanager
    async def page(self, kernel: str, *protocols: str) -> AsyncIterator[WebSocketClientConnection]:
        """The WebSocket of a kernel, as a page opens it."""
        url = f"ws://127.0.0.1:{self.port}/api/kernels/{kernel}/channels?session_id=forged"
        page = await websocket_connect(url, subprotocols=list(protocols))
        try:
            yield page
        finally:
            page.close()
            while await page.read_message() is not None:
                pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a dashboard's notebook is."""
    return tmp_path


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    """A dashboard for two viewers."""
    running = Served(folder, "--max-viewers=2", "--allow-host=wall.example")
    yield running
    end(running.process)


def request(kind: str, content: Mapping[str, object], channel: str = "shell") -> dict[str, Any]:
    """A message of the Jupyter protocol."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": "forged", "version": "5.3"}
    parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
    return {"channel": channel, **parts}


def packed(message: Mapping[str, Any]) -> bytes:
    """A message as version 1 of the protocol of WebSockets has it."""
    parts = [message["channel"].encode()]
    parts += [json.dumps(message[name]).encode() for name in ("header", "parent_header", "metadata", "content")]
    offsets = [8 * (2 + len(parts))]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return struct.pack(f"<{1 + len(offsets)}Q", len(offsets), *offsets) + b"".join(parts)


async def replies(page: WebSocketClientConnection, kind: str) -> dict[str, Any]:
    """The content of the first message of a kind that comes."""
    while True:
        text = await asyncio.wait_for(page.read_message(), 30)
        assert text is not None
        message = json.loads(text) if isinstance(text, str) else None
        if message and message["header"]["msg_type"] == kind:
            return dict(message["content"])


def test_pages_of_others_get_neither_the_page_nor_its_kernel(served: Served) -> None:
    foreign = ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec_Fetch_Site": "cross-site"})
    for headers in foreign:
        assert served.get("/", **headers)[0] == 403
        assert served.get("/voila/static/voila.js", **headers)[0] == 403
    kernel = served.kernel()

    for headers in foreign:
        assert served.upgrade(kernel, **headers) == 403
    assert served.upgrade(kernel, Host="wall.example", Origin="https://wall.example") == 101
    assert served.upgrade(kernel, Origin=f"http://127.0.0.1:{served.port}") == 101


def test_there_are_so_many_kernels_at_most(served: Served) -> None:
    for _ in range(3):
        assert served.get("/", Sec_Fetch_Site="cross-site")[0] == 403, "none is started for it"
    served.kernel()
    last = served.kernel()
    status, text = served.get()
    assert (status, "as many viewers as it may have" in text) == (503, True)

    async def leave() -> None:
        async with served.page(last) as page:
            await page.write_message(json.dumps(request("kernel_info_request", {})))
            await replies(page, "kernel_info_reply")

    asyncio.run(leave())
    wait_for(lambda: served.get()[0] == 200, 30, what="a place")


def test_nothing_is_served_but_the_page_and_what_it_needs(served: Served) -> None:
    assert served.get("/voila/static/voila.js")[0] == 200
    for path in ("/beside.svg", "/own.ipynb", "/voila/files/beside.svg", "/voila/files/own.ipynb", "/log"):
        assert served.get(path)[0] in (403, 404), path
    for path in ("/api/kernels", "/api/contents", "/api/sessions", "/voila/tree", "/voila/api/contents/"):
        assert served.get(path)[0] in (403, 404), path


def test_a_body_is_refused_before_it_takes_memory(served: Served) -> None:
    """It arrives before anybody looks whose it is, and any page may send one."""
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", served.port), timeout=30) as sender:
            sender.sendall(b"POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 70000\r\n\r\n")
            assert sender.recv(12) == b"HTTP/1.1 400"
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as sender:
        sender.sendall(b"POST / HTTP/1.1\r\nHost: evil.example\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunks = (b"10000\r\n" + bytes(65_536) + b"\r\n" for _ in range(1_000))
        with pytest.raises(ConnectionError):
            sender.sendall(b"".join(chunks))


@pytest.mark.parametrize("protocols", [[], [V1]])
@pytest.mark.parametrize("channel", ["shell", "control"])
def test_a_viewer_runs_no_code(served: Served, folder: Path, protocols: list[str], channel: str) -> None:
    """What comes after the answer to a request that is let through would have been done before it."""
    canary = folder / "canary"
    code = f"open({str(canary)!r}, 'w')"
    forged = request("execute_request", {"code": code, "silent": False, "user_expressions": {"x": code}}, channel)
    evaluated = request("inspect_request", {"code": code, "cursor_pos": 3, "detail_level": 1}, channel)
    debugged = request("debug_request", {"type": "request", "command": "evaluate", "seq": 1}, channel)
    hidden = {**forged, "header": {**forged["header"], "msg_type": "comm_msg"}, "msg_type": "execute_request"}
    pair = {**forged, "header": {**forged["header"], "msg_type": ["comm_msg", "execute_request"]}}
    kernel = served.kernel()

    async def attack() -> None:
        async with served.page(kernel, *protocols) as page:
            assert page.selected_subprotocol == (V1 if protocols else None)
            for message in (
                forged,
                evaluated,
                debugged,
                hidden,
                pair,
                request("kernel_info_request", {}, channel),
            ):
                if protocols:
                    await page.write_message(packed(message), binary=True)
                else:
                    await page.write_message(json.dumps(message))
            text = ""
            while "kernel_info_reply" not in text:
                heard = await asyncio.wait_for(page.read_message(), 30)
                assert heard is not None
                text = heard if isinstance(heard, str) else heard.decode(errors="replace")
                assert "execute_reply" not in text
                assert "inspect_reply" not in text

    asyncio.run(attack())
    assert not canary.exists()


@pytest.mark.parametrize(("variable", "may"), [("", False), ("1", True)])
def test_a_viewer_changes_no_topic_unless_the_author_lets_them(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, variable: str, may: bool
) -> None:
    """A page sends every model of the kernel all that might change a topic."""
    attacks = (UPDATE, ENTERED, CHOSEN, SUBMITTED)
    broker = Mosquitto(tmp_path_factory.mktemp("broker")).start()
    options = {"MQTTWIDGETS_BROKER": broker.url, MAY_CHANGE_TOPIC: variable}
    dashboard = Served(folder, cells=[PLOT], **options)
    try:
        kernel = dashboard.kernel()

        async def attack() -> None:
            async with dashboard.page(kernel) as page:
                await page.write_message(json.dumps(request("comm_info_request", {})))
                models = (await replies(page, "comm_info_reply"))["comms"]
                assert len(models) > 30
                for content in ({"comm_id": model, "data": data} for model in models for data in attacks):
                    await page.write_message(json.dumps(request("comm_msg", content)))
                await page.write_message(json.dumps(request("kernel_info_request", {})))
                await replies(page, "kernel_info_reply")

        asyncio.run(attack())
        if may:
            wait_for(lambda: "$SYS/# (QoS" in broker.log(), what="the other topic")
        assert "shown/x (QoS" in broker.log()
        assert ("$SYS/# (QoS" in broker.log()) == may
    finally:
        end(dashboard.process)
        broker.stop()
