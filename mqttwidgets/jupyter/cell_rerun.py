"""A plot made by a cell replaces the plots that an earlier run of the same cell made.

Without this, each run of a cell would leave a plot behind that nobody can reach, still subscribed.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any, NamedTuple


class _Run(NamedTuple):
    """One execution of one cell."""

    cell: str
    request: str


_made: weakref.WeakKeyDictionary[Any, _Run] = weakref.WeakKeyDictionary()


def predecessors(plot: Any) -> list[Any]:
    """What earlier runs of the cell now running made of its kind, for `plot` to close; that is noted as made now.

    Outside a notebook cell, and in front ends that do not tell which cell it is, there are none.
    """
    run = _present_run()
    if run is None:
        return []
    earlier = [
        known
        for known, made_by in _made.items()
        if type(known) is type(plot) and made_by.cell == run.cell and made_by.request != run.request
    ]
    for known in earlier:
        del _made[known]
    _made[plot] = run
    return earlier


def _present_run() -> _Run | None:
    """The running cell by JupyterLab's `cellId` in the metadata of the execute request."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    get_parent = getattr(shell, "get_parent", None)
    request = get_parent() if get_parent is not None else None
    if not isinstance(request, dict) or request.get("header", {}).get("msg_type") != "execute_request":
        return None
    cell = request.get("metadata", {}).get("cellId")
    return _Run(cell, request["header"]["msg_id"]) if cell else None
