"""What a decoder may have besides `decode`: a stream asks for it by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import mqttwidgets
from mqttwidgets import AutoDecoder, Sample, SensorStream
from mqttwidgets.decoding.explanation import Explanation

from ...support.feeding import message


class Hex:
    """Numbers in hexadecimal; knows the latest text of each topic."""

    def __init__(self, asked: Iterable[str] = ()) -> None:
        self.asked = tuple(asked)
        self.latest: dict[str, bytes] = {}

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
        value = int(payload, 16)
        self.latest[topic] = payload
        return [Sample(topic, "", received_at or 0.0, value)]

    def asking_for(self, fields: Iterable[str]) -> Hex:
        return Hex((*self.asked, *fields))

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(self.latest)

    def explain(self, topic: str) -> Explanation | None:
        return AutoDecoder().explain(topic, b"%d" % int(self.latest[topic], 16))


def test_a_decoder_of_ones_own_is_asked_what_it_can_explain() -> None:
    given = Hex()
    stream = SensorStream("a/#", decoder=given, fields=["*"])
    stream.deliver(message("a/x", b"ff"), message("a/y", b"no"))
    assert [one.samples[0].value for one in stream.explain()] == [255.0]
    assert given.latest == {}, "the stream's has a memory of its own"
    assert "raised ValueError" in next(iter(stream.ledger.undecodable)), "what it returns is checked all the same"


def test_one_that_can_explain_nothing_says_so() -> None:
    stream = SensorStream("a/#", decoder=lambda topic, payload: float(payload))
    assert "nothing to explain" in repr(stream.explain())


def test_a_subclass_of_ours_keeps_what_it_changed() -> None:
    class Halved(AutoDecoder):
        def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
            found = super().decode(topic, payload, received_at=received_at)
            return [Sample(one.topic, one.field, one.time, one.value / 2, one.unit) for one in found]

    stream = SensorStream("t", decoder=Halved(), fields=["*"])
    for value in (2, 4, 6, 8):  # of which ours would read the last by rows
        stream.deliver(message("t", b"%d" % value))
    assert stream.series["t", ""].value.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert stream.explain()[0].topic == "t"


def test_only_the_decoding_room_looks_at_the_kind_of_a_decoder() -> None:
    package = Path(mqttwidgets.__file__).parent
    asking = [
        path for path in package.rglob("*.py") if re.search(r"(isinstance|type)\(.*AutoDecoder", path.read_text())
    ]
    assert {path.parent.name for path in asking} <= {"decoding"}
