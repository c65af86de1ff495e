"""Files that are written as a whole or not at all, and a line that shows the progress."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..base.errors import InvalidValueError
from ..base.text import printable

Progress = Callable[[int, int], object]
"""Called with the number of samples written so far, and of all samples."""

_SILENT_S, _INTERVAL_S = 1.0, 0.25
_MOST_LINKS = 40  # that Linux follows
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@contextmanager
def whole_file(path: str | os.PathLike[str], *, may_flow: bool) -> Iterator[BinaryIO]:
    """A file to write to, which replaces `path` when all went well, and is removed when it did not.

    A file that is replaced keeps its mode and, where that is allowed, its owner; of a symbolic link, the target is
    replaced. Only files are ever replaced: a pipe, or a device such as /dev/stdout or /dev/null, is written to
    directly.

    Args:
        path: the path of the file.
        may_flow: whether a pipe or the like is accepted.

    Raises:
        InvalidValueError: if `path` is a folder, is in a folder that does not exist, or is something else that no
            file can replace; if nobody reads from a pipe.
        OSError: if it cannot be written.
    """
    asked = _expanded(path)
    former = _status(asked)
    if former is None:
        with _replacing(asked.resolve(), former) as file:
            yield file
    elif _flows(asked, former):
        if not may_flow:
            raise InvalidValueError(f"{_shown(path)} is no file on a disk, which this format needs")
        with _flowing(asked) as file:
            yield file
    elif stat.S_ISREG(former.st_mode):
        with _replacing(asked.resolve(), former) as file:
            yield file
    elif stat.S_ISDIR(former.st_mode):
        raise InvalidValueError(f"{_shown(asked)} is a folder: add the name of the file")
    else:
        raise InvalidValueError(f"{_shown(path)} is no file: it is left as it is")


def flows(path: str | os.PathLike[str]) -> bool:
    """Whether `path` is a pipe, a terminal or the like, which passes on whatever is written to it.

    Example:
        >>> flows(os.devnull), flows(__file__)
        (True, False)
    """
    asked = _expanded(path)
    former = _status(asked)
    return former is not None and _flows(asked, former)


def _expanded(path: str | os.PathLike[str]) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # of "~nobody/oven.csv"
        raise InvalidValueError(f"{_shown(path)}: there is no such user to have a folder") from None


def _status(path: Path) -> os.stat_result | None:
    """The status of what `path` leads to; None if there is nothing."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except ValueError as error:  # a null character
        raise InvalidValueError(f"{_shown(path)} is no path: {error}") from None


def _flows(path: Path, status: os.stat_result) -> bool:
    return stat.S_ISCHR(status.st_mode) or stat.S_ISFIFO(status.st_mode) or _descriptor(path) is not None


def _descriptor(path: Path) -> int | None:
    """The open descriptor that a path stands for, as /dev/stdout does, even if it is a file on a disk."""
    for _ in range(_MOST_LINKS):
        if path.name.isdecimal() and str(path.parent.resolve()) in ("/dev/fd", f"/proc/{os.getpid()}/fd"):
            return int(path.name)
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


@contextmanager
def _flowing(path: Path) -> Iterator[BinaryIO]:
    """A pipe, terminal or the like, opened for writing."""
    opened = _descriptor(path)
    sys.stdout.flush()  # which may be the same
    with os.fdopen(_opened_at_once(path) if opened is None else os.dup(opened), "wb") as file:
        yield file


def _opened_at_once(path: Path) -> int:
    """A descriptor of a pipe or a device; does not wait for a reader, as none may ever come."""
    try:
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        if error.errno == errno.ENXIO and path.is_fifo():
            raise InvalidValueError(f"nobody reads from the pipe {_shown(path)}: begin to read first") from None
        raise
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(descriptor, True)
    return descriptor


@contextmanager
def _replacing(target: Path, former: os.stat_result | None) -> Iterator[BinaryIO]:
    """A new file that replaces `target` in the end."""
    if not target.parent.is_dir():
        raise InvalidValueError(
            f"there is no folder {_shown(target.parent)} to write {printable(target.name)!r} to"
        )
    if former is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    unfinished = target.with_name(f".{secrets.token_hex(8)}.part")  # short, as names must not be long
    try:
        with os.fdopen(_opened_anew(unfinished, target, 0o600 if former else 0o666), "wb") as file:
            if former is not None:
                _take_after(unfinished, former)
            yield file
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _opened_anew(unfinished: Path, target: Path, mode: int) -> int:
    """A descriptor of a new file; if it cannot be opened, the error names the one that was asked for."""
    try:
        return os.open(unfinished, _NEW, mode)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None


def _take_after(path: Path, former: os.stat_result) -> None:
    """Give a file the owner and the mode of another one, as far as that is allowed."""
    if hasattr(os, "chown"):
        for owner in ((former.st_uid, -1), (-1, former.st_gid)):
            with suppress(PermissionError):
                os.chown(path, *owner)
    path.chmod(stat.S_IMODE(former.st_mode))


def _shown(path: str | os.PathLike[str]) -> str:
    return repr(printable(str(path)))


@contextmanager
def progress_line(name: str, progress: Progress | bool | None) -> Iterator[Progress]:
    """A function to call with the progress of a file.

    Args:
        name: of the file.
        progress: the user's own function; None or True for a line of text that appears after a second, False for
            nothing.
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
    """Show no progress."""


class _Line:
    """A line of text that is overwritten each time."""

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
