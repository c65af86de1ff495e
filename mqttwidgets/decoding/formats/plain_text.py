"""Text that is no document: a quantity, a state, rows, keys and values, each by its own reader."""

from __future__ import annotations

import re

from ...base.units import symbol
from ..format import Findings, Judgements, LeftOut, OwnFormat, Payload, Reading
from ..rules.documents import judge
from ..rules.leaves import Leaf, time_of
from ..rules.names import is_availability, is_state_topic, sense_of
from ..rules.quantity import is_missing, is_sentinel, quantity_in, state_in
from ..rules.reasons import A_TEXT
from .key_value import pairs_in

UNKNOWN = "text of no known format (decoder= can read it)"
NO_NUMBER = "text without a number"
NOT_THERE = "availability, no measurement"
_MOST_WORDS = 40
_CAYENNE = re.compile(r"([a-z_]{2,30}),([A-Za-z0-9]{1,12})=(-?[0-9.]{1,30})")
_NAMED = re.compile(r"([^\W\d]\w{1,30})[ \t]{1,8}(-?[0-9].{0,40})")


def _read_word(payload: Payload) -> Findings | None:
    text = payload.text or ""
    if is_missing(text):
        return Findings("text", gaps=[""], skipped="no value (nan, null)")
    value = state_in(text, availability=True)
    if value is None:
        return None
    if is_availability(payload.topic) or (state_in(text) is None and not is_state_topic(payload.topic)):
        return Findings(
            "state", left_out=[LeftOut("", NOT_THERE, text, Reading("", value, is_state=True))], skipped=NOT_THERE
        )
    return Findings("state", [Reading("", value, is_state=True)])


def _read_quantity(text: str) -> Findings | None:
    quantity = quantity_in(text.replace("\N{MINUS SIGN}", "-"))
    if quantity is None or not (quantity[1] or text.isascii()):
        return None
    if is_sentinel(quantity[0], "temperature" if symbol(quantity[1]) in ("°C", "°F") else ""):
        return Findings("number with a unit", gaps=[""], skipped="no value (nan, null)")
    return Findings("number with a unit", [Reading("", *quantity)])


def _read_named_quantity(text: str) -> Findings | None:
    """`Temperature 21.5 °C` and `temperature 21.5 humidity 45`: words that name what is measured, and what was."""
    match = _NAMED.fullmatch(text)
    words = text.split(maxsplit=_MOST_WORDS)
    pairs = [match.groups()] if match is not None else []
    if len(words) > 2 and len(words) % 2 == 0:
        pairs = pairs if pairs and quantity_in(pairs[0][1]) else list(zip(words[::2], words[1::2], strict=True))
    readings = [
        Reading(name, *quantity)
        for name, value in pairs
        if sense_of(name).is_quantity and (quantity := quantity_in(value, is_keyed=True)) is not None
    ]
    return Findings("keys and values", readings) if readings and len(readings) == len(pairs) else None


def _read_cayenne(text: str) -> Findings | None:
    """`temp,c=20.7`: a kind, a unit and a number, as Cayenne's MQTT API has them."""
    match = _CAYENNE.fullmatch(text)
    quantity = quantity_in(match[3]) if match is not None else None
    if match is None or quantity is None:
        return None
    return Findings("keys and values", [Reading(match[1], quantity[0], "" if match[2] == "null" else match[2])])


def _read_pairs(text: str, arrival: float, judgements: Judgements) -> Findings | None:
    pairs = pairs_in(text.replace("\N{MINUS SIGN}", "-"))
    if not pairs:
        return None
    scope = dict(pairs)
    leaves = [Leaf(key, key, "", 1, value, scope, None) for key, value in scope.items()]
    found = judge(leaves, "keys and values", arrival, judgements, lambda _leaf: None, any_unit=True)
    if found.skipped and not found.gaps and all(item.reason == A_TEXT for item in found.left_out):
        found.skipped, found.undecodable = "", "no number after the colon"
    return found


def nothing_in(text: str, arrival: float) -> Findings:
    """Why a text says nothing."""
    if time_of(text, arrival) is not None:
        return Findings("text", left_out=[LeftOut("", "a time", text[:200])], skipped="a time, no measurement")
    return Findings("text", skipped=UNKNOWN if any(char.isdigit() for char in text) else NO_NUMBER)


STATE = OwnFormat("state", _read_word)
QUANTITY = OwnFormat("number with a unit", lambda payload: _read_quantity(payload.text or ""), fast="text")
NAMED_QUANTITY, CAYENNE, PAIRS = (
    OwnFormat("keys and values", read, fast="text", has_time_field=True)
    for read in (
        lambda payload: _read_named_quantity(payload.text or ""),
        lambda payload: _read_cayenne(payload.text or ""),
        lambda payload: _read_pairs(payload.text or "", payload.arrival, payload.judgements),
    )
)
