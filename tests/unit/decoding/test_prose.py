"""Texts for people: the numbers in logs, errors and sentences are no measurements."""

from __future__ import annotations

import pytest

from mqttwidgets import AutoDecoder, decode
from mqttwidgets.decoding.decoder import Decoded

FOR_PEOPLE = "a message for people, no measurement"
LOGS = (
    "w/main/error",
    "node/log",
    "node/debug",
    "syslog",
    "esp/console",
    "pv/fehler",
    "x/lastError",
    "a/errMsg",
    "a/log/info",
)
SENTENCES = (
    "Rate too high - Read: 1356.8436 - Pre: 1355.9060",
    "1355.9060\tRate too high - Read: 1356.8436 - Pre: 1355.9060",
    "Fehler: Temperatur zu hoch: 85 °C",
    "La valeur est trop grande: 85",
    "Sensor failed after 3 tries, last value: 21.5",
    "Please check the pump: 5",
)
DATA = {
    "connected=1 rssi=-60 temp=21": {"connected": 1, "rssi": -60, "temp": 21},
    "Wind speed: 3.2 m/s, Rain: 5 mm": {"Wind speed": 3.2, "Rain": 5},
    "Time of flight: 35 ms": {"Time of flight": 35},
    "Distance to the wall: 23 cm": {"Distance to the wall": 23},
    "failed: 3": {"failed": 3},
    "Free heap: 23456": {"Free heap": 23456},
    "Sensor 1 = 21.5C; Sensor 2 = 22.1C": {"Sensor 1": 21.5, "Sensor 2": 22.1},
}


@pytest.mark.parametrize("topic", LOGS)
@pytest.mark.parametrize("payload", ["Free heap: 23456", "retry=3 max=5", "Connected in 35 ms", "a;1;2", '"a: 5"'])
def test_the_texts_of_a_log_give_nothing(topic: str, payload: str) -> None:
    decoded = AutoDecoder().decode(topic, payload.encode())
    assert isinstance(decoded, Decoded)
    assert (list(decoded), decoded.skipped, decoded.undecodable) == ([], FOR_PEOPLE, "")


@pytest.mark.parametrize("topic", LOGS)
def test_a_lone_number_under_such_a_name_is_one(topic: str) -> None:
    """The error of a controller, the count of errors."""
    assert [sample.value for sample in decode(topic, b"0.53")] == [0.53]
    assert [sample.value for sample in decode(topic, b'{"t": 0.53}')] == [0.53]


@pytest.mark.parametrize("payload", SENTENCES)
def test_a_sentence_gives_nothing(payload: str) -> None:
    decoded = AutoDecoder().decode("x", payload.encode())
    assert isinstance(decoded, Decoded)
    assert (list(decoded), decoded.skipped) == ([], FOR_PEOPLE)


@pytest.mark.parametrize("payload", DATA)
def test_keys_and_values_are_no_sentence(payload: str) -> None:
    assert {sample.field: sample.value for sample in decode("x", payload.encode())} == DATA[payload]


@pytest.mark.parametrize(
    "payload",
    [
        "[1556121218] <err> temp=5",
        "E (1234) wifi: code=5",
        "12:00:01 INFO temp=5",
        "2026-11-30 10:00:00 WARN temp=5",
        "<34>1 temp=5",
        'level=info msg="x" dur=35',
        "D/Tag: temp=5",
        "\x1b[0;36m[D][sensor:093]: temp: 5",
    ],
)
def test_a_line_of_a_log_gives_nothing_on_any_topic(payload: str) -> None:
    assert decode("x", payload.encode()) == []


def test_a_message_holds_data_where_its_keys_name_quantities() -> None:
    assert [sample.field for sample in decode("x", b'{"msg": "temp=21.5 hum=45"}')] == ["/msg/temp", "/msg/hum"]
    assert [sample.field for sample in decode("x/msg", b"temp=21.5 hum=45")] == ["temp", "hum"]
    for text, keys in (
        ("Temperatur: 21.5, Feuchte: 48", ["Temperatur", "Feuchte"]),
        ("Vorlauf: 45.5 °C; Ruecklauf: 38 °C", ["Vorlauf", "Ruecklauf"]),
        ("T=21.5 H=48", ["T", "H"]),
        ("retry in: 5 s", []),
        ("line: 12, col: 7", []),
    ):
        assert [sample.field for sample in decode("x/msg", text.encode())] == keys
    assert decode("x", b'{"msg": "retry=3 max=5"}') == []
    assert decode("x/message", b"retry=3 max=5") == []
    assert decode("x", b'{"msg": "Rate too high - Read: 1356.8"}') == []
