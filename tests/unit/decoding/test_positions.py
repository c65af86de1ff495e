"""Positions within one text of a document are a latitude and a longitude."""

from __future__ import annotations

import pytest

from mqttwidgets import AutoDecoder, decode


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ('{"latlng":"55.661378,12.584098","t":5}', {"latlng lat": 55.661378, "latlng lon": 12.584098, "/t": 5}),
        ('{"gps":"55.5, -12.5, 12"}', {"gps lat": 55.5, "gps lon": -12.5, "gps alt": 12}),
        ('{"lonlat":"12.5;55.5"}', {"lonlat lat": 55.5, "lonlat lon": 12.5}),
        ('{"a":{"geo":"POINT(12.5 55.5)"}}', {"geo lat": 55.5, "geo lon": 12.5}),
        ('{"last_position":"geo:55.5,12.5"}', {"last_position lat": 55.5, "last_position lon": 12.5}),
        (
            '{"a":{"loc":"1.5,2.5"},"b":{"loc":"3.5,4.5"}}',
            {"loc lat": 1.5, "loc lon": 2.5, "/b/loc lat": 3.5, "/b/loc lon": 4.5},
        ),
        ('{"location":"Room 5.5","t":5}', {"/t": 5}),
        ('{"schedule":"21.5,17.5","t":5}', {"/t": 5}),
        ('{"position":"100.5,200.5","t":5}', {"/t": 5}),
    ],
)
def test_a_position_is_two_numbers(payload: str, expected: dict[str, float]) -> None:
    assert {sample.field: sample.value for sample in decode("x", payload.encode())} == expected


def test_it_is_read_fast_once_it_is_known() -> None:
    decoder = AutoDecoder()
    for number in range(10, 20):
        samples = decoder.decode("x", b'{"latlng":"55.%d,12.5","t":5}' % number)
        assert [sample.value for sample in samples] == [float(f"55.{number}"), 12.5, 5]
    assert decoder.reader_of("x") is not None
