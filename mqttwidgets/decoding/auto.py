"""`decoder="auto"`: finds out what a payload is."""

from __future__ import annotations

import itertools
import math
import time

from ..message import Sample
from . import json_numbers
from .decoder import Decoded
from .key_value import has_key, pairs_in
from .number import number_in

_WHITESPACE = b" \t\r\n"
"""As in RFC 8259, section 2."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_NO_VALUE = frozenset({"nan", "-nan", "+nan", "null", "none", "inf", "-inf", "+inf", "infinity", "-infinity"})


class AutoDecoder:
    """Understands a bare number, JSON, and text such as `Temperature: 21.5`, and never raises.

    Example:
        >>> AutoDecoder().decode("lab/oven", b"Temperature: 183.5", received_at=0.0)
        [Sample(topic='lab/oven', field='Temperature', time=0.0, value=183.5, unit='')]
    """

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> Decoded:
        """The samples in one payload; for none, the returned `Decoded` says why.

        Args:
            topic: the topic name.
            payload: the application message.
            received_at: epoch seconds of arrival, which become the samples' time; None for now.
        """
        arrival = time.time() if received_at is None else received_at
        stripped = payload.removeprefix(_BYTE_ORDER_MARK).strip(_WHITESPACE)
        if not stripped:
            return Decoded.skip("empty")
        number = number_in(stripped)
        if number is not None:
            if math.isinf(number):
                return Decoded.fail("beyond the range of a number")
            return Decoded([Sample(topic, "", arrival, number)])
        if stripped[:1] in b'{["':
            return _from_json(topic, stripped, arrival)
        return _from_text(topic, stripped, arrival)


def decode(topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
    """What `decoder="auto"` makes of one message on its own.

    Args:
        topic: the topic name.
        payload: the application message.
        received_at: epoch seconds of arrival, which become the samples' time; None for now.

    Returns:
        One Sample for each number found, none for a payload without numbers.

    Example:
        >>> [(sample.field, sample.value) for sample in decode("lab", b'{"co2": 410, "room": {"t": 21.5}}')]
        [('/co2', 410.0), ('/room/t', 21.5)]
    """
    return AutoDecoder().decode(topic, payload, received_at=received_at)


def _from_json(topic: str, payload: bytes, arrival: float) -> Decoded:
    try:
        found = json_numbers.numbers_in(json_numbers.parse(payload))
    except json_numbers.NotJsonError as error:
        return Decoded.fail(str(error))
    samples = Decoded(
        Sample(topic, pointer, arrival, value)
        for pointer, value in itertools.islice(found, json_numbers.MOST_NUMBERS + 1)
    )
    if len(samples) > json_numbers.MOST_NUMBERS:
        return Decoded.fail(f"more than {json_numbers.MOST_NUMBERS:,} numbers")
    return samples or Decoded.skip("JSON without a number")


def _from_text(topic: str, payload: bytes, arrival: float) -> Decoded:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return Decoded.fail("neither text nor a known format")
    if text.lower() in _NO_VALUE:
        return Decoded.skip("no value (nan, null)")
    samples = Decoded(Sample(topic, key, arrival, value, unit) for key, value, unit in pairs_in(text))
    if samples:
        return samples
    if has_key(text):
        return Decoded.fail("no number after the colon")
    if any(char.isdigit() for char in text):
        return Decoded.skip("text of no known format, for which decoder= is there")
    return Decoded.skip("text without a number")
