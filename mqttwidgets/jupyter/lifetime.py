"""Finds plots to end that nobody closes: those of a cell that runs again, and those cleared away and let go.

Without the first, each run of a cell would leave a plot behind that nobody can reach, still subscribed;
`PlotWidget.begin` closes them.

The second is for `ipywidgets.interact`, which clears its output at each change and calls a function that may
make another plot. ipywidgets keeps every widget, so the former plots would stay, subscribed, while the kernel
runs. Only a plot that was displayed in Output widgets alone is looked at, and only once none of these shows it
any more, by its `outputs`, which the page keeps in step: what is out of sight, in another tab or in a closed
browser may be seen again. Whether anything holds it is for Python's garbage collector to say: names,
containers, `Out`, closures, other widgets and frames of running functions all do. For the moment in which it is
asked, ipywidgets' and the comm manager's own references are taken away, and given back where something does.
"""

from __future__ import annotations

import gc
import sys
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import comm
import ipywidgets as widgets


class _Run(NamedTuple):
    """One execution of one cell."""

    cell: str
    request: str


_made: weakref.WeakKeyDictionary[Any, _Run] = weakref.WeakKeyDictionary()


def predecessors(plot: Any) -> list[Any]:
    """The widgets of this kind that earlier runs of the present cell made, for it to close.

    Outside a notebook cell, and in front ends that do not tell which cell it is, there are none.
    """
    run = _present_run()
    if run is None:
        return []
    return [
        known
        for known, made_by in _made.items()
        if type(known) is type(plot) and made_by.cell == run.cell and made_by.request != run.request
    ]


def note_made(plot: Any, earlier: Sequence[Any]) -> None:
    """Note that the present run of a cell made `plot`, whole by now, in place of those that are `earlier`."""
    run = _present_run()
    for known in earlier:
        _made.pop(known, None)
    if run is not None:
        _made[plot] = run


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


_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 600.0
_SHARE = 0.05  # of the time may be spent on asking
_WHOLE = "_whole_plot"  # through which whoever holds a part holds the plot, in the moment in which it is asked
_VIEW = "application/vnd.jupyter.widget-view+json"

After = Callable[[float, Callable[[], object]], object]


class Unheld:
    """Ends a plot once it is cleared away and nothing holds it. On the kernel's event loop but for `displayed`.

    Args:
        plot: what to end, by its `__del__`, as every widget does; held weakly.
        cluster: gives all widgets that it is made of, itself included, and what else is its own, of which none may
            be held by anybody else.
        after: does something on the loop after so many seconds; None where there is no loop.
    """

    def __init__(
        self, plot: widgets.Widget, cluster: Callable[[Any], Sequence[object]], after: After | None
    ) -> None:
        self._plot = weakref.ref(plot)
        self._model = str(plot.model_id)
        self._cluster = cluster
        self._after = after
        self._outputs: list[widgets.Output] = []
        self._is_elsewhere = self._is_waiting = False
        self._wait_s = _FIRST_WAIT_S

    def displayed(self) -> None:
        """Note that the plot is displayed by the code that runs now, in the Output widgets that capture it."""
        capturing = _capturing()
        self._is_elsewhere |= not capturing
        for output in capturing:
            if output not in self._outputs:
                self._outputs.append(output)
                output.observe(self._changed, "outputs")

    def stop(self) -> None:
        """Look no more, as the plot is closed."""
        self._is_elsewhere = True
        for output in self._outputs:
            output.unobserve(self._changed, "outputs")
        self._outputs.clear()

    def _changed(self, change: Any) -> None:
        if self._model in _models(change["old"]) and self._is_cleared():
            self._wait_s = _FIRST_WAIT_S
            self._ask_later()

    def _is_cleared(self) -> bool:
        return not self._is_elsewhere and not any(self._model in _models(each.outputs) for each in self._outputs)

    def _ask_later(self) -> None:
        if self._after is not None and not self._is_waiting:
            self._is_waiting = True
            self._after(self._wait_s, self._ask)

    def _ask(self) -> None:
        """See whether anything holds the plot; while something does, ask again, ever more seldom."""
        self._is_waiting = False
        if self._plot() is None or not self._is_cleared():
            return
        began = time.perf_counter()
        if not _is_let_go(self._plot, self._cluster):
            took_s = time.perf_counter() - began
            self._wait_s = max(min(2 * self._wait_s, _LONGEST_WAIT_S), took_s / _SHARE)
            self._ask_later()


def _capturing() -> list[widgets.Output]:
    """The Output widgets that capture what the code that runs now displays."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    get_parent = getattr(shell, "get_parent", None)
    request = (get_parent() or {}).get("header", {}).get("msg_id") if get_parent is not None else None
    found = [each for each in _registry().values() if isinstance(each, widgets.Output)]
    return [each for each in found if request and each.msg_id == request]


def _models(outputs: Any) -> set[str]:
    """The model ids of the widgets that outputs show, as a page has said."""
    found = set[str]()
    for output in outputs if isinstance(outputs, (list, tuple)) else ():
        data = output.get("data") if isinstance(output, dict) else None
        view = data.get(_VIEW) if isinstance(data, dict) else None
        if isinstance(view, dict):
            found.add(str(view.get("model_id")))
    return found


def _is_let_go(held: weakref.ref[Any], cluster: Callable[[Any], Sequence[object]]) -> bool:
    """Whether nothing but ipywidgets held a widget, which is gone then, with its cluster."""
    registry, comms = _registry(), _comms()
    taken, bound = [], []
    for part in cluster(held()):
        setattr(part, _WHOLE, held())
        bound.append(weakref.ref(part))
        if isinstance(part, widgets.Widget) and part.comm is not None:
            taken.append((part.model_id, weakref.ref(part), weakref.ref(part.comm)))
    del part
    for name, _, _ in taken:
        registry.pop(name, None)
        comms[name] = None
    try:
        gc.collect()
    finally:
        for name, part, line in taken:
            _give_back(name, part(), line(), registry, comms)
        for each in bound:
            if (alive := each()) is not None:
                vars(alive).pop(_WHOLE, None)
    return held() is None


def _give_back(name: str, part: Any, line: Any, registry: Any, comms: Any) -> None:
    """Put back a widget that is still there; a comm that is gone is in the list no more."""
    if part is not None and part.comm is line is not None:
        registry[name], comms[name] = part, line
    elif name in comms and comms[name] is None:
        del comms[name]


def _comms() -> Any:
    """The lines between widgets and pages, by their ids."""
    return comm.get_comm_manager().comms


def _registry() -> Any:
    """Where ipywidgets keeps every widget, by its model id; it has no public name that would not copy or warn."""
    return widgets.widgets.widget._instances  # noqa: SLF001
