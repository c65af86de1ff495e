"""Texts that are no document: a number, a state, a quantity, keys and values, a value list of collectd's.

Keys and values are what small firmware prints: `Temperature: 21.5`, `rssid=72%, load=1%`, `a=1&b=2`. There is no
standard for them but that of the form encoding: https://url.spec.whatwg.org/#application/x-www-form-urlencoded.
collectd's value lists are `epoch:value[:value ...]` (collectd.conf(5), plugin mqtt).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from ...base.units import symbol
from ..format import NO_VALUE, Findings, LeftOut, OwnFormat, Payload, Reading
from ..judgements import Judgements
from ..rules.device_suffixes import Devices
from ..rules.documents import judge
from ..rules.leaf import Leaf, time_of
from ..rules.names import is_availability, is_state_topic, sense_of
from ..rules.prose import holds_data, is_log_line, is_message, is_prose
from ..rules.quantity import (
    GRAMMAR,
    is_missing,
    is_padded,
    is_sentinel,
    number_in,
    quantity_in,
    state_in,
    word_of_state,
)
from ..rules.reasons import A_TEXT
from ..rules.timestamps import is_epoch

UNKNOWN = "text of no known format (decoder= can read it)"
NO_NUMBER = "text without a number"
NOT_THERE = "availability, no measurement"
FOR_PEOPLE = "a message for people, no measurement"
_MOST_WORDS = 40
_CAYENNE = re.compile(r"([a-z_]{2,30}),([A-Za-z0-9]{1,12})=(-?[0-9.]{1,30})")
_NAMED = re.compile(r"([^\W\d]\w{1,30})[ \t]{1,8}(-?[0-9].{0,40})")

# A comma between digits may be a decimal one, so that it parts nothing: 21,5 must not become 21.
_PARTS = re.compile(r"[;\r\n\t|]|,(?![0-9])")
_SEPARATOR = re.compile("[:=：]")
_NEXT_KEY = re.compile(r"(?<!\s)\s+(?=[^\s:=：]{1,64}\s?[:=：])")
_FORM = re.compile(r"[\w.%+\-\[\]]+=[^&\r\n]*(?:&[\w.%+\-\[\]]+=[^&\r\n]*)+")
_LINE_PROTOCOL_GONE_WRONG = re.compile(r"[^\s=:;,]+(?:,\S*)?\s[^\s=]+=\S")
_TIMED_LINE = re.compile(r"\d{4}-\d\d-\d\d[T ]")
_PRINTED = re.compile(r"(?:&?\{|map\[)([^{}\[\]\"',;]{1,2000})[}\]]")
_ARROW = re.compile(r"\s{0,4}[=-]>\s{0,4}")
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST_KEY = 64
_LONGEST_PAIRS = 8_192
_MOST_PAIRS = 1_000
_MOST_WORDS_BEHIND = 4

_VALUE_LIST = re.compile(rf"([0-9]{{9,10}}(?:\.[0-9]+)?)((?::(?:{GRAMMAR}|nan|U))+)")
_LONGEST_VALUE_LIST = 10_000


def _read_number(payload: Payload) -> Findings | None:
    text = (payload.text or "").rstrip(";,")
    number = number_in(text)
    if number is None:
        return None
    if math.isinf(number):
        return Findings("number", undecodable="beyond the range of a number")
    parent, _, key = payload.topic.rpartition("/")
    key = key if len(key) > 1 else ""
    is_doubtful = text[0] == "+" or is_padded(text)
    leaf = Leaf("", key, parent.rpartition("/")[2], 0, text if is_doubtful else number, {}, None)
    return judge([leaf], "number", payload.arrival, payload.judgements, _nothing_within)


def _nothing_within(_leaf: Leaf) -> None:
    return None


def _read_word(payload: Payload) -> Findings | None:
    text = payload.text or ""
    if is_missing(text):
        return Findings("text", gaps=[""], skipped=NO_VALUE)
    value = state_in(text, availability=True)
    if value is None and sense_of(payload.topic.rpartition("/")[2]).is_state:
        value = {"yes": 1.0, "no": 0.0}.get(text.lower(), word_of_state(text))
        return None if value is None else Findings("state", [Reading("", value, is_state=True)])
    if value is None:
        return None
    if is_availability(payload.topic) or (state_in(text) is None and not is_state_topic(payload.topic)):
        return Findings(
            "state", left_out=[LeftOut("", NOT_THERE, text, Reading("", value, is_state=True))], skipped=NOT_THERE
        )
    return Findings("state", [Reading("", value, is_state=True)])


def _read_quantity(text: str) -> Findings | None:
    quantity = quantity_in(text.replace("\N{MINUS SIGN}", "-").rstrip(";,"))
    if quantity is None or not (quantity[1] or text.isascii()):
        return None
    if is_sentinel(quantity[0], "temperature" if symbol(quantity[1]) in ("°C", "°F") else ""):
        return Findings("number with a unit", gaps=[""], skipped=NO_VALUE)
    return Findings("number with a unit", [Reading("", *quantity)])


def _read_named_quantity(text: str) -> Findings | None:
    """`Temperature 21.5 °C` and `temperature 21.5 humidity 45`: names of quantities, each with its value."""
    parts = re.split(r"[,;\n]", text, maxsplit=_MOST_WORDS)
    matches = [_NAMED.fullmatch(part.strip()) for part in parts]
    if len(parts) > 1 and all(matches):
        return _named([(match[1], match[2]) for match in matches if match is not None])
    match = matches[0]
    words = text.split(maxsplit=_MOST_WORDS)
    pairs = [(match[1], match[2])] if match is not None and len(parts) == 1 else []
    if len(words) > 2 and len(words) % 2 == 0:
        pairs = pairs if pairs and quantity_in(pairs[0][1]) else list(zip(words[::2], words[1::2], strict=True))
    return _named(pairs)


def _named(pairs: Sequence[tuple[str, str]]) -> Findings | None:
    """The readings of names with values; None where a name is no quantity's."""
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


