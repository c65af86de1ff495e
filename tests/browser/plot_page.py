"""A plot on a page, found and used as a person does."""

from __future__ import annotations

import re
from typing import Protocol

from playwright.sync_api import Locator, Page

from ..support.lab import Notebook
from ..support.mosquitto import Mosquitto
from ..support.waiting import wait_for


def plot_cells(topic: str, broker: Mosquitto, options: str = "") -> list[str]:
    """The one cell that a person writes."""
    return [
        "from mqttwidgets import LiveSensorPlot\n"
        f"plot = LiveSensorPlot({topic!r}, broker={broker.url!r}, {options})\nplot"
    ]


class Opened(Protocol):
    """A notebook or a dashboard that a browser shows."""

    @property
    def page(self) -> Page:
        """Where."""


class PlotPage:
    """One plot on a page.

    Args:
        opened: where it is.
        number: which of the plots on the page.
    """

    def __init__(self, opened: Opened, number: int = 0) -> None:
        self.page = opened.page
        self.root = self.page.locator(".mqttwidgets-plot").nth(number)
        self.figure = self.root.locator(".bqplot")
        self.topic = self.root.locator(".mw-entry").nth(0).locator("input")
        self.topics = self.root.locator(".mw-entry").nth(0).locator("select")
        self.window = self.root.locator(".mw-entry").nth(1).locator("input")
        self.windows = self.root.locator(".mw-entry").nth(1).locator("select")
        self.pause = self.root.locator(".mw-pause")
        self.search = self.root.get_by_role("searchbox")
        self.fields = self.root.locator(".mw-open-fields")
        self.run = self.root.locator("button.widget-button:not(.widget-toggle-button)")

    def status(self) -> str:
        """The status word."""
        return self._text(".mw-status")

    def title(self) -> str:
        """What stands above the plot."""
        return self._text(".mw-title")

    def notice(self) -> str:
        """The line beneath the controls, without alarms."""
        return self._text(".mw-notice")

    def alarms(self) -> str:
        """What is said of alarms."""
        return self._text(".mw-alarms")

    def empty(self) -> str:
        """What stands where the lines will be."""
        return self._text(".mw-empty")

    def footer(self) -> str:
        """What was received, and what not plotted."""
        return self._text(".mw-footer")

    def paths(self) -> list[str]:
        """The `d` of each line, its pieces put together."""
        pieces: list[list[str]] = self.figure.locator(".curve").evaluate_all(
            """curves => curves.map(curve => [...curve.querySelectorAll('path.line')]
                .map(path => path.getAttribute('d') ?? ''))"""
        )
        found = [_whole(*three) if len(three) == 3 else "".join(three) for three in pieces]
        return [path for path in found if path]

    def colors(self) -> list[str]:
        """The stroke of each line's path."""
        found: list[str] = self._lines().evaluate_all("paths => paths.map(path => getComputedStyle(path).stroke)")
        return found

    def legend(self) -> dict[str, str]:
        """Label → newest value, as they stand on the page."""
        entries: list[list[str]] = self.root.locator(".mw-series").evaluate_all(
            """entries => entries.map(entry => {
                const value = entry.querySelector('.mw-value').textContent;
                const side = entry.querySelector('.mw-side')?.textContent ?? '';
                return [entry.textContent.replace(value, '').replace(side, '').trim(), value];
            })"""
        )
        return dict(map(tuple, entries))  # type: ignore[arg-type]

    def sides(self) -> list[str]:
        """Of each entry of the legend, where its axis is, as a screen reader says it."""
        sides = self.root.locator(".mw-series .mw-side")
        return [str(sides.nth(number).get_attribute("aria-label")) for number in range(sides.count())]

    def captions(self) -> list[str]:
        """What stands beside the value axes, the left one first."""
        axes = self.figure.locator('.axis:is([text-anchor="end"], [text-anchor="start"])')
        captions: list[str] = axes.evaluate_all(
            """axes => axes.filter(axis => axis.getBoundingClientRect().width > 0)
                .map(axis => axis.querySelector('.axislabel').textContent)"""
        )
        return captions

    def rows(self) -> Locator:
        """The rows of the list of series that the search found."""
        return self.root.locator(".mw-picker-row:visible")

    def open_fields(self, rows: int) -> None:
        """Open the list of series, and wait for its rows."""
        self.fields.click()
        wait_for(lambda: self.rows().count() == rows, timeout_s=30, what=f"{rows} rows")

    def wait_for_status(self, status: str) -> None:
        """Wait for a status word."""
        wait_for(lambda: self.status() == status, timeout_s=20, what=f"status {status!r}")

    def wait_for_lines(self, count: int) -> None:
        """Scroll to the plot, and wait until just `count` lines have a path, and as many stand in the legend."""
        self.root.scroll_into_view_if_needed()
        try:
            wait_for(lambda: len(self.paths()) == count == len(self.legend()), timeout_s=20, what=f"{count} lines")
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.seen()}") from None

    def seen(self) -> str:
        """What a person sees of it, to say why something did not come."""
        words = {
            "status": self.status(),
            "notice": self.notice(),
            "empty": self.empty(),
            "footer": self.footer(),
            "unheard": self.root.get_attribute("data-mw-unheard"),
            "legend": self.legend(),
            "paths": len(self.paths()),
        }
        return ", ".join(f"{name} {value!r}" for name, value in words.items() if value)

    def wait_for_another_picture(self) -> None:
        """Wait until some line has another path."""
        before = self.paths()
        wait_for(lambda: self.paths() != before, what="another picture")

    def _lines(self) -> Locator:
        return self.figure.locator("path.line:not(.mw-end)")

    def _text(self, selector: str) -> str:
        found = self.root.locator(selector)
        return found.first.inner_text().replace("\u00a0", " ") if found.count() else ""


def _whole(body: str, head: str, tail: str) -> str:
    """One path of pieces which overlap by up to two points, in the order in which they stand in the page."""
    whole: list[str] = []
    for piece in (head, body, tail):
        points = re.findall(r"[ML][^MLH]+|H[^MLH]+", piece)
        known = [_place(point) for point in whole[-2:]]
        overlap = next((n for n in (2, 1) if known[-n:] == [_place(p) for p in points[:n]] != []), 0)
        whole += points[overlap:]
    return "".join(whole)


def _place(point: str) -> tuple[str, ...]:
    """Where a step of a path ends."""
    return tuple(re.findall(r"[-\d.]+", point))


def painters(plot: PlotPage) -> list[str]:
    """Who draws each line."""
    found: list[str] = plot.figure.locator("[data-mw-painter]").evaluate_all(
        "elements => elements.map(element => element.getAttribute('data-mw-painter'))"
    )
    return found


def assert_ledger_adds_up(notebook: Notebook) -> None:
    """The Ledger's identity, for `plot` in the notebook."""
    notebook.run(
        "page = plot.ledger.page()\n"
        "reasons = [*page.skipped.values(), *page.undecodable.values(), *page.dropped.values()]\n"
        "assert page.received == page.stored + page.waiting + sum(reasons), page"
    )
