"""A real JupyterLab and a real Chromium: a notebook opened, run and looked at as a person does."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, Playwright, ViewportSize

from mqttwidgets.demo.processes import free_port

from .ipykernel_6 import python_path
from .processes import end, program
from .traffic import Traffic
from .waiting import wait_for

BROWSER_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIME_ZONE = "Australia/Adelaide"
"""The viewer's time zone in the tests: half an hour off, so that no machine's own can pass for it."""

VIEWPORT: ViewportSize = {"width": 1100, "height": 900}
"""How large a window is unless a test changes it, in CSS pixels."""

_SAVES_WIDGET_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
_KERNEL_IDLE = (
    """() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"""
)
_EXECUTE = """async (code) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({code, store_history: false});
    let text = '', error = '';
    future.onIOPub = (message) => {
        const content = message.content;
        if (message.header.msg_type === 'stream' && content.name === 'stdout') text += content.text;
        if (message.header.msg_type === 'error') error = content.traceback.join('\\n');
    };
    await future.done;
    return [text, error];
}"""

_BEGIN = """(code) => new Promise((resolve) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({code, store_history: false});
    future.onIOPub = (message) => { if (message.header.msg_type === 'execute_input') resolve(null); };
})"""


def launch_browser(playwright: Playwright) -> Browser:
    """Debian's Chromium, without a screen."""
    path = program("chromium", "chromium-browser", "google-chrome", package="chromium")
    return playwright.chromium.launch(executable_path=path, args=list(BROWSER_FLAGS))


def new_page(browser: Browser) -> Page:
    """A page for somebody who has never been here; close its context after use."""
    return browser.new_context(viewport=VIEWPORT, timezone_id=TIME_ZONE).new_page()


def environment(folder: Path) -> dict[str, str]:
    """Ours for a Jupyter server that keeps all that it writes in a folder."""
    own = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "IPYTHONDIR",
        "JUPYTERLAB_WORKSPACES_DIR",
    )
    return {**os.environ, **{name: str(folder / name.lower()) for name in own}}


