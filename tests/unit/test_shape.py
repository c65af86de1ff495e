"""The shape of the package: data flows one way, names are public and documented, examples run."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import mqttwidgets

PACKAGE = Path(mqttwidgets.__file__).parent

ROOT = PACKAGE.parent

FIXED_NAMES = {
    "AutoDecoder",
    "Broker",
    "LiveSensorPlot",
    "Sample",
    "SensorStream",
    "TopicFilter",
    "decode",
}


def files() -> list[Path]:
    """All modules of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def modules() -> Iterator[ModuleType]:
    """All modules of the package, imported."""
    for found in pkgutil.walk_packages([str(PACKAGE)], "mqttwidgets."):
        yield importlib.import_module(found.name)


def test_the_rooms_keep_their_order() -> None:
    """The order stands in pyproject.toml: which room may import which, and who may import paho and Jupyter."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_only_the_demo_imports_a_broker() -> None:
    for path in files():
        if PACKAGE / "demo" not in path.parents:
            assert not re.search(r"^\s*(?:import|from) amqtt", path.read_text(), re.MULTILINE), path


def test_each_room_says_what_it_knows() -> None:
    for folder in PACKAGE.iterdir():
        if (folder / "__init__.py").exists():
            assert len(ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or "") > 100, folder


def test_no_two_files_have_one_name() -> None:
    names = Counter(path.name for path in files() if not path.name.startswith("__"))
    assert [name for name, count in names.items() if count > 1] == []


def test_the_fixed_names_are_there() -> None:
    assert set(mqttwidgets.__all__) >= FIXED_NAMES
    for name in mqttwidgets.__all__:
        assert getattr(mqttwidgets, name).__doc__


def test_public_docstrings_have_their_parts() -> None:
    for name in mqttwidgets.__all__:
        thing = getattr(mqttwidgets, name)
        text = inspect.getdoc(thing) or ""
        if inspect.isclass(thing) and issubclass(thing, Exception):
            continue
        parameters = list(inspect.signature(thing).parameters)
        for parameter in parameters:
            if parameter not in ("unknown", "args", "kwargs"):
                assert f"{parameter}:" in text, f"{name} does not explain {parameter}"


@pytest.mark.parametrize("module", list(modules()), ids=lambda module: str(module.__name__))
def test_examples_run(module: ModuleType) -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner()
    for example in finder.find(module):
        runner.run(example)
    assert runner.failures == 0


TESTS = Path(__file__).parent.parent


def test_the_table_of_faults_names_tests_that_exist() -> None:
    sources = {path: path.read_text() for path in TESTS.rglob("test_*.py")}
    names = {path.name for path in sources}
    table = (TESTS / "FAULTS.md").read_text()
    for name in re.findall(r"`(?:\w+/)*(test_\w+\.py)`", table):
        assert name in names
    for name in re.findall(r"(?<![`\w/])[a-z0-9]+(?:_[a-z0-9]+){2,}", table):
        assert any(f"def test_{name}" in source for source in sources.values()), name
