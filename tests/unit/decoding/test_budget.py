"""What decoding remembers: counted in bytes held, and who gives way to whom."""

from __future__ import annotations

import functools
import gc
import itertools
import json
import re
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from mqttwidgets import AutoDecoder, SensorStream
from mqttwidgets.decoding.limits import ENTRY_BYTES, LIMIT_BYTES, Budget, Entry
from mqttwidgets.decoding.rules import names

from ...support.decoding_memory import KINDS, NOW, certificate
from ...support.feeding import message

LIMIT = 1_000_000


class Kept:
    """Things that are remembered within a budget."""

    def __init__(self, limit_bytes: int = LIMIT) -> None:
        self.budget = Budget(limit_bytes)
        self.entries: dict[str, Entry] = {}

    def forget(self, name: str) -> None:
        self.entries.pop(name, None)

    def add(self, name: str, sender: int, size_bytes: int = 1_000, *, useful: bool = False) -> None:
        self.entries[name] = self.budget.hold(
            functools.partial(self.forget, name), sender, size_bytes - ENTRY_BYTES
        )
        if useful:
            self.budget.prove(self.entries[name])
        assert self.budget.held_bytes == sum(entry.size_bytes for entry in self.entries.values()) <= LIMIT


def test_no_flood_evicts_what_came_before_it_and_has_been_of_use() -> None:
    for useful, senders in itertools.product((False, True), (itertools.repeat(1), itertools.count(1))):
        kept = Kept()
        kept.add("honest", 0, 100_000, useful=True)
        for number in range(5_000):
            kept.add(f"flood {number}", next(senders), useful=useful)
        assert "honest" in kept.entries
        assert kept.budget.held_bytes > 0.8 * LIMIT


def test_what_was_never_of_use_outlives_a_flood_that_came_later_too() -> None:
    kept = Kept()
    kept.add("honest", 0, 100_000)
    for number in range(5_000):
        kept.add(f"flood {number}", number + 1)
    assert "honest" in kept.entries


def test_a_newcomer_can_prove_itself_in_the_midst_of_a_flood() -> None:
    for useful in (False, True):
        kept = Kept()
        for number in range(5_000):
            kept.add(f"flood {number}", number, useful=useful)
        kept.add("honest", -1)
        for number in range(5_000, 5_100):
            kept.add(f"flood {number}", number, useful=useful)
        assert "honest" in kept.entries
        kept.budget.prove(kept.entries["honest"])
        for number in range(6_000, 16_000):
            kept.add(f"flood {number}", number)
        assert "honest" in kept.entries


def test_who_holds_most_gives_way_first() -> None:
    kept = Kept()
    for number in range(900):
        kept.add(f"greedy {number}", 1, useful=True)
    for number in range(1_000):
        kept.add(f"honest {number % 300}.{number}", 2 + number % 300)
    honest = sum(name.startswith("honest") for name in kept.entries)
    assert honest > 700


def test_what_grows_is_counted() -> None:
    kept = Kept()
    kept.add("a", 1)
    kept.budget.resize(kept.entries["a"], 300_000 - ENTRY_BYTES)
    assert kept.budget.held_bytes == 300_000
    kept.budget.release(kept.entries.pop("a"))
    assert kept.budget.held_bytes == 0
    kept.add("too large", 1, 999_999)
    kept.budget.resize(kept.entries["too large"], LIMIT)
    assert (kept.budget.held_bytes, kept.entries) == (0, {})


def numbered(payload: Callable[[int, int], bytes], topic: str = "t/{}") -> Iterator[tuple[str, bytes]]:
    """Three messages on each of many topics, so that a reader is there, if there can be one."""
    for number in itertools.count():
        for value in range(3):
            yield topic.format(number), payload(number, value)


COUNTED = {
    "number": numbered(lambda _number, value: b"%d.5" % value),
    "JSON of one": numbered(lambda _number, value: b'{"t":%d.5}' % value),
    "JSON of many": numbered(
        lambda number, value: json.dumps({f"{number}k{at}": value for at in range(90)}).encode()
    ),
    "JSON nested": numbered(
        lambda _number, value: json.dumps({f"k{at}": {"v": value} for at in range(30)}).encode()
    ),
    "JSON with texts": numbered(lambda number, value: b'{"t":%d.5,"a":"x%d","b":"%d"}' % (value, number, value)),
    "text": numbered(lambda _number, value: b"Temperature: %d.5 C, Humidity: %d %%" % (value, value + 40)),
    "long text": numbered(
        lambda number, value: b", ".join(b"%dk%d: %d.5" % (number, at, value) for at in range(38))
    ),
    "line protocol": numbered(lambda number, value: b"m,host=h%d,cpu=%d a=%d,b=2" % (number, value, value)),
    "long topic": numbered(lambda _number, value: b"%d.5" % value, "x" * 900 + "/{}"),
    **{name: KINDS[name]() for name in ("tables", "many_names", "births", "homie_units", "discovered_units")},
    "Sparkplug's data": itertools.chain.from_iterable(
        (
            (f"spBv1.0/g/NBIRTH/{number}", certificate(b"m%d" % at for at in range(20))),
            *[(f"spBv1.0/g/NDATA/{number}", certificate(b"m%d" % at for at in range(20)))] * 3,
        )
        for number in itertools.count()
    ),
}


