"""The other front ends that show widgets, each as its users run it: Notebook 7, and Voilà."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

from mqttwidgets.demo.processes import free_port

from .lab import Lab, environment, notebook_json
from .processes import end
from .waiting import wait_for


class Notebook7(Lab):
    """A server of Jupyter Notebook 7, which shows each notebook in a page of its own."""

    _program = "notebook"
    _notebooks = "notebooks"


class Voila:
    """A Voilà server, and the page with the dashboard that it makes of a notebook.

    Each opening has a kernel of its own.

    Args:
        folder: where the notebook, its kernels' files, settings and log go.
        page: where to open it.
        cells: the notebook's code.
    """

    def __init__(self, folder: Path, page: Page, cells: Sequence[str]) -> None:
        self.page = page
        self.folder = folder / "notebooks"
        """Where its kernels work."""
        self.folder.mkdir()
        notebook = self.folder / "dashboard.ipynb"
        notebook.write_text(notebook_json(cells))
        self._log = folder / "voila.log"
        self._port = free_port()
        options = ["--no-browser", "--Voila.ip=127.0.0.1", f"--port={self._port}", "--port_retries=0"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "voila", str(notebook), *options],
                env=environment(folder),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._listens, timeout_s=60, what="Voilà to listen")

    def open(self) -> None:
        """Open the dashboard."""
        self.page.goto(f"http://127.0.0.1:{self._port}/")

    def close(self) -> None:
        """End the server and its kernels."""
        end(self._process)

    def _listens(self) -> bool:
        assert self._process.poll() is None, self._log.read_text(errors="replace")[-1000:]
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self._port)) == 0
