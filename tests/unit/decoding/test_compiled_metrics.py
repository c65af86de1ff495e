"""Sparkplug data of a known shape: what the fast reader gives is what the certificates and the parser give."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import AutoDecoder, Sample

from ...support.sparkplug import ALIAS, BOOLEAN, DOUBLE, INT, LONG, METRIC_TIME, NAME, NULL, STRING, TYPE
from ...support.sparkplug import metric as metric_of
from ...support.sparkplug import payload as payload_of

NOW = 1_795_000_000.0
BIRTH, DATA = "spBv1.0/plant/NBIRTH/press", "spBv1.0/plant/NDATA/press"
MS = 1_794_999_000_000

CERTIFICATE = payload_of(
    metric_of((NAME, "level"), (ALIAS, 1), (TYPE, 3), (INT, 1)),
    metric_of((NAME, "count"), (ALIAS, 2), (TYPE, 8), (LONG, 1)),
    metric_of((NAME, "temp"), (ALIAS, 300), (TYPE, 10), (DOUBLE, 1.5)),
    metric_of((NAME, "on"), (ALIAS, 4), (TYPE, 11), (BOOLEAN, 1)),
    sent_ms=MS,
)


def data(level: int, count: int, temp: float, on: bool, *, sent_ms: int = MS, at_ms: int | None = None) -> bytes:
    """Four metrics by alias; one of them with a timestamp of its own."""
    own = [] if at_ms is None else [(METRIC_TIME, at_ms)]
    return payload_of(
        metric_of((ALIAS, 1), (INT, level % 2**32)),
        metric_of((ALIAS, 2), (LONG, count)),
        metric_of((ALIAS, 300), *own, (DOUBLE, temp)),
        metric_of((ALIAS, 4), (BOOLEAN, int(on))),
        sent_ms=sent_ms,
    )


def told(decoder: AutoDecoder, payload: bytes, topic: str = DATA) -> list[Sample]:
    return decoder.decode(topic, payload, received_at=NOW)


def accustomed(payload: bytes) -> AutoDecoder:
    """A decoder that knows the certificate and the shape."""
    decoder = AutoDecoder()
    told(decoder, CERTIFICATE, BIRTH)
    for _ in range(9):
        told(decoder, payload)
    return decoder


@given(
    st.integers(-(2**31), 2**31 - 1),
    st.integers(0, 2**64 - 1),
    st.floats(),
    st.booleans(),
    st.sampled_from([MS, MS + 1, 1, 0, 2**60]),
    st.sampled_from([MS, MS - 7, 5, 2**50]),
)
def test_it_gives_what_the_parser_gives(
    level: int, count: int, temp: float, on: bool, sent_ms: int, at_ms: int
) -> None:
    known = accustomed(data(7, 5, 21.5, on=True, at_ms=MS))
    judging = AutoDecoder()
    told(judging, CERTIFICATE, BIRTH)
    payload = data(level, count, temp, on, sent_ms=sent_ms, at_ms=at_ms)
    found, expected = told(known, payload), told(judging, payload)
    assert found == expected
    assert set(getattr(found, "states", ())) == set(getattr(expected, "states", ()))


def test_it_reads_without_the_parser() -> None:
    decoder = accustomed(data(7, 5, 21.5, on=True))
    judged = decoder._memory.of(DATA).judged  # noqa: SLF001 - what is fast cannot be seen from outside
    found = told(decoder, data(-8, 2**40, -3.25, on=False))
    assert [(each.field, each.value) for each in found] == [
        ("level", -8),
        ("count", 2**40),
        ("temp", -3.25),
        ("on", 0),
    ]
    assert decoder._memory.of(DATA).judged == judged  # noqa: SLF001


def test_another_certificate_gives_other_names() -> None:
    payload = payload_of(metric_of((ALIAS, 1), (INT, 5)), sent_ms=MS)
    decoder = accustomed(payload)
    told(decoder, payload_of(metric_of((NAME, "other"), (ALIAS, 1), (TYPE, 3), (INT, 1)), sent_ms=MS), BIRTH)
    assert [sample.field for sample in told(decoder, payload)] == ["other"]


@pytest.mark.parametrize(
    "payload",
    [
        payload_of(metric_of((ALIAS, 1), (INT, 5)), metric_of((ALIAS, 2), (LONG, 5)), sent_ms=MS),
        payload_of(metric_of((ALIAS, 1), (NULL, 1)), sent_ms=MS),
        payload_of(metric_of((ALIAS, 9), (INT, 5)), sent_ms=MS),
        payload_of(metric_of((ALIAS, 1), (STRING, "text")), sent_ms=MS),
        payload_of(metric_of((ALIAS, 1), (INT, 5)), sent_ms=None),
        payload_of(metric_of((ALIAS, 1), (INT, 5)), sent_ms=MS)[:-1],
        payload_of(metric_of((ALIAS, 1), (INT, 5)), sent_ms=MS).replace(b"\x12\x04", b"\x12\x05"),
        b"",
    ],
)
def test_whatever_differs_is_parsed(payload: bytes) -> None:
    decoder, fresh = accustomed(payload_of(metric_of((ALIAS, 1), (INT, 5)), sent_ms=MS)), AutoDecoder()
    told(fresh, CERTIFICATE, BIRTH)
    found, expected = told(decoder, payload), told(fresh, payload)
    assert found == expected
    assert getattr(found, "gaps", ()) == getattr(expected, "gaps", ())


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_of_four_bytes(value: float) -> None:
    def message(number: float) -> bytes:
        return payload_of(metric_of((NAME, "f"), (TYPE, 9)) + b"\x65" + struct.pack("<f", number), sent_ms=MS)

    assert [sample.value for sample in told(accustomed(message(1.5)), message(value))] == [value]
