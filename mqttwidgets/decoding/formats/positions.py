"""Positions within one text of a document: `"latlng": "55.661378,12.584098"`, `"geo": "POINT(12.58 55.66)"`."""

from __future__ import annotations

import re

from ..format import Findings, Reading
from ..rules.names import joined, words_of

_LATITUDE_FIRST_WORDS = """
    latlng latlon latlong latitudelongitude location loc position pos coordinates coordinate coords coord gps geo
    geopoint geolocation gpslocation gpsposition standort ubicacion posizione locatie koordinaten
"""
_LATITUDE_FIRST = frozenset(_LATITUDE_FIRST_WORDS.split())
_LONGITUDE_FIRST = frozenset(("lnglat", "lonlat", "longlat"))
_NUMBER = r"([+-]?[0-9]{1,3}\.[0-9]{1,12})"
_PAIR = re.compile(
    rf"(?:geo:)?[(\[]?{_NUMBER} ?[,;/ ] ?{_NUMBER}(?: ?[,;/ ] ?([+-]?[0-9]{{1,5}}(?:\.[0-9]{{1,6}})?))?[)\]]?"
)
_WELL_KNOWN = re.compile(rf"(?i:POINT) ?\({_NUMBER} {_NUMBER}\)")
"""Well-known text (ISO 19125): the longitude comes first."""

_LONGEST = 60


def is_position(text: str) -> bool:
    """Whether a text has the form of a position, whatever its key.

    Example:
        >>> is_position("55.661378,12.584098"), is_position("POINT(12.5 55.5)"), is_position("21,5")
        (True, True, False)
    """
    if len(text) > _LONGEST:
        return False
    return _PAIR.fullmatch(text) is not None or _WELL_KNOWN.fullmatch(text) is not None


def read(key: str, text: str) -> Findings | None:
    """The latitude, longitude and altitude in a text; None for any other text, or a key that names no position.

    The names begin with a blank, as the key is to stand before them: `latlng lat`.

    Args:
        key: the key that the text stands under.
        text: any.

    Example:
        >>> [(each.field, each.value) for each in read("latlng", "55.661378,12.584098").readings]
        [(' lat', 55.661378), (' lon', 12.584098)]
    """
    if not (text[-1:].isdecimal() or text[-1:] in (")", "]")) or not is_position(text):
        return None
    name = joined(key)
    is_swapped = name in _LONGITUDE_FIRST
    if not is_swapped and name not in _LATITUDE_FIRST and not _ends_in_position(key):
        return None
    match = _PAIR.fullmatch(text)
    if match is None:
        match, is_swapped = _WELL_KNOWN.fullmatch(text), not is_swapped
    if match is None:
        return None
    first, second, *others = map(float, filter(None, match.groups()))
    latitude, longitude = (second, first) if is_swapped else (first, second)
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    readings = [Reading(" lat", latitude, "°"), Reading(" lon", longitude, "°")]
    return Findings("position", readings + [Reading(" alt", altitude, "m") for altitude in others])


def _ends_in_position(key: str) -> bool:
    words = words_of(key)
    return len(words) > 1 and words[-1] in ("location", "position", "coordinates", "gps")
