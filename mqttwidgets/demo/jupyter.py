"""JupyterLab on the quickstart notebook."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path

from ..errors import InvalidValueError, MissingPackageError
from .guard import GuardedProcess
from .ports import free_port, is_taken

NOTEBOOK = "quickstart.ipynb"

_PACKAGE = Path(__file__).parent


class JupyterLab:
    """A JupyterLab server open on one notebook, ended with us.

    Args:
        notebook: the notebook's file; its folder becomes the server's root.
        broker_url: what plots without a broker of their own connect to.
        port: TCP port; None for a free one.
        browser: whether to open the person's browser.

    Raises:
        MissingPackageError: where JupyterLab is not installed.
        InvalidValueError: where somebody listens on `port` already.
    """

    def __init__(self, notebook: Path, broker_url: str, *, port: int | None = None, browser: bool = True) -> None:
        if importlib.util.find_spec("jupyterlab") is None:
            raise MissingPackageError("the demo needs its packages: pip install 'mqttwidgets[demo]'")
        if port is not None and is_taken(port):
            raise InvalidValueError(f"port {port} is taken: name another one, or leave out --port for a free one")
        self._port = port or free_port()
        self._token = secrets.token_hex(16)
        options = [
            f"--ServerApp.root_dir={notebook.parent}",
            f"--ServerApp.port={self._port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.jpserver_extensions=mqttwidgets.nodelay=True",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--Application.log_level=ERROR",
        ]
        options += [] if browser else ["--no-browser"]
        options += ["--allow-root"] if hasattr(os, "getuid") and os.getuid() == 0 else []
        command = [sys.executable, "-m", "jupyterlab", *options, str(notebook)]
        self.url = f"http://127.0.0.1:{self._port}/lab/tree/{notebook.name}?token={self._token}"
        """Where a browser finds the notebook."""
        environment = {**os.environ, "MQTTWIDGETS_BROKER": broker_url, "JUPYTER_TOKEN": self._token}
        self._process = GuardedProcess(command, environment)

    def is_ready(self) -> bool:
        """Whether it answers by now."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api?token={self._token}", timeout=2).close()
        except OSError:
            return False
        return True

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it with its kernels, and wait for that."""
        self._process.stop()


def quickstart_notebook(folder: Path) -> Path:
    """The quickstart notebook to open: the checkout's own; for an installed package a copy in `folder`.

    A copy that is there already is left as it is, as it may hold somebody's work.
    """
    in_checkout = _PACKAGE.parent.parent / "notebooks" / NOTEBOOK
    if in_checkout.is_file():
        return in_checkout
    copy = folder / "mqttwidgets-demo" / NOTEBOOK
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_PACKAGE / NOTEBOOK, copy)
    return copy
