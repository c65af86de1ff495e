"""All benchmarks, one after the other; what they print goes into RESULTS.md.

    python -m benchmarks.all [--full | --brief] [--only decoding,growth]

About half an hour on two cores. `--full` takes every number of plots with every window, more rounds, and
the ten minutes of thirty plots: about two hours. `--brief` runs each script once, as shortly as it goes, and
writes nothing: its figures mean nothing, it shows that all of them still run. `--only` runs some scripts and
leaves the results of the others as they are. The remarks at the end of RESULTS.md are written by hand, and kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
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

{cores} cores without a GPU, Python {python}, {versions}.

Read them as ratios within one table: its rows were measured in turn in one run, on the day that stands above it.
What was measured, and how, stands at the head of each script.
"""


class Section(NamedTuple):
    """What one script is run for.

    Attributes:
        title: of its part of the results.
        script: its module in this package.
        usual: its arguments.
        full: its arguments when there is time; None for the usual ones.
    """

    title: str
    script: str
    usual: str = ""
    full: str | None = None


SECTIONS = (
    Section("Decoding, microseconds for a message", "decoding"),
    Section("Ingest", "ingest"),
    Section("Growth", "growth"),
    Section("Zoom into ten million samples", "zoom"),
    Section("Frames: one plot", "frames", "--plots 1 --rounds 2 --seconds 3", "--plots 1 --rounds 5"),
    Section(
        "Frames: many plots",
        "frames",
        "--plots 10,30 --window 2000 --seconds 4",
        "--plots 10,30 --rounds 3",
    ),
    Section(
        "Frames: what of the kernel's time is decoding and storing",
        "frames",
        "--only 'ours,no plot' --plots 1,30 --window 2000 --seconds 4",
    ),
    Section(
        "Frames: as fast as the screen",
        "frames",
        "--only ours,bqplot --plots 1,10 --window 2000 --fps 60 --seconds 6",
        "--only ours,bqplot --plots 1,10 --window 2000 --fps 60 --seconds 10 --rounds 5",
    ),
    Section(
        "Frames: as fast as the screen, with mqttwidgets.jupyter.server.nodelay",
        "frames",
        "--only ours,bqplot --plots 1,10 --window 2000 --fps 60 --seconds 6 --nodelay",
        "--only ours,bqplot --plots 1,10 --window 2000 --fps 60 --seconds 10 --rounds 5 --nodelay",
    ),
    Section(
        "Frames: thirty plots for long",
        "frames",
        "--only ours --plots 30 --window 1500 --seconds 20 --nodelay",
        "--only ours --plots 30 --window 1500 --seconds 600 --nodelay",
    ),
    Section("The kernel's event loop", "loop_delay"),
    Section("Unwatched", "unwatched", "--seconds 20", "--seconds 60"),
    Section("Publish to paint", "publish_to_paint", "--seconds 15", "--seconds 60"),
    Section("Derived series", "derive"),
    Section("Limits", "limits"),
)

BRIEF = {
    "decoding": "--rounds 2",
    "ingest": "--rounds 2 --kinds JSON --levels 0 --kernels idle",
    "growth": "--rounds 2 --most 1000",
    "zoom": "--rounds 2 --samples 200000",
    "frames": "--plots 1 --window 2000 --seconds 2",
    "loop_delay": "--plots 2 --rate 200 --seconds 2",
    "unwatched": "--plots 1 --seconds 3",
    "publish_to_paint": "--fps 20 --seconds 1 --nodelay",
    "derive": "--rounds 2 --histories 1000",
    "limits": "--rounds 2 --rate 100 --series 5 --limits 2",
}
"""The arguments with which each script ends soon."""


def run(section: Section, arguments: str) -> str:
    """Run a script and show what it prints; its part of the results."""
    words = ["-m", f"benchmarks.{section.script}", *shlex.split(arguments)]
    print(f"\n## {section.title}\n\n`python {shlex.join(words)}`\n", flush=True)
    process = subprocess.Popen([sys.executable, *words], cwd=_FOLDER.parent, stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout or ():
        print(line, end="", flush=True)
        lines.append(line)
    if process.wait():
        raise RuntimeError(f"{section.script} failed")
    today = f"{datetime.now(timezone.utc):%Y-%m-%d}"
    return f"\n## {section.title}\n\n`python {shlex.join(words)}`, {today}\n\n{''.join(lines).strip()}\n"


def run_briefly() -> list[str]:
    """Run each script once, and once more where that fails, as a busy machine may be late; what failed twice."""
    failures: list[str] = []
    for script, arguments in BRIEF.items():
        began = time.monotonic()
        section = next(section for section in SECTIONS if section.script == script)
        if not (_runs(section, arguments) or _runs(section, arguments)):
            failures.append(f"{script} failed twice")
        print(f"\n({script}: {time.monotonic() - began:.0f} s)", flush=True)
    return failures


def _runs(section: Section, arguments: str) -> bool:
    """Whether a script measures all that it is to."""
    try:
        return "failed" not in run(section, arguments)
    except RuntimeError:
        return False


def run_all(full: bool, only: Collection[str] = ()) -> list[str]:
    """Run all, or some scripts; the results are written after each section, so that what is done is not lost."""
    text, mark, remarks = _RESULTS.read_text().partition(_REMARKS)
    parts = {part.partition("\n")[0]: f"\n## {part.rstrip()}\n" for part in text.split("\n## ")[1:]}
    failures: list[str] = []
    for section in SECTIONS:
        if only and section.script not in only:
            continue
        try:
            arguments = section.full if full and section.full is not None else section.usual
            parts[section.title] = run(section, arguments)
        except RuntimeError as error:
            failures.append(str(error))
        head = _HEAD.format(cores=os.cpu_count(), python=platform.python_version(), versions=versions())
        results = "".join(parts.get(each.title, "") for each in SECTIONS)
        _RESULTS.write_text(head + results + (f"\n{mark}{remarks}" if mark else ""))
    return failures


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
    """Run what the arguments choose; fails where a script does."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--full", action="store_true")
    length.add_argument("--brief", action="store_true")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[], help="scripts, parted by commas")
    options = parser.parse_args()
    if unknown := set(options.only).difference(BRIEF):
        parser.error(f"no such scripts: {', '.join(unknown)}; there are {', '.join(BRIEF)}")
    failures = run_briefly() if options.brief else run_all(options.full, options.only)
    if failures:
        sys.exit("; ".join(failures))


if __name__ == "__main__":
    main()
