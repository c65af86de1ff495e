"""The notebooks that people copy, each run from top to bottom with its simulated devices."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize

from ..support.lab import Lab, Notebook
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
STORIES = ("industrial", "environment", "smart_home", "medical")
MOST_CELLS = 9
WINDOW: ViewportSize = {"width": 1000, "height": 1000}

pytestmark = pytest.mark.timeout(180)  # each waits for what its story tells

RunStory = Callable[[str], Notebook]
TakePicture = Callable[[Notebook, Locator, float], None]


@pytest.fixture
def run_story(request: pytest.FixtureRequest, lab: Lab, browser: Browser, open_notebook: OpenNotebook) -> RunStory:
    """Opens one of the notebooks and runs all its cells, none with a complaint."""
    if (NOTEBOOKS / "pictures").is_dir():
        shutil.copytree(NOTEBOOKS / "pictures", lab.root / "pictures", dirs_exist_ok=True)

    def run(name: str) -> Notebook:
        file = (NOTEBOOKS / f"{name}.ipynb").read_text()
        if request.config.getoption("--pictures") is None:
            notebook = open_notebook(file=file)
            notebook.page.set_viewport_size(WINDOW)
        else:
            context = browser.new_context(viewport=WINDOW, device_scale_factor=1.5)
            request.addfinalizer(context.close)
            notebook = Notebook(lab, context.new_page(), [], file=file)
        notebook.command("notebook:run-all-cells", wait=False)
        cells = notebook.page.locator(".jp-CodeCell .jp-InputPrompt")
        wait_for(
            lambda: all(text.strip("[]: ").isdigit() for text in cells.all_inner_texts()), 90, f"{name} to end"
        )
        complaints = notebook.page.locator("[data-mime-type*='stderr'], [data-mime-type*='vnd.jupyter.error']")
        assert complaints.all_inner_texts() == []
        return notebook

    return run


@pytest.fixture
def take_picture(request: pytest.FixtureRequest) -> TakePicture:
    """Takes the picture that a notebook opens with, some seconds from now, where these are asked for."""
    folder = request.config.getoption("--pictures")

    def take(notebook: Notebook, what: Locator, in_s: float) -> None:
        if folder is not None:
            name = request.node.name.removeprefix("test_")
            notebook.command("application:toggle-left-area")
            what.scroll_into_view_if_needed()
            notebook.page.mouse.move(0, 0)
            notebook.page.wait_for_timeout(1_000 * in_s)
            Path(folder).mkdir(exist_ok=True)
            what.screenshot(path=Path(folder) / f"{name}.png")

    return take


@pytest.mark.parametrize("name", [*STORIES, "quickstart", "dashboard"])
def test_is_kept_short_and_without_outputs(name: str) -> None:
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text())["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    if name in STORIES:
        assert len(cells) <= MOST_CELLS
        assert "".join(cells[0]["source"]).splitlines()[2].endswith(f"(pictures/{name}.png)")
        (broker,) = [line for cell in cells for line in cell["source"] if line.startswith("broker = ")]
        assert "# for " in broker, "the one line to change"


def figures_of(notebook: Notebook, cell: int) -> list[str]:
    """The rows of the table that a cell has put out."""
    return notebook.output(cell).locator("tbody tr").all_inner_texts()


def test_industrial(run_story: RunStory, take_picture: TakePicture) -> None:
    notebook = run_story("industrial")
    vibration, spectrum, condition = (PlotPage(notebook, number) for number in range(3))
    vibration.wait_for_lines(2)
    assert set(vibration.legend()) == {"x", "y"}
    assert notebook.value("len(vibration.stream.series['plant/pump-4/vibration', 'x'])") > 50_000
    assert notebook.value("sum(vibration.ledger.page().dropped.values())") == 0
    spectrum.root.scroll_into_view_if_needed()
    wait_for(lambda: len(spectrum.paths()) == 1, what="the spectrum")
    condition.wait_for_lines(4)
    assert "mm/s" in notebook.output(3).inner_text()
    wait_for(lambda: notebook.value("len(condition.events)") == 1, 20, what="the alarm")
    assert "ISO 20816" in notebook.output(4).inner_text()
    assert len(figures_of(notebook, 5)) == 5
    take_picture(notebook, spectrum.root, 1)


def test_environment(run_story: RunStory, take_picture: TakePicture) -> None:
    notebook = run_story("environment")
    stations = PlotPage(notebook)
    silence = (
        "[later - earlier for times in [stations.stream.series['weather/harbour', 'temperature'].time]"
        " for earlier, later in zip(times, times[1:])]"
    )
    wait_for(lambda: max(notebook.value(silence), default=0) > 10, 40, what="the harbour to speak again")
    stations.root.scroll_into_view_if_needed()
    stations.wait_for_lines(5)
    assert {"ridge", "village", "lake", "harbour"} <= {label.split(" / ")[0] for label in stations.legend()}
    wait_for(lambda: any(path.count("M") > 1 for path in stations.paths()), what="a gap in the harbour's line")
    assert len(figures_of(notebook, 1)) == 5, "four stations and the difference"
    assert "NaN" in notebook.output(2).inner_text()
    assert " samples of 4 stations" in notebook.output(3).inner_text()
    (file,) = notebook.folder.glob("weather-*.csv")
    assert file.read_text().startswith("time,topic,field,value,unit\n")
    take_picture(notebook, stations.root, 60)


def test_smart_home(run_story: RunStory, take_picture: TakePicture) -> None:
    notebook = run_story("smart_home")
    climate, power, states = (PlotPage(notebook, number) for number in range(3))
    climate.wait_for_lines(6)
    states.wait_for_lines(5)
    power.wait_for_lines(3)
    assert set(power.legend()) == {"kitchen", "office", "laundry"}
    wait_for(lambda: all("H" in path for path in states.paths()), what="steps, where each began as a dot")
    assert "door open" in notebook.output(3).inner_text()
    used_wh = {row.split()[0]: float(row.split()[1]) for row in figures_of(notebook, 4)}
    assert used_wh.keys() == {"kitchen", "laundry", "office"}
    assert max(used_wh.values()) > 0
    take_picture(notebook, climate.root, 30)


def test_medical(run_story: RunStory, take_picture: TakePicture) -> None:
    notebook = run_story("medical")
    assert "This is no medical device." in notebook.page.locator(".jp-MarkdownCell").first.inner_text()
    ecg, vitals = (PlotPage(notebook, number) for number in range(2))
    ecg.wait_for_lines(2)
    vitals.wait_for_lines(2)

    def heart_rate() -> float:
        """As it stands in the legend; 0 as long as it does not."""
        values = [value for label, value in ecg.legend().items() if label.startswith("heart rate")]
        return float(values[0].split()[0]) if values and values[0] else 0.0

    wait_for(lambda: 55 < heart_rate() < 90, what="a heart rate as people have one")
    assert notebook.value("sum(ecg.ledger.page().dropped.values())") == 0
    wait_for(lambda: notebook.value("len(vitals.events)") > 0, 40, what="the alarm")
    assert "SpO₂ low" in notebook.output(4).inner_text()
    take_picture(notebook, ecg.root, 1)
