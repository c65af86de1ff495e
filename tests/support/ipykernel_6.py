"""The ipykernel before the present one, in which many notebooks run: it handles all messages one after another."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

IS_INSTALLED = version("ipykernel").startswith("6.")
"""Whether it is the one that is installed, as on Python 3.10, for which there is no sound one that is newer."""


def install(folder: Path) -> Path:
    """Install it, and nothing else, from the package index into a folder; that folder."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*command, "--target", str(folder), "ipykernel>=6.29,<7"], capture_output=True, text=True, check=False
    )
    assert not done.returncode, f"ipykernel 6 could not be installed: {done.stderr}"
    return folder


def python_path(packages: Path) -> str:
    """A PYTHONPATH that has what is installed there before all else."""
    return os.pathsep.join(filter(None, [str(packages), os.environ.get("PYTHONPATH")]))