def _read_pairs(text: str, topic: str, arrival: float, judgements: Judgements) -> Findings | None:
    pairs = pairs_in(text.replace("\N{MINUS SIGN}", "-"))
    if not pairs:
        return None
    if is_prose(text) or (is_message(topic) and not holds_data(pairs)):
        return Findings("text", skipped=FOR_PEOPLE)
    scope = dict(pairs)
    suffix = Devices(judgements.known_devices()).suffix(Leaf("", "", "", 0, scope, {}, None), scope, place="")
    leaves = [Leaf(key, key, "", 1, value, scope, None, suffix=suffix) for key, value in scope.items()]
    found = judge(leaves, "keys and values", arrival, judgements, _nothing_within, any_unit=True)
    if found.skipped and not found.gaps and all(item.reason == A_TEXT for item in found.left_out):
        found.skipped, found.undecodable = "", "no number after the colon"
    return found


def pairs_in(text: str) -> list[tuple[str, str]]:
    """The (key, value) of each `key: value` and `key=value` in a text, in its order.

    Example:
        >>> pairs_in("Wind speed: 3.2 m/s, Fan: on"), pairs_in("temp=21.5 hum=48.2")
        ([('Wind speed', '3.2 m/s'), ('Fan', 'on')], [('temp', '21.5'), ('hum', '48.2')])
    """
    if len(text) > _LONGEST_PAIRS or _TIMED_LINE.match(text) or is_log_line(text):
        return []
    printed = _PRINTED.fullmatch(text)
    text = _ARROW.sub("=", text if printed is None else printed[1])
    if _FORM.fullmatch(text):
        return parse_qsl(text, keep_blank_values=True, max_num_fields=None)[:_MOST_PAIRS]
    if _LINE_PROTOCOL_GONE_WRONG.match(text):
        return []
    pairs: list[tuple[str, str]] = []
    for part in _PARTS.split(text, maxsplit=_MOST_PAIRS):
        pairs.extend(pair for piece in _pieces(part) if (pair := _pair(piece)) is not None)
    return pairs


