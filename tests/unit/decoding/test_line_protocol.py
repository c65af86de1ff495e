"""InfluxDB line protocol: escapes, types, times, and the names that tell series apart."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets.decoding.formats.line_protocol import Reference, read


def numbers(text: str, memory: dict[str, Reference] | None = None) -> dict[str, float]:
    """Field → value of one payload."""
    found = read(text, {} if memory is None else memory)
    assert found is not None
    return {reading.field: reading.value for reading in found.readings}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oven temp=183.5", {"temp": 183.5}),
        ("oven temp=1,hum=2i,n=3u,x=-4.5e-1", {"temp": 1.0, "hum": 2.0, "n": 3.0, "x": -0.45}),
        ("oven,room=kitchen temp=1 1767323045000000000", {"temp": 1.0}),
        ("o\\ ven,ro\\,om=kit\\=chen te\\=mp=1", {"te=mp": 1.0}),
        ("oven,path=C:\\temp temp\\x=1", {"temp\\x": 1.0}),
        ("oven a=.5,b=5.,c=1E3", {"a": 0.5, "b": 5.0, "c": 1000.0}),
        ("  oven   temp=1   1767323045000000000  ", {"temp": 1.0}),
        ("# a comment\n\noven temp=1\r\n", {"temp": 1.0}),
        ("oven temp=-9223372036854775808i", {"temp": -(2.0**63)}),
        ("oven temp=18446744073709551615u", {"temp": 2.0**64}),
        ("温度 温=1", {"温": 1.0}),
    ],
)
def test_numbers(text: str, expected: dict[str, float]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize("word", ["t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE"])
def test_states(word: str) -> None:
    found = read(f"door open={word}", {})
    assert found is not None
    assert [(each.value, each.is_state) for each in found.readings] == [(float(word[0] in "tT"), True)]


@pytest.mark.parametrize(
    ("written", "text"),
    [('""', ""), ('" , = "', " , = "), (r'"a\"b\\c\d"', r'a"b\c\d'), ('"two\nlines"', "two\nlines")],
)
def test_texts_are_left_out(written: str, text: str) -> None:
    found = read(f"m s={written},f=1", {})
    assert found is not None
    assert [(each.field, each.reason, each.text) for each in found.left_out] == [("s", "a text", text)]
    assert [each.field for each in found.readings] == ["f"]


@pytest.mark.parametrize(
    ("digits", "seconds"),
    [
        ("1767323045", 1767323045.0),
        ("1767323045678", 1767323045.678),
        ("1767323045678901", 1767323045.678901),
        ("1767323045678901234", 1767323045.6789012),
        ("-5", -5.0),
    ],
)
def test_a_time_s_magnitude_tells_its_unit(digits: str, seconds: float) -> None:
    found = read(f"m f=1 {digits}", {})
    assert found is not None
    assert [each.time for each in found.readings] == [pytest.approx(seconds)]
    assert found.time_source == "time"


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n", "# comment", "oven", "21.5", "Temperature: 21.5", "temp=21.5 hum=48.2", "key =0", "key = 0"),
        *("a=1, b=2", "rssi:-55,adv,mac:AA", '{"a": 1}', "4711 seconds", "ON", "1448840558.555:1714962432"),
        *(
            "m, f=1",
            "m,t f=1",
            "m,t= f=1",
            "m,=a f=1",
            "m f=",
            "m =1",
            "m f=1,",
            "m f=1 1.5",
            "m f=1 2 3",
            "m f=1 x",
        ),
        *(
            "m f=NaN",
            "m f=inf",
            "m f=tru",
            "m f=0x1",
            "m f=1_0",
            "m f=+1",
            "m f=1i2",
            "m f=-1u",
            'm f="a',
            'm f="a"b',
        ),
        *("m\\ f=1", "m f\\=1", "m,t=a\\ f=1", "m f=١"),
    ],
)
def test_other_text_is_left_to_others(text: str) -> None:
    assert read(text, {}) is None


@pytest.mark.parametrize(
    "text",
    ["m f=1e400", "m f=9223372036854775808i", "m f=18446744073709551616u", "m f=1 9223372036854775808"],
)
def test_a_number_out_of_range_breaks_its_line(text: str) -> None:
    found = read(text, {})
    assert found is not None
    assert (found.readings, found.undecodable) == ([], "beyond the range of a number")
    beside = read(f"m g=1\n{text}", {})
    assert beside is not None
    assert ([each.field for each in beside.readings], beside.remarks) == (["g"], ["beyond the range of a number"])


def test_good_lines_are_kept() -> None:
    found = read("m a=1\nwhat is this\nm b=2\nnor this", {})
    assert found is not None
    assert ([each.field for each in found.readings], found.remarks) == (
        ["a", "b"],
        ["a line that is not line protocol"],
    )


def test_points_of_one_message_are_told_apart() -> None:
    text = "cpu,cpu=0,host=a load=1,temp=40\ncpu,cpu=1,host=a load=2\ndisk,host=a used=3\nmem,host=a used=4"
    assert numbers(text) == {"load,cpu=0": 1.0, "load,cpu=1": 2.0, "temp": 40.0, "disk.used": 3.0, "mem.used": 4.0}
    assert numbers("m,a=1 f=1\nm f=2") == {"f,a=1": 1.0, "f,a=": 2.0}
    assert numbers("m,a=x\\ y f\\,g=1\nm,a=z f\\,g=2") == {"f\\,g,a=x\\ y": 1.0, "f\\,g,a=z": 2.0}


def test_points_of_a_series_share_its_name() -> None:
    found = read("m,a=1 f=1 1767323045\nm,a=1 f=2 1767323046", {})
    assert found is not None
    assert [(each.field, each.value) for each in found.readings] == [("f", 1.0), ("f", 2.0)]


def test_messages_in_turn_never_become_one_line() -> None:
    memory: dict[str, Reference] = {}
    assert numbers("cpu,cpu=0,host=a load=1", memory) == {"load": 1.0}
    assert numbers("cpu,cpu=1,host=a load=2", memory) == {"load,cpu=1": 2.0}
    assert numbers("cpu,cpu=0,host=a load=3", memory) == {"load": 3.0}
    assert numbers("cpu,host=a,cpu=1 load=4", memory) == {"load,cpu=1": 4.0}
    assert numbers("gpu,cpu=0,host=b load=5", memory) == {"gpu.load,host=b": 5.0}
    assert numbers("cpu,cpu=1,host=a load=6\ncpu,cpu=0,host=a load=7", memory) == {"load,cpu=1": 6.0, "load": 7.0}


def test_who_was_told_apart_once_stays_so() -> None:
    memory: dict[str, Reference] = {}
    assert numbers("cpu,cpu=0 load=1\ncpu,cpu=1 load=2", memory) == {"load,cpu=0": 1.0, "load,cpu=1": 2.0}
    assert numbers("cpu,cpu=0 load=3", memory) == {"load,cpu=0": 3.0}
    assert numbers("cpu,cpu=2 load=4", memory) == {"load,cpu=2": 4.0}


def test_the_memory_is_bounded() -> None:
    memory: dict[str, Reference] = {}
    numbers("m,a=1 " + ",".join(f"f{at}=1" for at in range(1_500)), memory)
    assert len(memory) == 1_000
    assert numbers("m,a=2 f3=1,f1200=1", memory) == {"f3,a=2": 1.0, "f1200": 1.0}
    long: dict[str, Reference] = {}
    numbers(f"m,a={'x' * 5_000} f=1", long)
    assert long == {}


TAGS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["0", "1", "a=1", ","]), max_size=3)
POINTS = st.lists(st.tuples(st.sampled_from("mn"), TAGS), min_size=1, max_size=4)


@given(st.lists(POINTS, min_size=1, max_size=4))
def test_a_name_stands_for_one_series_always(messages: list[list[tuple[str, dict[str, str]]]]) -> None:
    memory: dict[str, Reference] = {}
    owners: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {}
    for points in messages:
        found = read("\n".join(f"{measurement}{written(tags)} f=1" for measurement, tags in points), memory)
        assert found is not None
        for (measurement, tags), reading in zip(points, found.readings, strict=True):
            combination = measurement, tuple(sorted(tags.items()))
            assert owners.setdefault(reading.field, combination) == combination
    assert len(set(owners.values())) == len(owners)


def written(tags: dict[str, str]) -> str:
    """Tags as line protocol has them."""
    escaped = {name: value.replace(",", "\\,").replace("=", "\\=") for name, value in tags.items()}
    return "".join(f",{name}={value}" for name, value in escaped.items())


@pytest.mark.parametrize(
    "filling", ["\\", "\\ ", "a", ",", "a=1,", ",a=b", '"', "m f=1\n", "x\n", "#", "\n", 'm f="\\\n']
)
def test_no_payload_takes_long(filling: str) -> None:
    """Most of a megabyte each of what makes careless patterns backtrack."""
    begun = time.process_time()
    for before in ("", "m ", "m,t=", "m f=", 'm f="'):
        read(before + filling * (800_000 // len(filling)), {})
    assert time.process_time() - begun < 4


def test_few_bytes_do_not_become_many() -> None:
    keys = ",".join(f"f{at}=1" for at in range(900))
    found = read(f"m,t={'x' * 90_000} {keys}\nm,t=y {keys}", {})
    assert found is not None
    assert found.undecodable == "names of more than 500,000 characters together"
    many = read("\n".join(f"m f{at}=1" for at in range(10_001)), {})
    assert many is not None
    assert many.undecodable == "more than 2,000 numbers"


@given(st.text(alphabet='mft=,\\ "\n#1-.eiu', max_size=40))
def test_no_text_makes_it_raise(text: str) -> None:
    found = read(text, {})
    if found is not None:
        assert all(math.isfinite(reading.value) and reading.field for reading in found.readings)
        assert bool(found.readings) + bool(found.skipped) + bool(found.undecodable) == 1
