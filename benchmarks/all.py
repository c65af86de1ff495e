"""All benchmarks, one after the other; what they print goes into RESULTS.md.

    python benchmarks/all.py [--full]

About half an hour on two cores. `--full` takes every number of plots with every window, more rounds, and
the ten minutes of thirty plots: about two hours. The remarks at the end of RESULTS.md are written by hand, and
kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.frames import PEERS

_FOLDER = Path(__file__).parent
_RESULTS = _FOLDER / "RESULTS.md"
_REMARKS = "## Remarks"
_HEAD = """# Results

{date}, `{command}`, {took_min:.0f} minutes, {cores} cores without a GPU, the machine's load before: {load:.1f}.
Python {python}, {versions}.

Read them as ratios within one table: its rows were measured in turn in one run. What was measured, and how, stands
at the head of each script.
"""


class Section(NamedTuple):
    """What one script is run for.

    Attributes:
        title: of its part of the results.
        script: its file.
        usual: its arguments.
        full: its arguments when there is time; None for the usual ones.
    """

    title: str
    script: str
    usual: str = ""
    full: str | None = None


SECTIONS = (
    Section("Decoding, microseconds for a message", "decoding.py"),
    Section("Ingest", "ingest.py"),
    Section("Growth", "growth.py"),
    Section("Zoom into ten million samples", "zoom.py"),
    Section("Frames: one plot", "frames.py", "--plots 1 --rounds 2 --seconds 3", "--plots 1 --rounds 5"),
    Section(
        "Frames: many plots",
        "frames.py",
        "--plots 10,30 --window 2000 --seconds 4",
        "--plots 10,30 --rounds 3",
    ),
    Section(
        "Frames: what of the kernel's time is decoding and storing",
        "frames.py",
        "--only 'ours,no plot' --plots 1,30 --window 2000 --seconds 4",
    ),
    Section(
        "Frames: as fast as the screen",
        "frames.py",
        "--only ours,bqplot --plots 1,10 --window 2000 --fps 60 --seconds 6",
        "--only ours,bqplot --plots 1,10 --window 2000 --fps 60 --seconds 10 --rounds 5",
    ),
    Section(
        "Frames: as fast as the screen, with mqttwidgets.nodelay",
        "frames.py",
        "--only ours,bqplot --plots 1,10 --window 2000 --fps 60 --seconds 6 --nodelay",
        "--only ours,bqplot --plots 1,10 --window 2000 --fps 60 --seconds 10 --rounds 5 --nodelay",
    ),
    Section(
        "Frames: thirty plots for long",
        "frames.py",
        "--only ours --plots 30 --window 1500 --seconds 20 --nodelay",
        "--only ours --plots 30 --window 1500 --seconds 600 --nodelay",
    ),
    Section("The kernel's event loop", "loop_delay.py"),
    Section("Unwatched", "unwatched.py", "--seconds 20", "--seconds 60"),
    Section("Publish to paint", "publish_to_paint.py", "--seconds 15", "--seconds 60"),
)


def run(section: Section, full: bool) -> str:
    """Run a script and show what it prints; its part of the results."""
    arguments = section.usual if section.full is None or not full else section.full
    words = ["benchmarks/" + section.script, *shlex.split(arguments)]
    print(f"\n## {section.title}\n\n`python {shlex.join(words)}`\n", flush=True)
    process = subprocess.Popen([sys.executable, *words], cwd=_FOLDER.parent, stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout or ():
        print(line, end="", flush=True)
        lines.append(line)
    if process.wait():
        raise RuntimeError(f"{section.script} failed")
    return f"\n## {section.title}\n\n`python {shlex.join(words)}`\n\n{''.join(lines).strip()}\n"


def versions() -> str:
    """The distributions that count, with their versions."""
    ours = [
        "mqttwidgets",
        "ipywidgets",
        "anywidget",
        "jupyterlab",
        "jupyter-server",
        "ipykernel",
        "numpy",
        "paho-mqtt",
    ]
    peers = [name for peer in PEERS.values() for name in import_module(f"benchmarks.peers.{peer}").PACKAGES]
    names: Sequence[str] = list(dict.fromkeys([*ours, *peers]))
    return ", ".join(f"{name} {version(name)}" for name in names)


def main() -> None:
    """Run all; the results are written after each script, so that what is done is not lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    began, load = datetime.now(timezone.utc), os.getloadavg()[0]
    _, mark, remarks = _RESULTS.read_text().partition(_REMARKS)
    parts: list[str] = []
    failures: list[str] = []
    for section in SECTIONS:
        try:
            parts.append(run(section, full))
        except RuntimeError as error:
            failures.append(str(error))
        head = _HEAD.format(
            date=f"{began:%Y-%m-%d}",
            command="make bench" if not full else "python benchmarks/all.py --full",
            took_min=(datetime.now(timezone.utc) - began).total_seconds() / 60,
            cores=os.cpu_count(),
            load=load,
            python=platform.python_version(),
            versions=versions(),
        )
        _RESULTS.write_text(head + "".join(parts) + (f"\n{mark}{remarks}" if mark else ""))
    if failures:
        sys.exit("; ".join(failures))


if __name__ == "__main__":
    main()
