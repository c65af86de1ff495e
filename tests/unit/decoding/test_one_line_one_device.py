"""Devices that share a topic have lines of their own: no line jumps between them, however they tell who they are.

Each device measures in a band of its own, so that a line tells by its values whose it is.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import AutoDecoder, Message, SensorStream

NOW = 1_796_032_800.0

TEXTS = {
    "name": ["kitchen", "cellar", "attic", "garage"],
    "tag": ["TT-101", "TT-102", "TT-103", "TT-104"],
    "tagName": ["Line1.Oven", "Line1.Press", "Line2.Oven", "Line2.Press"],
    "sensor": ["bme280-1", "bme280-2", "sht31", "ds18b20"],
    "room": ["kitchen", "cellar", "Büro", "living room"],
    "node": ["node-a", "node-b", "node-c", "node-d"],
    "station": ["Berlin", "Hamburg", "München", "Köln"],
    "meter": ["main", "garage", "heat pump", "car"],
    "path": ["/plant/a", "/plant/b", "/plant/b/c", "/office"],
    "entity_id": ["sensor.kitchen", "sensor.cellar", "sensor.attic", "sensor.garage"],
    "address": ["28-00000a1b2c3d", "28-00000a1b2c3e", "28-00000a1b2c3f", "28-00000a1b2c40"],
    "id": ["a4c138f1", "a4c138f2", "a4c138ff", "b0b21c00"],
}
NUMBERS = {
    "id": [4034, 4171, 4007, 4299],
    "node": [4034, 4171, 4007, 4299],
    "address": [4034, 4171, 4007, 4299],
    "station": [4034, 4171, 4007, 4299],
}
"""Keys that may hold a number; outside of all bands."""

TOLD_BY: list[tuple[str, Sequence[Any]]] = [
    *TEXTS.items(),
    *NUMBERS.items(),
    *((f"tags.{key}", TEXTS["name"]) for key in ("host", "room", "cpu")),
    *(("device.id", TEXTS["id"]), ("device.id", NUMBERS["id"]), ("device.name", TEXTS["name"])),
]
"""(the key, with a dot where it stands in an object of its own, the value for each device)."""

LISTS_IN_A_LIST = "lists in a list"
"""Of two gateways, behind which sensors have the same names."""

PLACES = (
    "root",
    "nested",
    "list",
    "list under a key",
    "list in a nested object",
    "list of one in a list",
    LISTS_IN_A_LIST,
)
BANDS = {"temperature": 10.0, "t": 10.0, "value": 10.0, "v": 10.0, "pressure": 900.0}
MEASURED = (("temperature",), ("value",), ("t",), ("v",), ("temperature", "pressure"), ("value", "pressure"))


class Layout(NamedTuple):
    """How the messages of a topic look.

    Attributes:
        key: what tells the device, with a dot where it stands in an object of its own.
        names: its value for each device.
        place: where the record of a device stands.
        measured: the keys of the numbers.
        is_told_last: whether the numbers stand before the key.
        time_in: "" for none, "record" or "message".
    """

    key: str
    names: Sequence[Any]
    place: str
    measured: Sequence[str]
    is_told_last: bool = False
    time_in: str = ""

    def record(self, device: int, step: int) -> dict[str, Any]:
        """What a device says at a step."""
        outer, _, inner = self.key.rpartition(".")
        told = {inner: self.names[device % 2 if self.place == LISTS_IN_A_LIST else device]}
        if outer:
            told = {outer: told}
        numbers = {key: round(BANDS[key] + 20 * device + step % 97 / 10, 1) for key in self.measured}
        timed = {"ts": int((NOW + step) * 1000)} if self.time_in == "record" else {}
        return {**numbers, **told, **timed} if self.is_told_last else {**timed, **told, **numbers}

    def message(self, devices: Sequence[int], step: int) -> bytes:
        """What some devices say at a step; only one does where there is no list."""
        records = [self.record(device, step) for device in devices]
        document: Any = {
            "root": records[0],
            "nested": {"data": records[0]},
            "list": records,
            "list under a key": {"sensors": records},
            "list in a nested object": {"site": {"label": "north", "sensors": records}},
            "list of one in a list": {"gateways": [{"sensors": records}]},
            LISTS_IN_A_LIST: {
                "gateways": [
                    {"id": f"g{gateway}", "sensors": [self.record(device, step) for device in behind]}
                    for gateway in dict.fromkeys(device // 2 for device in devices)
                    if (behind := [device for device in devices if device // 2 == gateway])
                ]
            },
        }[self.place]
        if self.time_in == "message" and isinstance(document, dict):
            document = {"ts": int((NOW + step) * 1000), **document}
        return json.dumps(document).encode()

    @property
    def has_list(self) -> bool:
        return "list" in self.place


Said = tuple[str, tuple[int, ...]]
"""(topic, the devices that a message on it is of)."""

Owner = tuple[str, tuple[str, int | None]]
"""(topic, (quantity, device))."""


def whose(field: str, value: float) -> tuple[str, int | None]:
    """(quantity, device) that a value is of."""
    quantity, base = ("pressure", BANDS["pressure"]) if value >= BANDS["pressure"] else ("other", BANDS["t"])
    device, rest = divmod(value - base, 20)
    return quantity, int(device) if 0 <= device < 4 and rest < 9.75 else None


def judge(found: Iterable[tuple[str, str, float]], layouts: Mapping[str, Layout], said: Sequence[Said]) -> str:
    """What is wrong with the lines; "" for nothing."""
    lines = defaultdict(list)
    for topic, field, value in found:
        lines[topic, field].append(whose(field, value))
    of_device: dict[Owner, list[int]] = defaultdict(list)
    for key, owners in lines.items():
        if len(set(owners)) > 1:
            return f"the line {key} jumps between {sorted(set(owners), key=str)}"
        if owners[0][1] is None:
            return f"the line {key} is no measurement"
        of_device[key[0], owners[0]].append(len(owners))
    for owner, counts in of_device.items():
        if len(counts) > 1:
            return f"{owner} has {len(counts)} lines"
    lacking = {owner: count for owner, count in sent(layouts, said).items() if of_device.get(owner) != [count]}
    return f"samples are lacking of {lacking}: {dict(of_device)}" if lacking else ""


def sent(layouts: Mapping[str, Layout], said: Sequence[Said]) -> Mapping[Owner, int]:
    """How many samples there are of each quantity of each device."""
    return Counter(
        (topic, ("pressure" if key == "pressure" else "other", device))
        for topic, devices in said
        for device in devices
        for key in layouts[topic].measured
    )


def messages(layouts: Mapping[str, Layout], said: Sequence[Said]) -> list[Message]:
    return [
        Message(topic, layouts[topic].message(devices, step), 0, False, NOW + step + 0.1)
        for step, (topic, devices) in enumerate(said)
    ]


def fault_in(layouts: Mapping[str, Layout], said: Sequence[Said]) -> str:
    """What is wrong when a decoder, or a stream with its rows, reads the messages."""
    decoder, arriving = AutoDecoder(), messages(layouts, said)
    samples = [s for m in arriving for s in decoder.decode(m.topic, m.payload, received_at=m.received_at)]
    fault = judge([(s.topic, s.field, s.value) for s in samples], layouts, said)
    if fault:
        return fault
    stream = SensorStream("#", max_series=100)
    stream.deliver(*arriving)
    kept = [(*key, float(value)) for key, series in stream.series.items() for value in series.value]
    return judge(kept, layouts, said)


@st.composite
def layouts_and_said(draw: st.DrawFn) -> tuple[dict[str, Layout], list[Said]]:
    """Messages of up to four devices on each of two topics, in any order, some seen late."""
    layouts = {}
    for topic in ("plant/a", "plant/b")[: draw(st.integers(1, 2))]:
        key, names = draw(st.sampled_from(TOLD_BY))
        layouts[topic] = Layout(
            key,
            names,
            draw(st.sampled_from(PLACES)),
            draw(st.sampled_from(MEASURED)),
            draw(st.booleans()),
            draw(st.sampled_from(["", "record", "message"])),
        )
    said: list[Said] = []
    late_from = draw(st.integers(0, 12))
    for step in range(draw(st.integers(4, 40))):
        topic = draw(st.sampled_from(sorted(layouts)))
        here = list(range(4)) if step >= late_from else [0, 1] if draw(st.booleans()) else [0]
        order = draw(st.permutations(here))
        count = draw(st.integers(1, len(here))) if layouts[topic].has_list else 1
        said.append((topic, tuple(order[:count])))
    return layouts, said


@given(layouts_and_said())
def test_no_line_jumps_between_devices(case: tuple[dict[str, Layout], list[Said]]) -> None:
    layouts, said = case
    fault = fault_in(layouts, said)
    assert not fault, f"{fault}\n" + "\n".join(f"{m.topic} {m.payload.decode()}" for m in messages(layouts, said))
