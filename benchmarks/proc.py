"""What Linux says of processes: CPU time and memory, from /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def session_cpu_s(leader: int) -> float:
    """CPU seconds so far of all living processes of the session that `leader` leads."""
    return sum((int(fields[11]) + int(fields[12])) / _TICKS_PER_S for fields in _session(leader))


def memory_mb(pid: int) -> float:
    """MB in memory of one process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES / 1e6


def _session(leader: int) -> Iterator[list[str]]:
    """The fields of /proc/PID/stat from the third on."""
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            int(folder.name)
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader:
                yield fields