class Lab:
    """A JupyterLab server with settings of its own, on a port that the system chose.

    Args:
        folder: where its notebooks, settings and log go.
        extensions: modules that the server loads as extensions besides its own.
        without: packages whose widgets its pages cannot draw, as where they are installed for kernels only.
    """

    _program = "jupyterlab"
    _notebooks = "lab/tree"  # where the server has them

    def __init__(self, folder: Path, extensions: Sequence[str] = (), without: Sequence[str] = ()) -> None:
        self.root = folder / "notebooks"
        self._folder = folder
        self._extensions = extensions
        self._without = without
        self._token = secrets.token_hex(16)
        self._port = free_port()
        self.root.mkdir()
        settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
        settings.mkdir(parents=True)
        (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
        notices = folder / "settings" / "@jupyterlab" / "apputils-extension"
        notices.mkdir()
        (notices / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}))
        log = (folder / "lab.log").open("wb")
        self._process = subprocess.Popen(
            self._command(), env=self._environment(), stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        wait_for(self._answers, timeout_s=60, what="JupyterLab to answer")

    def close(self) -> None:
        """End the server and its kernels."""
        end(self._process)

    def url(self, notebook: str = "") -> str:
        """The address of a notebook, or of the whole."""
        path = f"{self._notebooks}/{notebook}" if notebook else "lab"
        return f"http://127.0.0.1:{self._port}/{path}?token={self._token}&reset"

    def add_kernel(self, name: str, packages: Path) -> None:
        """Let notebooks have a kernel that uses the packages in a folder instead of those that are installed."""
        folder = Path(self._environment()["JUPYTER_DATA_DIR"]) / "kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        specification = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": name,
            "language": "python",
            "env": {"PYTHONPATH": python_path(packages)},
        }
        (folder / "kernel.json").write_text(json.dumps(specification))

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        return self._port

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def get(self, path: str) -> Any:
        """What the server answers to a GET, as JSON."""
        return self._answer(path)

    def post(self, path: str, content: Any) -> Any:
        """What the server answers to a POST, as JSON."""
        return self._answer(path, json.dumps(content).encode())

    def delete(self, path: str) -> None:
        """Have the server delete something."""
        self._answer(path, method="DELETE")

    def path(self, path: str) -> str:
        """A path with the token that opens it."""
        return f"/{path}?token={self._token}"

    def log(self) -> str:
        """What the server wrote so far."""
        return (self._folder / "lab.log").read_text(errors="replace")

    def _command(self) -> list[str]:
        options = [
            "--no-browser",
            "--allow-root",
            "--expose-app-in-browser",
            f"--ServerApp.port={self._port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self._token}",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]
        options += [f"--ServerApp.jpserver_extensions={module}=True" for module in self._extensions]
        if self._without:
            options.append(f"--LabApp.labextensions_path={self._front_ends()}")
        return [sys.executable, "-m", self._program, *options]

    def _front_ends(self) -> Path:
        """A folder with what pages of this environment draw with, less what they are to be without."""
        folder = self._folder / "labextensions"
        folder.mkdir()
        for installed in (Path(sys.prefix) / "share" / "jupyter" / "labextensions").iterdir():
            if installed.name not in self._without:
                (folder / installed.name).symlink_to(installed)
        return folder

    def _environment(self) -> dict[str, str]:
        return {**environment(self._folder), "JUPYTERLAB_SETTINGS_DIR": str(self._folder / "settings")}

    def _answer(self, path: str, content: bytes | None = None, method: str | None = None) -> Any:
        address = f"http://127.0.0.1:{self._port}{self.path(path)}"
        headers = {"Authorization": f"token {self._token}"}
        request = urllib.request.Request(address, content, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - a URL of our own
            return json.loads(answer.read() or "null")

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log()[-1000:]
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api?token={self._token}", timeout=5).close()
        except OSError:
            return False
        return True


class Notebook:
    """A notebook open in a browser, with its own kernel.

    Args:
        lab: where it is opened.
        page: of a browser; if it shows that JupyterLab already, the notebook is one more tab there.
        cells: their code.
        kernel: the kernel's name.
        file: the text of a notebook that was saved, instead of cells.

    Attributes:
        page: that page.
        traffic: what it receives from kernels from now on.
    """

    def __init__(
        self, lab: Lab, page: Page, cells: Sequence[str], kernel: str = "python3", file: str = ""
    ) -> None:
        self.page = page
        self.traffic = Traffic(page)
        self.errors: list[str] = []
        """What went wrong in the browser."""
        page.on("console", self._note)
        page.on("pageerror", self._note_error)
        self.folder = lab.root
        """Where it is, and where its kernel works."""
        self._path = f"{secrets.token_hex(4)}.ipynb"
        (lab.root / self._path).write_text(file or notebook_json(cells, kernel))
        self.file = lab.root / self._path
        """The notebook's file."""
        self.address = lab.url(self._path)
        """For another browser."""
        if page.evaluate("() => 'jupyterapp' in window"):
            self.command("docmanager:open", {"path": self._path})
        else:
            page.goto(self.address)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait for the page and the kernel."""
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        self.page.wait_for_function(_KERNEL_IDLE, timeout=60_000)

    def wait_until_idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(_KERNEL_IDLE, timeout=120_000)

    def run_all(self) -> None:
        """Run all cells and wait for the kernel."""
        self.command("notebook:run-all-cells")

    def run_cell(self, index: int, *, wait: bool = True) -> None:
        """Run one cell, as with Ctrl+Enter."""
        self.page.locator(".jp-CodeCell").nth(index).locator(".cm-content").click()
        self.command("notebook:run-cell", wait=wait)

    def run(self, code: str) -> str:
        """Run code in the notebook's kernel; what it printed. An error there is an AssertionError here."""
        text, error = self.page.evaluate(_EXECUTE, code)
        assert not error, error
        return str(text)

    def run_in_background(self, code: str) -> None:
        """Have the notebook's kernel run code, and wait only until it has begun."""
        self.page.evaluate(_BEGIN, code)

    def value(self, expression: str) -> Any:
        """The value of an expression in the notebook's kernel, as JSON carries it."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))"))

    def output(self, index: int) -> Locator:
        """The output of a cell."""
        return self.page.locator(".jp-CodeCell").nth(index).locator(".jp-OutputArea")

    def command(self, name: str, arguments: dict[str, Any] | None = None, *, wait: bool = True) -> None:
        """Execute a command of JupyterLab, and wait until it is done unless told otherwise."""
        code = "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => null)"
        if not wait:
            code = "([name, args]) => { window.jupyterapp.commands.execute(name, args); }"
        self.page.evaluate(code, [name, arguments or {}])

    def set_theme(self, name: str) -> None:
        """Switch to "JupyterLab Dark" or "JupyterLab Light" and wait for it."""
        self.command("apputils:change-theme", {"theme": name})
        self.page.wait_for_selector(f"body[data-jp-theme-name='{name}']", state="attached")

    def save(self) -> str:
        """Save the notebook; its file's text."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        return self.file.read_text()

    def save_with_widget_state(self) -> str:
        """Save with the state of all widgets, as the menu's "Save Widget State Automatically" has it.

        That is a setting of the server, which the next notebook would find.
        """
        self._toggle_widget_state(True)
        try:
            return self.save()
        finally:
            self._toggle_widget_state(False)

    def restart_kernel(self) -> None:
        """Restart the kernel; the page stays."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
        self.wait_until_idle()

    def reload(self) -> None:
        """Reload the page; the kernel goes on."""
        self.page.reload()
        self.wait_until_ready()

    def close(self) -> None:
        """End the kernel, whichever tab is in front."""
        self.page.evaluate(
            """() => Promise.all(
                [...window.jupyterapp.shell.widgets('main')].map((tab) => tab.sessionContext?.shutdown()))"""
        )

    def put_away(self) -> None:
        """End the kernel and close all tabs; the page is as before, for another notebook."""
        self.close()
        self.page.evaluate("() => [...window.jupyterapp.shell.widgets('main')].forEach((tab) => tab.dispose())")
        self.page.remove_listener("console", self._note)
        self.page.remove_listener("pageerror", self._note_error)
        self.traffic.close()

    def _toggle_widget_state(self, wanted: bool) -> None:
        if self._saves_widget_state() is not wanted:
            self.command(_SAVES_WIDGET_STATE)
            wait_for(lambda: self._saves_widget_state() is wanted, what="the setting")

    def _saves_widget_state(self) -> bool:
        code = "(name) => window.jupyterapp.commands.isToggled(name)"
        return bool(self.page.evaluate(code, _SAVES_WIDGET_STATE))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _note_error(self, error: Error) -> None:
        self.errors.append(str(error))


def notebook_json(cells: Sequence[str], kernel: str = "python3") -> str:
    """The file of a notebook with code cells that never ran, for a kernel of that name."""
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{index}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for index, source in enumerate(cells)
        ],
    }
    return json.dumps(content)
