"""The jupyter_server extension, in a real server with a real kernel behind it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mqttwidgets

from ..support.lab import Lab
from ..support.waiting import wait_for

EXTENSION = "mqttwidgets.jupyter.server.nodelay"
PROBE = "tests.support.socket_probe"


@pytest.fixture(scope="module")
def usual_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server as it is."""
    yield from serve(tmp_path_factory, PROBE)


@pytest.fixture(scope="module")
def prompt_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server with the extension."""
    yield from serve(tmp_path_factory, EXTENSION, PROBE)


def serve(folders: pytest.TempPathFactory, *extensions: str) -> Iterator[Lab]:
    """A server while the test needs it."""
    lab = Lab(folders.mktemp("lab"), extensions)
    yield lab
    lab.close()


class KernelSocket:
    """The websocket of a new kernel, spoken by hand so that it can be broken off like a page that dies."""

    def __init__(self, lab: Lab) -> None:
        kernel = lab.post("api/kernels", {"name": "python3"})["id"]
        self._sock = socket.create_connection(("127.0.0.1", lab.port), timeout=30)
        self.port: int = self._sock.getsockname()[1]
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {lab.path(f'api/kernels/{kernel}/channels')}&session_id=test HTTP/1.1",
            f"Host: 127.0.0.1:{lab.port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org",
        ]
        self._sock.sendall("\r\n".join([*lines, "", ""]).encode())
        self._received = b""
        self.wait_for(b"101 Switching Protocols")

    def execute(self, code: str) -> None:
        """Ask the kernel to run code."""
        header = {
            "msg_id": "1",
            "msg_type": "execute_request",
            "session": "test",
            "username": "",
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": False}
        parts = [b"shell", *(json.dumps(part).encode() for part in (header, {}, {}, content))]
        offsets = [8 * (len(parts) + 2)]
        for part in parts:
            offsets.append(offsets[-1] + len(part))
        message = struct.pack(f"<{len(offsets) + 1}Q", len(offsets), *offsets) + b"".join(parts)
        self._sock.sendall(b"\x82\xfe" + struct.pack(">H", len(message)) + bytes(4) + message)

    def wait_for(self, text: bytes) -> None:
        """Wait until the server has sent it."""

        def came() -> bool:
            self._received += self._sock.recv(65536)
            return text in self._received

        wait_for(came, timeout_s=30, what=repr(text))

    def break_off(self) -> None:
        """Vanish without a word."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()


def test_kernel_websockets_have_nodelay_set(usual_server: Lab, prompt_server: Lab) -> None:
    set_ = {}
    for name, lab in {"usual": usual_server, "prompt": prompt_server}.items():
        kernel = KernelSocket(lab)
        kernel.execute("print('the kernel' + ' answers')")
        kernel.wait_for(b"the kernel answers")
        set_[name] = lab.get("probe/nodelay")[str(kernel.port)]
        kernel.break_off()
    assert set_ == {"usual": 0, "prompt": 1}


def test_a_page_that_vanishes_leaves_no_traceback(prompt_server: Lab) -> None:
    kernel = KernelSocket(prompt_server)
    kernel.execute("for number in range(5000): print(number, 'x' * 500, flush=True)")
    kernel.wait_for(b"100 xxx")
    noticed = prompt_server.log().count("Starting buffering")
    kernel.break_off()
    wait_for(lambda: prompt_server.log().count("Starting buffering") > noticed, what="the server to notice")
    assert str(kernel.port) not in prompt_server.get("probe/nodelay")
    assert "Traceback" not in prompt_server.log()


def test_the_extension_is_enabled_by_choice_alone(tmp_path: Path) -> None:
    installed = tmp_path / "jupyter_server_config.d" / f"{EXTENSION}.json"
    installed.parent.mkdir()
    shutil.copy(Path(mqttwidgets.__file__).parent / "jupyter" / "server" / "nodelay.json", installed)
    command = [sys.executable, "-m", "jupyter_server.extension.serverextension"]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path)}

    def is_enabled() -> bool:
        return bool(json.loads(installed.read_text())["ServerApp"]["jpserver_extensions"][EXTENSION])

    assert not is_enabled()
    subprocess.run([*command, "enable", "--user", EXTENSION], env=environment, check=True)
    assert is_enabled()
    subprocess.run([*command, "disable", "--user", EXTENSION], env=environment, check=True)
    assert not is_enabled()
