"""The pieces of a line's path together are the whole line, however its points come and go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

import mqttwidgets

_SCRIPT = (Path(mqttwidgets.__file__).parent / "frames" / "path.js").read_text("utf-8")

# Draws one line piece by piece through many changes, beside a fresh drawing of the whole at each; what differs.
_COMPARE = """async ([script, seed, isSteps, perFrame]) => {
    const url = URL.createObjectURL(new Blob([script], {type: 'text/javascript'}));
    const {LivePath, Points} = await import(url);
    let state = seed;
    const random = () => { state = (1664525 * state + 1013904223) % 4294967296; return state / 4294967296; };
    const points = new Points(), live = new LivePath();
    const stretches = (d) => {
        const found = new Set();
        let at = null, pen = null;
        for (const [, letter, numbers] of d.matchAll(/([MLHV])([^MLHV]*)/g)) {
            const [x, y] = numbers.split(',').map(Number);
            const next = {M: [x, y], L: [x, y], H: [x, at?.[1]], V: [at?.[0], x]}[letter];
            found.add(letter === 'M' ? `dot ${next}` : `${at} to ${next}`);
            at = next;
        }
        return found;
    };
    const lines = (found) => [...found].filter((stretch) => !stretch.startsWith('dot'));
    let now = 1790000000, from = now, redrawn = 0, last = {};
    for (let frame = 0; frame < 400; frame++) {
        const size = points.end - points.start;
        const fresh = Array.from({length: Math.floor(random() * perFrame)}, () => (now += random() * 0.02));
        const isAnew = random() < 0.01;
        const unsettled = random() < 0.1 ? Math.min(size, 40) : Math.min(size, 3);
        const again = isAnew ? [] : [...points.time.slice(points.end - unsettled, points.end)];
        const dropped = isAnew ? -1 : Math.max(0, Math.min(size - unsettled, size + fresh.length - 900));
        const times = Float64Array.from([...again, ...fresh]);
        points.change(dropped, size - unsettled, times, times.map(() => (random() < 0.02 ? NaN : 50 * random())));
        if (points.end === points.start) continue;
        if (now > from + 9.5) from = Math.floor(now) - 8.5;
        const ground = {from, to: from + 10, least: 0, greatest: 50, left: 0, right: 300, bottom: 200, top: 0,
                        isSteps};
        const pieces = live.draw(points, {...ground, isWhole: false});
        const whole = new LivePath().draw(points, {...ground, isWhole: true}).body;
        const drawn = stretches(pieces.head + pieces.body + pieces.tail), wanted = stretches(whole);
        const missing = lines(wanted).filter((stretch) => !drawn.has(stretch));
        const excess = lines(drawn).filter((stretch) => !wanted.has(stretch));
        if (missing.length || excess.length) return {frame, missing, excess, pieces, whole};
        if (pieces.body !== last.body) redrawn += 1;
        last = pieces;
    }
    return {redrawn};
}"""


@pytest.fixture
def blank_page(browser: Browser) -> Iterator[Page]:
    """A page with nothing on it."""
    page = browser.new_page()
    page.goto("about:blank")
    yield page
    page.close()


@pytest.mark.parametrize("per_frame", [4, 60], ids=["sparse", "dense"])
@pytest.mark.parametrize("is_steps", [False, True], ids=["lines", "steps"])
def test_the_pieces_are_the_whole_and_most_of_it_stays(blank_page: Page, is_steps: bool, per_frame: int) -> None:
    for seed in range(10):
        result = blank_page.evaluate(_COMPARE, [_SCRIPT, seed, is_steps, per_frame])
        assert list(result) == ["redrawn"], result
        assert result["redrawn"] < 250, "of 400 frames, in many of which the axes or settled points change"
