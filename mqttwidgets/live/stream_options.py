"""Checks the arguments of a SensorStream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from ..base.errors import InvalidValueError
from ..base.source import Source, checked_source
from ..base.text import printable
from ..decoding.auto import AutoDecoder
from ..decoding.decoder import Decoder, renewed
from ..decoding.user_decoders import CheckedDecoder, FunctionDecoder, UserFunction
from ..mqtt.broker import Broker

DecoderLike = Literal["auto"] | Decoder | UserFunction
"""How messages are read: "auto", a Decoder, or a function of (topic, payload)."""


def decoder_from(decoder: DecoderLike, fields: tuple[str, ...] | None) -> Decoder:
    """The decoder asked for; "auto" reads `fields` even if they are no measurements."""
    if isinstance(decoder, str):
        if decoder == "auto":
            return AutoDecoder(fields=fields or ())
    elif isinstance(decoder, Decoder) and not isinstance(decoder, type):
        own = renewed(decoder, fields or ())
        return own if getattr(own, "is_trusted", False) is True else CheckedDecoder(own)
    elif callable(decoder):
        return FunctionDecoder(decoder)
    raise InvalidValueError(
        f"decoder is 'auto', a Decoder or a function of (topic, payload), not {printable(repr(decoder))}"
    )


def source_alone(source: object, given: Mapping[str, object]) -> Source:
    """The Source that replaces a subscription.

    Args:
        source: what the user gave.
        given: by name the arguments that belong to a subscription and must not be given beside it; None or 0 for
            those not given.
    """
    extra = [name for name, value in given.items() if value is not None and value != 0]
    if extra:
        raise InvalidValueError(f"with source=, leave out what belongs to a subscription: {', '.join(extra)}")
    return checked_source(source)


def checked_qos(qos: object, broker: Broker) -> int:
    """The quality of service, if it makes sense with that broker's session."""
    if isinstance(qos, bool) or not isinstance(qos, int) or qos not in (0, 1, 2):
        raise InvalidValueError(f"qos is 0, 1 or 2, not {printable(repr(qos))}")
    if broker.is_persistent and qos == 0:
        raise InvalidValueError("session='persistent' keeps messages of QoS 1 and 2 only: add qos=1")
    return qos


def field_patterns(fields: Iterable[str] | None) -> tuple[str, ...] | None:
    """The patterns of the fields to keep; None for all measurements."""
    if fields is None:
        return None
    if isinstance(fields, str):
        raise InvalidValueError(f"fields is a list of patterns: write [{fields!r}]")
    patterns = tuple(fields)
    if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
        raise InvalidValueError(f"fields is a list of patterns such as ['*temperature'], not {fields!r}")
    return patterns


def true_or_false(name: str, value: object) -> bool:
    """True or False, and nothing that merely counts as one."""
    if not isinstance(value, bool):
        raise InvalidValueError(f"{name} is True or False, not {printable(repr(value))}")
    return value


def whole_number(name: str, value: object, least: int) -> int:
    """A whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidValueError(f"{name} is a whole number of at least {least}, not {printable(repr(value))}")
    return value