def is_printed_struct(text: str) -> bool:
    """Whether a text is how Go prints a struct or a map.

    Example:
        >>> is_printed_struct("&{T:21.5 H:48}"), is_printed_struct("map[t:21.5]"), is_printed_struct("[5]")
        (True, True, False)
    """
    return _PRINTED.fullmatch(text) is not None


def _pieces(part: str) -> list[str]:
    """The pairs of a part with several, parted by spaces.

    Words before the first pair belong to its key; words behind a value, to the next key: `48% Wind speed: 3`.
    """
    if len(_SEPARATOR.findall(part, 0, 10_000)) < 2:
        return [part]
    pieces: list[str] = []
    words = ""
    for piece in _NEXT_KEY.split(part, maxsplit=_MOST_PAIRS):
        whole = f"{words} {piece}".strip()
        whole, words = _without_words_behind(whole) if _SEPARATOR.search(piece) else ("", whole)
        pieces += [whole] if whole else []
    return [*pieces[:-1], f"{pieces[-1]} {words}".strip()] if pieces else [part]


def _without_words_behind(piece: str) -> tuple[str, str]:
    """(a pair, the words behind its value)."""
    parts = piece.split(" ")
    for count in range(len(parts), max(len(parts) - _MOST_WORDS_BEHIND, 0), -1):
        quantity = _SEPARATOR.split(" ".join(parts[:count]), maxsplit=1)[1:]
        if quantity and quantity_in(quantity[0].strip(), is_keyed=True):
            return " ".join(parts[:count]), " ".join(parts[count:])
    return piece, ""


def _pair(piece: str) -> tuple[str, str] | None:
    before, *after = _SEPARATOR.split(piece, maxsplit=1)
    key, value = before.strip(), "".join(after).strip()
    if not after or not value or not 0 < len(key) <= _LONGEST_KEY or not _LETTER.search(key):
        return None
    if before[-1].isdecimal() and after[0][:1].isdecimal() and ":" in piece and " " in key:
        return None  # a time of day in a sentence
    return key, value


def read_value_list(text: str) -> Findings | None:
    """The values in a value list of collectd's; None for any other text.

    Several values of one list are called col0, col1 and so on, as the payload does not name them.

    Example:
        >>> read_value_list("1448840558.555:1714962432").readings
        [Reading(field='', value=1714962432.0, unit='', time=1448840558.555, is_state=False)]
    """
    match = _VALUE_LIST.fullmatch(text.strip().removesuffix("\0")) if len(text) <= _LONGEST_VALUE_LIST else None
    if match is None or not is_epoch(float(match[1])):
        return None
    findings = Findings("collectd", time_source="the number before the colon")
    values = match[2][1:].split(":")
    for number, value in enumerate(values):
        name = "" if len(values) == 1 else f"col{number}"
        if value in ("nan", "U"):
            findings.gaps.append(name)
        else:
            findings.readings.append(Reading(name, float(value), "", float(match[1])))
    if not findings.readings:
        findings.skipped = NO_VALUE
    return findings


def nothing_in(text: str, arrival: float) -> Findings:
    """The findings in a text that no format takes: why there is nothing."""
    if time_of(text, arrival) is not None:
        return Findings("text", left_out=[LeftOut("", "a time", text[:200])], skipped="a time, no measurement")
    return Findings("text", skipped=UNKNOWN if any(char.isdigit() for char in text) else NO_NUMBER)


NUMBER = OwnFormat("number", _read_number, fast="number")
STATE = OwnFormat("state", _read_word)
QUANTITY = OwnFormat("number with a unit", lambda payload: _read_quantity(payload.text or ""), fast="text")
NAMED_QUANTITY, CAYENNE, PAIRS = (
    OwnFormat("keys and values", read, fast="text", has_time_field=True)
    for read in (
        lambda payload: _read_named_quantity(payload.text or ""),
        lambda payload: _read_cayenne(payload.text or ""),
        lambda payload: _read_pairs(payload.text or "", payload.topic, payload.arrival, payload.judgements),
    )
)
COLLECTD = OwnFormat("collectd", lambda payload: read_value_list(payload.text or ""), fast="text")
