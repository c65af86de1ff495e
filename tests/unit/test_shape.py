"""The shape of the package: data flows one way, names are public and documented, examples run."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import mqttwidgets

PACKAGE = Path(mqttwidgets.__file__).parent

ROOMS = (
    "__main__",
    "demo",
    "passwords",
    "dashboards",
    "nodelay",
    "__init__",
    "widgets",
    "frames",
    "limits",
    "deriving",
    "stream",
    "stream_options",
    "standing",
    "doctor",
    "store",
    "publisher",
    "subscription",
    "connection",
    "session",
    "client",
    "failures",
    "tls",
    "carriers",
    "overlap",
    "strays",
    "read_ahead",
    "websocket",
    "handshake_deadline",
    "incoming",
    "redeliveries",
    "packet_rules",
    "publishes",
    "outage",
    "reason_codes",
    "properties",
    "violations",
    "export",
    "table",
    "by_time",
    "figures",
    "moments",
    "stays",
    "ledger",
    "device_clocks",
    "distinct",
    "fairness",
    "inbox",
    "memory",
    "rhythm",
    "series",
    "chunks",
    "outline",
    "pauses",
    "gaps",
    "window",
    "instants",
    "decoding",
    "echoes",
    "broker",
    "message",
    "headers",
    "topic",
    "promptness",
    "arrival",
    "log",
    "forks",
    "text",
    "version",
    "called",
    "discreet",
    "errors",
)
"""From the screen down to the words; a room imports only from rooms below it."""

JUPYTER = {"IPython", "anywidget", "bqplot", "ipykernel", "ipywidgets", "jupyter_client", "traitlets"}

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


def room_of(path: Path) -> str:
    """The top-level file or folder that a module belongs to."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def modules() -> Iterator[ModuleType]:
    """All modules of the package, imported."""
    for found in pkgutil.walk_packages([str(PACKAGE)], "mqttwidgets."):
        yield importlib.import_module(found.name)


def imports_of(path: Path) -> Iterator[tuple[str, bool]]:
    """What a module imports: (room or foreign package, whether it is ours)."""
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            if node.level == depth:
                names = [node.module] if node.module else [alias.name for alias in node.names]
                yield from ((str(name).split(".")[0], True) for name in names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).split(".")[0], False
        elif isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], False) for alias in node.names)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    assert room in ROOMS, f"{room} has no place in the order of rooms"
    for name, ours in imports_of(path):
        if ours and name != room:
            target = name if name in ROOMS else "__init__"
            assert ROOMS.index(target) > ROOMS.index(room), f"{room} imports {target}, which is above it"


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_room_keeps_to_its_libraries(path: Path) -> None:
    foreign = {name for name, ours in imports_of(path) if not ours}
    room = room_of(path)
    if room not in ("widgets", "frames"):
        assert not foreign & JUPYTER
    if room not in ("session", "client"):
        assert "paho" not in foreign
    if room != "demo":
        assert "amqtt" not in foreign


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
    for name in re.findall(r"`(?:\w+/)?(test_\w+\.py)`", table):
        assert name in names
    for name in re.findall(r"(?<![`\w/])[a-z0-9]+(?:_[a-z0-9]+){2,}", table):
        assert any(f"def test_{name}" in source for source in sources.values()), name
