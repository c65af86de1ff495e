"""A real kernel without a browser: cells are run as JupyterLab asks for them, and what they print comes back."""

from __future__ import annotations

import contextlib
import json
import math
import queue
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from .ipykernel_6 import python_path
from .lab import environment
from .processes import end

_ANSWER_S = 30.0


class Kernel:
    """A Python kernel in a process of its own.

    Args:
        folder: where its files go.
        packages: a folder with packages to use instead of those that are installed; None for none.
    """

    def __init__(self, folder: Path, packages: Path | None = None) -> None:
        file, _ = write_connection_file(str(folder / "connection.json"))
        self._log = folder / "kernel.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ipykernel_launcher", "-f", file],
                env=environment(folder) | ({} if packages is None else {"PYTHONPATH": python_path(packages)}),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._client: Any = BlockingKernelClient(connection_file=file)
        self._client.load_connection_file()
        self._client.start_channels(hb=False)  # a kernel that misses a beat on a busy machine is not dead
        self._client.wait_for_ready(timeout=60)

    def run(self, code: str, cell: str = "") -> str:
        """Run code, and wait until it is done; what it printed. An error there is an AssertionError here.

        Args:
            code: of a cell.
            cell: its id, the same for each run of one cell; `""` for code that is in no cell.
        """
        return self.output_of(self.begin(code, cell))

    def value(self, expression: str) -> Any:
        """The value of an expression in the kernel, as JSON carries it."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))"))

    def begin(self, code: str, cell: str = "") -> str:
        """Ask for code to be run; the id of the request."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        request = self._client.session.msg("execute_request", content, metadata={"cellId": cell} if cell else {})
        self._client.shell_channel.send(request)
        return str(request["header"]["msg_id"])

    def wait_for_output(self, request: str) -> str:
        """Wait for the next thing that a request prints."""
        return str(self._next(request, "stream")["text"])

    def output_of(self, request: str, timeout_s: float = math.inf) -> str:
        """Wait until a request is done; what it printed from now on. A TimeoutError where that takes longer."""
        printed, error = "", ""
        deadline = time.monotonic() + timeout_s
        kinds = ("stream", "error", "status")
        while (content := self._next(request, *kinds, deadline=deadline)).get("execution_state") != "idle":
            printed += content["text"] if content.get("name") == "stdout" else ""
            error += "\n".join(content.get("traceback", ()))
        assert not error, error
        return printed

    def messages_of(self, request: str) -> Counter[str]:
        """How many messages of each kind a request brings to a page, until it is done."""
        found = Counter[str]()
        while True:
            message = self._client.get_iopub_msg(timeout=_ANSWER_S)
            if message["parent_header"].get("msg_id") == request:
                found[message["msg_type"]] += 1
                if message["content"].get("execution_state") == "idle":
                    return found

    def tell(self, comm: str, content: dict[str, Any]) -> None:
        """Send a custom message to a widget, as a page does, by its model id; returns at once."""
        data = {"method": "custom", "content": content}
        self._client.shell_channel.send(self._client.session.msg("comm_msg", {"comm_id": comm, "data": data}))

    def told(self, for_s: float) -> list[dict[str, Any]]:
        """What it sends to the widgets on its pages in the next seconds."""
        deadline = time.monotonic() + for_s
        told: list[dict[str, Any]] = []
        while (left_s := deadline - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                message = self._client.get_iopub_msg(timeout=left_s)
                told += [message["content"]["data"]] if message["msg_type"] == "comm_msg" else []
        return told

    def shut_down(self) -> None:
        """Ask it to end, as JupyterLab does; returns at once."""
        self._client.shutdown()

    def close(self) -> None:
        """End it if it still runs."""
        self._client.stop_channels()
        end(self.process)

    def _next(self, request: str, *kinds: str, deadline: float = math.inf) -> dict[str, Any]:
        """What comes next of some kinds of message, about one request."""
        deadline = min(deadline, time.monotonic() + _ANSWER_S)
        while True:
            assert self.process.poll() is None, self._log.read_text(errors="replace")[-1000:]
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("the kernel is not done")
            with contextlib.suppress(queue.Empty):
                message = self._client.get_iopub_msg(timeout=left_s)
                if message["parent_header"].get("msg_id") == request and message["msg_type"] in kinds:
                    content: dict[str, Any] = message["content"]
                    return content
