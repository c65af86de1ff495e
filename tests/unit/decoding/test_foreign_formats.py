"""Formats of other packages, which entry points name."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import mqttwidgets as mw
from mqttwidgets import Findings, Payload, Reading
from mqttwidgets.decoding import auto, reader, registry
from mqttwidgets.decoding.format import OwnFormat
from mqttwidgets.decoding.limits import MOST_NUMBERS, TookTooLongError, limit
from mqttwidgets.decoding.registry import DOCUMENTS, OURS, PARSED, TEXTS, ForeignFormat

from ..test_extending import example, lines_of_code

FRAME = b"WX" + (215).to_bytes(2, "big") + (480).to_bytes(2, "big")

FAULTY = """
from mqttwidgets import Findings, Reading

class Raises:
    name = "raises"
    def read(self, payload):
        raise LookupError("no such table")

class Taken:
    name = "JSON"
    def read(self, payload):
        return None

class Lab:
    name, topics = "lab", ["lab/*"]
    def read(self, payload):
        return Findings("lab", [Reading("x", payload.raw[0])])

nothing = 5
"""


def installed(folder: Path, module: str, source: str, entries: dict[str, str]) -> None:
    """Install a package of one module, as pip does it."""
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    lines = [f"{name} = {target}" for name, target in entries.items()]
    (info / "entry_points.txt").write_text("\n".join(["[mqttwidgets.formats]", *lines]))


def told(folder: Path, code: str) -> tuple[Any, str]:
    """What code prints as JSON in a process that has the folder's packages, and what it logs."""
    paths = os.pathsep.join([str(folder), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", f"import json, mqttwidgets as mw\n{code}"],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout), done.stderr


def test_the_documented_format_is_read_explained_and_asked_for_by_name(tmp_path: Path) -> None:
    assert lines_of_code(example("format")) <= 40
    source = "from __future__ import annotations\n" + example("format")
    installed(tmp_path, "my_weather", source, {"weather": "my_weather:WeatherFrame"})
    code = f"""
stream = mw.SensorStream("#")
for payload in 3 * [{FRAME!r}] + [b"WX1", b"21.5", b"\\x00\\x01"]:
    stream.deliver(mw.Message("roof", payload, 0, False, 1.7e9))
print(json.dumps({{
    "samples": [[s.field, s.value, s.unit] for s in mw.decode("roof", {FRAME!r})],
    "explained": repr(mw.explain("roof", {FRAME!r})),
    "only": mw.AutoDecoder(format="weather frame").decode("roof", b"5"),
    "stored": stream.ledger.stored, "undecodable": dict(stream.ledger.undecodable)}}))
"""
    found, _ = told(tmp_path, code)
    assert found["samples"] == [["temperature", 21.5, "°C"], ["humidity", 48.0, "%"]]
    assert found["explained"].startswith("roof: weather frame, 2 fields")
    assert "AutoDecoder(format='weather frame', time='')" in found["explained"]
    assert found["only"] == []
    assert found["stored"] == 4
    assert found["undecodable"] == {
        "a weather frame of a wrong length": 1,
        "binary of no known format (decoder=Struct(...) can read it)": 1,
    }


def test_faulty_formats_cost_no_message_anything_and_are_logged_once(tmp_path: Path) -> None:
    entries = {name: f"faulty:{name}" for name in ("Raises", "Taken", "Lab", "nothing", "missing")}
    installed(tmp_path, "faulty", FAULTY, entries | {"gone": "gone_module:Format"})
    code = """
stream = mw.SensorStream("#")
for topic, payload in [("t", b"1"), ("t", b"{broken"), ("t", b"{broken"), ("lab/a", b"A"), ("t", b'{"a": 1}')]:
    stream.deliver(mw.Message(topic, payload, 0, False, 1.7e9))
values = {" ".join(key): series.value.tolist() for key, series in stream.series.items()}
print(json.dumps({"values": values, "undecodable": dict(stream.ledger.undecodable)}))
"""
    found, logged = told(tmp_path, code)
    assert found["values"] == {"t ": [1.0], "lab/a x": [65.0], "t /a": [1.0]}
    assert found["undecodable"] == {"not valid JSON": 2}
    assert logged.count("the format raises failed at a message on t") == 1
    for name in ("Taken", "nothing", "missing", "gone"):
        assert logged.count(f"{name} = ") == 1
    assert "missing = faulty:missing (AttributeError" in logged


class Making:
    """A format that returns what it is told to."""

    name = "making"

    def __init__(self, made: object, takes_s: float = 0.0) -> None:
        self.made, self.takes_s, self.asked = made, takes_s, 0

    def read(self, payload: Payload) -> Findings | None:
        self.asked += 1
        end = time.thread_time() + self.takes_s
        while time.thread_time() < end:
            pass
        return self.made  # type: ignore[return-value]


def payload(raw: bytes = b"x") -> Payload:
    """A message that is shown to a format."""
    return Payload("t", raw, raw.decode(), 1.7e9)


@pytest.mark.parametrize(
    "made",
    [
        5,
        {"t": 1},
        Findings("", [Reading("t", "hot")]),  # type: ignore[arg-type]
        Findings("", [Reading(5, 1.0)]),  # type: ignore[arg-type]
        Findings("", [Reading("t" * 100_000, 1.0)]),
        Findings("", [5]),  # type: ignore[list-item]
    ],
)
def test_what_is_no_finding_is_none(made: object, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    given = ForeignFormat(Making(made))
    assert [given.read(payload()) for _ in range(3)] == [None, None, None]
    assert len(caplog.records) <= 1, "told once, at most: the log is sparing by itself"


def test_what_a_format_finds_is_bounded() -> None:
    endless = Findings("other", [Reading(str(number), 1.0) for number in range(10 * MOST_NUMBERS)])
    endless.skipped, endless.remarks = "s" * 10_000, ["r" * 10_000] * 1_000
    found = ForeignFormat(Making(endless)).read(payload())
    assert found is not None
    assert found.format == "making"
    assert len(found.readings) == MOST_NUMBERS + 1, "which is too many, as the decoder says"
    assert len(found.skipped) == 100
    assert sum(map(len, found.remarks)) <= 500


def test_a_slow_format_is_asked_no_more() -> None:
    slow = Making(None, takes_s=0.06)
    given = ForeignFormat(slow)
    for _ in range(10):
        given.read(payload())
    assert slow.asked == 3


def test_a_message_on_which_others_took_all_the_time_is_no_fault_of_a_format() -> None:
    quick, slow = (
        Making(Findings("x", [Reading("a", 1.0, "", None)]), takes_s=takes_s) for takes_s in (0.0, 0.06)
    )
    for given in map(ForeignFormat, (quick, slow)):
        for _ in range(5):
            with contextlib.suppress(TookTooLongError), limit(0.0):
                given.read(payload())
    assert (quick.asked, slow.asked) == (5, 3)


def test_a_format_with_topics_is_asked_before_ours_whatever_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    class Picky:
        name = "picky"
        topics = ("s/*",)

        def read(self, payload: Payload) -> Findings | None:
            return Findings("picky", [Reading("/ok", 9.0, "", None)]) if b'"ok":2' in payload.raw else None

    theirs = ForeignFormat(Picky())
    monkeypatch.setattr(registry, "others", lambda: registry.Others((theirs,), ()))
    monkeypatch.setattr(auto, "others", registry.others)
    monkeypatch.setattr(reader, "others", registry.others)
    decoder = mw.AutoDecoder()
    for time_s in range(8):
        decoder.decode("s/a", b'{"t":%d,"ok":1}' % time_s)
    (found,) = decoder.decode("s/a", b'{"t":30,"ok":2}')
    assert found.value == 9.0


def _made(given: Payload) -> Findings:
    return Findings("new", [Reading(type(given.document).__name__, 5.0)])


@pytest.mark.parametrize(
    ("table", "new", "payload", "expected"),
    [
        ("BY_TOPIC", OwnFormat("new", _made, is_for="new/a".__eq__), b"21.5", ["NoneType"]),
        ("BINARY", OwnFormat("new", parse=lambda payload: {"t": payload[1]}), b"\xc1\x07", ["/t"]),
        (
            "BY_FIRST_BYTE",
            OwnFormat("new", first_bytes=b"<", parse=lambda payload: {"t": len(payload)}),
            b"<t>",
            ["/t"],
        ),
        ("DOCUMENTS", OwnFormat("new", _made), b'{"t": 1}', ["dict"]),
        ("TEXTS", OwnFormat("new", _made), b"21.5", ["NoneType"]),
    ],
)
def test_a_line_in_the_registry_is_all_that_the_reader_needs(
    table: str, new: OwnFormat, payload: bytes, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = mw.decode("new/a", payload)
    monkeypatch.setattr(reader, table, (new, *getattr(registry, table)))
    assert [sample.field for sample in mw.decode("new/a", payload)] == expected
    assert [sample.field for sample in before] != expected


def test_every_format_of_ours_is_in_the_registry_once() -> None:
    assert list(OURS) == list(dict.fromkeys(OURS))
    assert {each.name for each in (*TEXTS, *DOCUMENTS, *PARSED)} <= OURS.keys()
    folder = Path(sys.modules["mqttwidgets.decoding.formats"].__file__ or "").parent
    sources = [re.sub(r"\s+", "", path.read_text()) for path in folder.glob("*.py")]
    declared = {name for name in OURS if any(f'OwnFormat("{name.replace(" ", "")}"' in text for text in sources)}
    assert declared | {"number", "keys and values"} >= OURS.keys()