def forget_what_python_keeps() -> None:
    """Expressions and the senses of keys, of which there is a fixed number, and garbage."""
    re.purge()
    for known in (names._sense_of, names._joined):  # noqa: SLF001 - which are shared by all decoders
        known.cache_clear()
    gc.collect()


@pytest.mark.parametrize("kind", COUNTED)
def test_the_count_is_what_is_held(kind: str) -> None:
    decoder = AutoDecoder()
    budget, messages = decoder._memory.budget, COUNTED[kind]  # noqa: SLF001 - what is counted cannot be seen
    for topic, payload in itertools.islice(messages, 12):
        decoder.decode(topic, payload, received_at=NOW)
    forget_what_python_keeps()
    before = budget.held_bytes
    tracemalloc.start()
    try:
        began, _ = tracemalloc.get_traced_memory()
        for topic, payload in itertools.islice(messages, 120):
            decoder.decode(topic, payload, received_at=NOW)
        forget_what_python_keeps()
        held = tracemalloc.get_traced_memory()[0] - began
    finally:
        tracemalloc.stop()
    assert budget.held_bytes < LIMIT_BYTES, "something gave way"
    print(kind, (budget.held_bytes - before) / held)
    assert 0.5 < (budget.held_bytes - before) / held < 2


@pytest.mark.parametrize(
    "kind", ["births", "births_of_many_groups", "homie_units", "discovered_units", "documents"]
)
def test_no_sender_evicts_what_the_data_of_another_needs(kind: str) -> None:
    decoder = AutoDecoder()
    budget = decoder._memory.budget  # noqa: SLF001 - a small one fills up sooner
    budget.limit_bytes = LIMIT
    node, late = "spBv1.0/plant/{}/press", "spBv1.0/plant/{}/late"
    birth = certificate(iter([b"pressure", b"flow"]))
    flow = bytes.fromhex("12071001650000b041")

    def told(topic: str, payload: bytes) -> list[tuple[str, float, str]]:
        found = decoder.decode(topic, payload, received_at=NOW)
        return [(sample.field, sample.value, sample.unit) for sample in found]

    told(node.format("NBIRTH"), birth)
    told("homie/oven/t/$unit", "°C".encode())
    told("influx/host", b"cpu,cpu=0 load=1")
    flood = KINDS[kind]()
    filled = 0
    for number in range(20_000):
        decoder.decode(*next(flood), received_at=NOW)
        filled += budget.held_bytes > 0.85 * LIMIT
        if number == 50:
            told(late.format("NBIRTH"), birth)
        if number == 60:
            assert told(late.format("NDATA"), flow) == [("flow", 22.0, "")]
        if filled >= 500:
            break
    assert filled >= 500, "the flood was too small"
    assert told(node.format("NDATA"), flow) == told(late.format("NDATA"), flow) == [("flow", 22.0, "")]
    assert told("homie/oven/t", b"21.5") == [("", 21.5, "°C")]
    assert told("influx/host", b"cpu,cpu=1 load=2") == [("load,cpu=1", 2.0, "")]


def test_names_that_nobody_can_read_are_refused() -> None:
    decoder = AutoDecoder()
    decoder.decode("t", b"m,a=1 f=1", received_at=NOW)
    refused = decoder.decode("t", b"m,a=%s f=1" % (b"x" * 3_000), received_at=NOW)
    assert refused == []
    assert refused.undecodable == "a name of more than 2,000 characters"  # type: ignore[attr-defined]
    table = b",".join(b"%d" % at + b"y" * 900 for at in range(100)) + b"\n" + b",".join([b"1"] * 100)
    assert len(decoder.decode("csv", table, received_at=NOW)) == 100
    values = decoder.decode("json", b"[" + b"{}," * 99_999 + b"[]]", received_at=NOW)
    assert values.undecodable == "JSON of more than 100,000 values"  # type: ignore[attr-defined]


def test_a_topic_too_long_for_a_name_is_left_to_a_decoder_of_ones_own() -> None:
    """MQTT allows 65,535 bytes (3.1.1, section 1.5.3)."""
    auto, own = SensorStream("#"), SensorStream("#", decoder=lambda _topic, payload: float(payload))
    for stream in (auto, own):
        stream.deliver(*(message("t" * length, b"21.5") for length in (1_000, 1_001, 65_535)))
    assert auto.ledger.undecodable == {"a topic of more than 1,000 characters (decoder= can read it)": 2}
    assert [len(topic) for topic, _ in auto.series] == [1_000]
    assert [len(topic) for topic, _ in own.series] == [1_000, 1_001, 65_535]


def test_python_keeps_no_expressions_that_nobody_needs() -> None:
    decoder = AutoDecoder()
    tracemalloc.start()
    try:
        for number in range(150):
            text = b", ".join(b"a rather long name of something, %d-%d: %%d.5" % (number, at) for at in range(38))
            for value in range(2):
                decoder.decode(f"t/{number}", text.replace(b"%d", b"%d" % value), received_at=NOW)
        decoder = AutoDecoder()
        gc.collect()
        held = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/re/*")])
    finally:
        tracemalloc.stop()
    assert sum(each.size for each in held.statistics("filename")) < 6_000_000
