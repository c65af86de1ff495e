"""Files that are there as a whole or not at all, and how far one is."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InvalidValueError
from ..text import printable

Progress = Callable[[int, int], object]
"""Called with how many samples are written, and how many there are in all."""

_SILENT_S, _INTERVAL_S = 1.0, 0.25


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` when all went well, and is removed when it did not.

    Raises:
        InvalidValueError: where `path` is a folder, or is in a folder that does not exist.
    """
    target = Path(path).expanduser().resolve()
    if target.is_dir():
        raise InvalidValueError(f"{printable(str(path))!r} is a folder: add the name of the file")
    if not target.parent.is_dir():
        raise InvalidValueError(
            f"there is no folder {printable(str(target.parent))!r} to write {target.name!r} to"
        )
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def progress_line(name: str, progress: Progress | bool | None) -> Iterator[Progress]:
    """Who is told how far a file is.

    Args:
        name: of the file.
        progress: called itself; None and True for a line of text that appears after a second, False for nothing.
    """
    if callable(progress):
        yield progress
        return
    line = _Line(name) if progress in (None, True) else None
    try:
        yield line.show if line else _nothing
    finally:
        if line:
            line.end()


def _nothing(done: int, total: int) -> None:
    """Tell nobody."""


class _Line:
    """A line of text that is written over and over."""

    def __init__(self, name: str) -> None:
        self._name = printable(name)
        self._due = time.monotonic() + _SILENT_S
        self._is_shown = False

    def show(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self._due:
            self._due = now + _INTERVAL_S
            self._is_shown = True
            share = f"{done / max(total, 1):4.0%}"
            sys.stdout.write(f"\r{self._name}: {share}, {done:,} of {total:,} samples ")
            sys.stdout.flush()

    def end(self) -> None:
        if self._is_shown:
            sys.stdout.write("\n")
            sys.stdout.flush()
