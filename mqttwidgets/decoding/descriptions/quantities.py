"""The quantity and the category of a series, told by its unit and by its names in several languages."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ...base.description import Category
from ...base.units import symbol
from ..rules.names import words_of
from .vocabulary import (
    BATTERY_WORDS,
    DIAGNOSTICS,
    GENERIC,
    OF_UNIT,
    POWER_STATION_WORDS,
    POWER_STATIONS,
    SETTINGS,
    SHARES,
    STEMS,
    UNITS,
    WORDS,
)

_OF_STEM = tuple((stem, quantity) for quantity, stems in STEMS.items() for stem in stems)
_OF_WORD = {word: quantity for quantity, words in WORDS.items() for word in words}
_OF_SYMBOL = {unit: quantity for quantity, units in UNITS.items() for unit in units}
_SHORTEST_STEM = 5
_LONGEST, _MOST_LEVELS = 200, 4
_SPECIAL = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "ä": "ae", "ö": "oe", "ü": "ue"})
_BATTERIES = frozenset(("battery", "batt", "bat", "batterie", "batteria", "bateria", "akku", "accu"))


def quantity_of(topic: str, field: str, unit: str, *, is_state: bool = False) -> str:
    """The quantity of a series in a word; `""` where nothing tells it.

    A unit that only one quantity has tells it; where several share one, as percentages do, the name decides.

    Args:
        topic: the topic name.
        field: which number in the payload.
        unit: as it is known, or `""`.
        is_state: whether it is a state such as on and off.

    Example:
        >>> quantity_of("haus/keller", "/Luftfeuchte", "%"), quantity_of("haus/flur/Temperatur", "", "")
        ('humidity', 'temperature')
        >>> quantity_of("wind/avg", "/windSpeed", "km/h"), quantity_of("a/b", "/load", "%")
        ('wind_speed', 'share')
    """
    if is_state:
        return "state"
    named = _named(topic, field)
    known = symbol(unit)
    if known == "%":
        return named if named in SHARES else "share"
    if known not in _OF_SYMBOL:
        return named
    told = _OF_SYMBOL[known]
    return named if named in OF_UNIT.get(told, ()) else told


def category_of(topic: str, field: str, unit: str, *, is_state: bool = False) -> Category:
    """The category of a series, told by its name.

    Args:
        topic: the topic name.
        field: which number in the payload.
        unit: as it is known, or `""`.
        is_state: whether it is a state such as on and off.

    Example:
        >>> category_of("lab/bme", "/wifi/rssi", "dBm"), category_of("lab/bme", "/temperature_offset", "")
        ('diagnostic', 'setting')
        >>> category_of("lab/bme", "/battery", "%"), category_of("solar/battery", "/power", "W")
        ('diagnostic', 'measurement')
    """
    key, above = _last_two(topic, field)
    words = words_of(_plain(key))
    joined = "".join(words)
    if not DIAGNOSTICS.isdisjoint((*words, joined)) or _is_own_battery(topic, words, words_of(_plain(above))):
        return "diagnostic"
    if not SETTINGS.isdisjoint((*words, *words_of(_plain(above)))):
        return "setting"
    return "state" if is_state else "measurement"


def _is_own_battery(topic: str, words: tuple[str, ...], above: tuple[str, ...]) -> bool:
    named = words if not _BATTERIES.isdisjoint(words) else (*above, *words)  # as in `battery/percent`
    if _BATTERIES.isdisjoint(named) or not BATTERY_WORDS.issuperset(named):
        return False
    levels = [word for level in topic[:_LONGEST].lower().split("/") for word in words_of(level)]
    return not any(word.startswith(POWER_STATIONS) or word in POWER_STATION_WORDS for word in levels)


def _last_two(topic: str, field: str) -> tuple[str, str]:
    names = [*_names(topic, field, with_topic=not field), "", ""]
    return names[0], names[1]


def _named(topic: str, field: str) -> str:
    """The quantity that the field names, or where that says nothing, the topic."""
    for name in _names(topic, field):
        found = _quantity_in(name)
        if found:
            return found
    return ""


def _names(topic: str, field: str, *, with_topic: bool = True) -> Iterator[str]:
    """The names that may tell a quantity: those of the field from its end, of the topic if these are generic."""
    plain = field[:_LONGEST].partition(",")[0]
    parts = [part for part in plain.split("/") if part and not part.isdecimal()][-_MOST_LEVELS:]
    yield from reversed(parts)
    if with_topic and all(part.lower() in GENERIC for part in parts):
        levels = [level for level in topic[-_LONGEST:].split("/") if level and not level.isdecimal()]
        yield from (level for level in reversed(levels[-_MOST_LEVELS:]) if level.lower() not in GENERIC)


@lru_cache(maxsize=2_000)
def _quantity_in(name: str) -> str:
    words = words_of(_plain(name))
    joined = "".join(words)
    found = next((quantity for stem, quantity in _OF_STEM if len(stem) >= _SHORTEST_STEM and stem in joined), "")
    if found:
        return found
    named = [_OF_WORD[word] for word in (joined, *reversed(words)) if word in _OF_WORD]
    return named[0] if named else ""


def _plain(name: str) -> str:
    """A name without the marks on its letters, as many devices write it."""
    if name.isascii():
        return name
    marked = unicodedata.normalize("NFC", name).translate(_SPECIAL)
    return "".join(char for char in unicodedata.normalize("NFKD", marked) if not unicodedata.combining(char))
