"""Buttons that save the picture and the data through the browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..base.log import log
from ..base.text import printable, quantity
from ..plot.snapshot import Snapshot
from ..series.samples import Samples
from . import page_messages

_JS = Path(__file__).parent / "js"
_MOST_BYTES = 50 * 1024 * 1024  # a browser holds it all, besides the messages under way
_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 60
_MOST_TABLES = 2  # under way at once, as each holds on to all of its samples


class SaveBar(anywidget.AnyWidget):
    """The buttons PNG, SVG and CSV.

    Threads: messages may come on any thread; what touches the plot happens in `act`. A table is made in threads of
    its own, a part at a time and only when the part before has arrived.

    Args:
        take: gives the picture; called in `act`.
        samples: gives the data to save; called in `act`.
        act: does something on the kernel's event loop.
    """

    _esm = (_JS / "save.js").read_text("utf-8")
    _css = (_JS / "save.css").read_text("utf-8")
    _raster = traitlets.Unicode((_JS / "raster.js").read_text("utf-8")).tag(sync=True)

    def __init__(
        self,
        take: Callable[[], Snapshot],
        samples: Callable[[], Samples],
        act: Callable[[Callable[[], object]], object],
        **options: Any,
    ) -> None:
        self._take_picture = take
        self._samples = samples
        self._act = act
        self._tables: dict[str, Table] = {}  # by the view that wants it
        super().__init__(**options)
        self.on_msg(self._take)

    def close(self) -> None:
        """Take the buttons off the page; what was under way ends."""
        self._tables.clear()
        super().close()

    def _take(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take a message as the head of save.js describes it; what is not one changes nothing."""
        kind, said = page_messages.kind_of(content)
        view = page_messages.word(said.get("view"))
        answers = {"picture": self._picture, "table": self._table, "more": self._more, "cancel": self._cancel}
        if view is not None and kind in answers:
            self._act(lambda: self._answer(answers[kind], view))

    def _answer(self, answer: Callable[[str], object], view: str) -> None:
        try:
            answer(view)
        except Exception as error:
            self._tables.pop(view, None)
            self._refuse(view, _failed(error))

    def _picture(self, view: str) -> None:
        taken = self._take_picture()
        self.send({"kind": "picture", "view": view, "name": _file_name(taken), "svg": taken.svg})

    def _table(self, view: str) -> None:
        self._tables[view] = Table(_file_name(self._take_picture()), self._samples())
        for left in list(self._tables)[:-_MOST_TABLES]:
            del self._tables[left]  # the page may have gone without a word
            self._refuse(left, "Others save this plot's data just now: try again.")
        self._more(view)

    def _more(self, view: str) -> None:
        table = self._tables.get(view)
        if table is not None and not table.is_busy:
            table.is_busy = True  # who asks again meanwhile has not waited for the part
            threading.Thread(target=self._make_part, args=(view, table), daemon=True).start()

    def _refuse(self, view: str, text: str) -> None:
        self.send({"kind": "refused", "view": view, "text": text})

    def _cancel(self, view: str) -> None:
        self._tables.pop(view, None)

    def _make_part(self, view: str, table: Table) -> None:
        try:
            message, text = table.next_part()
        except Exception as error:
            message, text = {"kind": "refused", "text": _failed(error)}, b""
        self._act(lambda: self._send_part(view, table, message, text))

    def _send_part(self, view: str, table: Table, message: dict[str, Any], text: bytes) -> None:
        table.is_busy = False
        if self._tables.get(view) is table and self.comm is not None:
            if message["kind"] == "refused" or message["is_last"]:
                del self._tables[view]
            self.send({**message, "view": view}, [text])


class Table:
    r"""Samples as CSV, handed out in parts.

    Args:
        name: of the file, without its ending.
        samples: the data.

    Attributes:
        is_busy: whether a part is being made.

    Example:
        >>> from ..series.ring import Series
        >>> series = Series("a", "", capacity=2)
        >>> series.extend([0.0], [1.0])
        >>> table = Table("a", Samples([series]))
        >>> table.next_part()[1].decode()
        'time,topic,field,value,unit\n1970-01-01T00:00:00.000000Z,a,,1.0,\n'
    """

    def __init__(self, name: str, samples: Samples) -> None:
        from ..series.export import csv_text

        self.is_busy = False
        self._name = name
        self._total = samples.total
        self._text: Iterator[tuple[str, int]] = csv_text(samples, wide=False)
        self._head, _ = next(self._text)
        self._done = 0

    def next_part(self) -> tuple[dict[str, Any], bytes]:
        """The next part and what is said of it, as the head of save.js describes it, but for the view."""
        text, count = next(self._text, ("", 0))
        part = (self._head + text).encode()
        if not self._done and count and len(part) / count * self._total > _MOST_BYTES:
            return {"kind": "refused", "text": _too_much(self._total)}, b""
        self._head = ""
        self._done += count
        is_last = self._done >= self._total
        told = {"name": self._name, "done": self._done, "total": self._total, "is_last": is_last}
        return {"kind": "part", **told}, part


def _failed(error: Exception) -> str:
    """Why there is no file, for the page; where it came from, for the log."""
    log.error("what the buttons save could not be made", exc_info=error)
    return f"Not saved. {printable(type(error).__name__)}: {printable(str(error), 200)}"


def _too_much(total: int) -> str:
    return (
        f"{quantity(total, 'sample')} are more than {_MOST_BYTES // 1024**2} MB as CSV, too much for a browser: "
        "plot.to_csv('data.csv', of='*') writes them to a file beside the notebook."
    )


def _file_name(taken: Snapshot) -> str:
    """A name for a file, that every system takes.

    Example:
        >>> from datetime import datetime
        >>> _file_name(Snapshot("", "", "home/+/temperature", datetime(2026, 3, 1, 12, 5)))
        'home-temperature 2026-03-01 12.05.00'
    """
    name = _UNSAFE.sub("-", taken.title).strip("-. ")[:_LONGEST_NAME]
    return f"{name or 'plot'} {taken.at:%Y-%m-%d %H.%M.%S}"
