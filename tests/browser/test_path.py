"""The pieces of a line's path together are the whole line, however its points come and go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import mqttwidgets

_SCRIPT = (Path(mqttwidgets.__file__).parent / "frames" / "path.js").read_text("utf-8")

_COMPARE = (Path(__file__).parent / "compare_pieces.js").read_text("utf-8")


@pytest.fixture
def blank_page(browser: Browser) -> Iterator[Page]:
    """A page with nothing on it."""
    page = browser.new_page()
    page.goto("about:blank")
    yield page
    page.close()


@pytest.mark.parametrize("per_frame", [4, 60], ids=["sparse", "dense"])
@pytest.mark.parametrize("is_steps", [False, True], ids=["lines", "steps"])
def test_the_pieces_are_the_whole(blank_page: Page, is_steps: bool, per_frame: int) -> None:
    for seed in range(4):
        result = blank_page.evaluate(_COMPARE, [_SCRIPT, seed, is_steps, per_frame, False])
        assert list(result) == ["changed", "of"], result


@pytest.mark.parametrize("per_frame", [4, 20], ids=["sparse", "dense"])
def test_most_of_a_line_that_goes_on_stays(blank_page: Page, per_frame: int) -> None:
    result = blank_page.evaluate(_COMPARE, [_SCRIPT, 1, False, per_frame, True])
    assert list(result) == ["changed", "of"], result
    assert result["changed"] < 0.5 * result["of"], result


@pytest.mark.parametrize("width_s", [1.0, 0.1, 0.001])
def test_a_line_between_samples_far_outside_keeps_its_slope(blank_page: Page, width_s: float) -> None:
    numbers = blank_page.evaluate(
        """async ([script, width]) => {
            const url = URL.createObjectURL(new Blob([script], {type: 'text/javascript'}));
            const {LivePath, Points} = await import(url);
            const points = new Points();
            points.change(-1, 0, Float64Array.of(1e9, 1e9 + 100), Float64Array.of(0, 100));
            const from = 1e9 + 50;
            const axes = {from, to: from + width, least: 50, greatest: 50 + width};
            const ground = {...axes, left: 0, right: 1000, bottom: 1000, top: 0, isSteps: false, isWhole: false};
            const {head, body, tail} = new LivePath().draw(points, ground);
            return `${head}${body}${tail}`.match(/-?[\\d.]+/g).map(Number);
        }""",
        [_SCRIPT, width_s],
    )
    x0, y0, x1, y1 = numbers
    at_left, at_right = (y0 + (y1 - y0) * (x - x0) / (x1 - x0) for x in (0, 1000))
    assert at_left == pytest.approx(1000, abs=1)
    assert at_right == pytest.approx(0, abs=1)


def test_what_comes_in_bursts_is_joined_from_the_last_of_one_to_the_first_of_the_next(blank_page: Page) -> None:
    """Bursts of a whole sine, a second apart: between them the line lies at 0."""
    path = blank_page.evaluate(
        """async (script) => {
            const url = URL.createObjectURL(new Blob([script], {type: 'text/javascript'}));
            const {LivePath, Points} = await import(url);
            const at = Array.from({length: 2000}, (_, i) => Math.floor(i / 100) + (i % 100) / 2000);
            const value = at.map((_, i) => Math.sin(2 * Math.PI * (i % 100) / 99));
            const points = new Points();
            points.change(-1, 0, Float64Array.from(at), Float64Array.from(value));
            const axes = {from: 0, to: 20, least: -1, greatest: 1, left: 0, right: 400, bottom: 200, top: 0};
            const {head, body, tail} = new LivePath().draw(points, {...axes, isSteps: false, isWhole: false});
            return `${head}${body}${tail}`;
        }""",
        _SCRIPT,
    )
    places = [tuple(map(float, each.split(","))) for each in re.findall(r"[-\d.]+,[-\d.]+", path)]
    across = [one[1:] + other[1:] for one, other in pairwise(places) if other[0] - one[0] > 10]
    assert len(places) < 400
    assert across == [(100.0, 100.0)] * 19


def test_a_sample_by_itself_is_a_dot(blank_page: Page) -> None:
    path = blank_page.evaluate(
        """async (script) => {
            const url = URL.createObjectURL(new Blob([script], {type: 'text/javascript'}));
            const {LivePath, Points} = await import(url);
            const points = new Points();
            points.change(-1, 0, Float64Array.of(1, 2, 3, 4, 5), Float64Array.of(1, NaN, 1, 1, 1));
            const axes = {from: 0, to: 10, least: 0, greatest: 2, left: 0, right: 100, bottom: 100, top: 0};
            return new LivePath().draw(points, {...axes, isSteps: false, isWhole: true}).body;
        }""",
        _SCRIPT,
    )
    assert path == "M10,50ZM30,50L40,50L50,50"
