"""What is said about a payload: printed, shown in a notebook, and as a line of Python."""

from __future__ import annotations

import pytest

import mqttwidgets
from mqttwidgets import AutoDecoder, SensorStream, explain

from ...support.feeding import message

STATION = '{"Time":"2026-01-02T03:04:05Z","BME":{"Id":"7A","Temperature":21.7},"Wifi":{"RSSI":-60},"TempUnit":"C"}'


def test_it_says_what_was_found_and_what_was_not() -> None:
    lines = repr(explain("tele/x/SENSOR", STATION)).split("\n")
    assert lines == [
        "tele/x/SENSOR: JSON, 2 fields",
        "  /BME/Temperature  21.7  °C",
        "  /Wifi/RSSI        -60",
        "time: 2026-01-02 03:04:05.000000 UTC, from /Time",
        "left out:",
        "  /Time      2026-01-02T03:04:05Z  a time",
        "  /BME/Id    7A                    an id",
        "  /TempUnit  C                     a unit",
        "to keep it so: LiveSensorPlot('tele/x/SENSOR', fields=['/BME/Temperature', '/Wifi/RSSI'], "
        "decoder=AutoDecoder(format='JSON', time='/Time'))",
    ]


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("", "empty"),
        ("warm", "text without a number"),
        ("{", "not valid JSON"),
        (b"\xff\xfe", "binary of no known format (decoder=Struct(...) can read it)"),
    ],
)
def test_it_says_why_there_is_nothing(payload: str | bytes, why: str) -> None:
    explained = explain("t", payload)
    assert explained.why_nothing == why
    assert f"nothing to plot: {why}" in repr(explained)
    assert why in explained._repr_html_()
    assert explained.code == ""


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("tele/x/SENSOR", STATION),
        ("t", "21.5"),
        ("t", "Temperature: 21.5 °C"),
        ("t", "1767323045,21.5,48"),
        ("t", '{"a[0]*": 1, "id": 5}'),
        ("t", '[{"n": "x", "v": 1}]'),
        ("t", "m,h=x f=1 1767323045000000000"),
    ],
)
def test_the_line_of_python_gives_the_same(topic: str, payload: str) -> None:
    explained = explain(topic, payload)
    names = {"LiveSensorPlot": lambda topic, **options: SensorStream(topic, **options), "AutoDecoder": AutoDecoder}
    stream = eval(explained.code, names)  # noqa: S307 - our own text
    stream.deliver(message(topic, payload.encode()))
    found = {field: (series.value[0], series.unit) for (_, field), series in stream.series.items()}
    assert found == {sample.field: (sample.value, sample.unit) for sample in explained.samples}


def test_states_are_words() -> None:
    assert "/relay  off" in repr(explain("t", '{"relay": "OFF", "t": 0}'))
    assert "(the payload)  on" in repr(explain("t", "ON"))


def test_foreign_text_stays_text() -> None:
    explained = explain("<b>\u202e", '{"<script>": 1, "<img>": "<x onerror=1>"}')
    html = explained._repr_html_()
    assert "&lt;script&gt;" in html
    assert not {"<script", "<img", "<x", "<b>\u202e"} & set(html.split(">"))
    assert "<script" not in html
    assert "\u202e" not in repr(explained)


def test_a_plot_explains_the_topics_it_shows() -> None:
    stream = SensorStream("lab/#")
    assert repr(stream.explain()).startswith("No message with a number in it has come yet.")
    assert "No message" in stream.explain()._repr_html_()
    for topic, payload in (("lab/a", b"21.5"), ("lab/b", b'{"t": 1}'), ("lab/c", b"warm")):
        stream.deliver(message(topic, payload))
    assert [each.topic for each in stream.explain()] == ["lab/a", "lab/b", "lab/c"]
    assert repr(stream.explain()).count("to keep it so") == 2
    assert "nothing to plot: text without a number" in repr(stream.explain())
    stream.topic = "lab/b"
    assert [each.topic for each in stream.explain()] == ["lab/b"]


def test_a_decoder_of_ones_own_has_no_explanation() -> None:
    stream = SensorStream("#", decoder=lambda topic, payload: 1)
    stream.deliver(message("t", b"x"))
    assert stream.explain() == ()
    assert "of your own" in repr(stream.explain())


def test_long_payloads_are_shortened() -> None:
    explained = mqttwidgets.explain("t", "[" + ",".join(map(str, range(500))) + "]")
    assert "450 more" in repr(explained)
    assert len(explained.samples) == 500
