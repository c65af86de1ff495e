"""The keys that name what a message's values are of, a device, a room or a meter, where a topic carries many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from .names import is_radio_setting, joined, sense_of, words_in, words_of

_NAMES = words_in(
    """deveui deviceid devid devicename devname device mac macaddress serial serialnumber nodeid sensorid
    stationid meterid from imei coreid gwmac sn name tag tagname sensor room node station meter path
    entityid entity address addr location place site area machine asset equipment probe vehicle ship vessel
    mmsi icao callsign hostname host thing thingname client clientid hub pump tank pen barn greenhouse bed
    plant rack server container line raum zimmer standort ort messstelle anlage geraet gerät sensorname
    zaehler zähler fuehler fühler piece pièce salle capteur appareil lieu compteur habitacion habitación
    sala dispositivo lugar estacion estación contador stanza luogo contatore kamer ruimte apparaat locatie
    pokoj plats rum source sourceid unitid bmsid topic hex flight registration"""
)
_ENDINGS = frozenset(
    ("name", "label", "tag", "id", "eui", "mac", "serial", "sn", "imei", "address", "nom", "naam")
)
_OF_OTHER_THINGS = words_in(
    """message msg packet session request transaction trace span event correlation deduplication dedup uplink
    downlink frame firmware fw sw hw user app application tenant profile file class method function unit
    ssid network net wifi ap model product vendor manufacturer brand type version ver state status mode
    error err alarm job task program batch lot order run log record row seq sequence data format template
    schema content payload encoding gateway gw broker server interface if parent group org organization
    organisation customer account project context param parameter command cmd action reason track song
    artist album title game player team currency country zone time tz timezone day weekday month season
    weather conditions icon preset effect scene color colour"""
)
_GATEWAYS = frozenset(("gateway", "gw", "receiver", "hub", "ap", "bssid", "interface"))
_WEAK = frozenset(("id", "uid", "uuid", "guid", "key", "ref"))
"""Names of devices, or of messages; which of these they are, their values tell."""

_INDICES = words_in("""channel ch index idx slot phase port cell zone circuit loop""")
_BESIDE_A_MODEL = frozenset(("idx", "channel", "model"))
_WITH_ALL_TEXTS = frozenset(("tags", "labels"))
_WITH_A_DEVICE = words_in(
    """device deviceinfo dev enddeviceids enddevice sensor source node station meter asset thing origin emitter
    dimensions properties ids location header head hdr meta metadata info envelope sender hardware identity
    publisher client context"""
)
_MOST_KEYS, _LONGEST_KEY, _LONGEST_VALUE, _INT64 = 16, 100, 64, 2**63


def is_device_key(key: str) -> bool:
    """Whether a key names a device or a place, whatever it stands beside.

    Example:
        >>> is_device_key("sensor_id"), is_device_key("messageId"), is_device_key("roomName"), is_device_key("id")
        (True, False, True, False)
    """
    return _is_device_key(key[:_LONGEST_KEY])


@lru_cache(maxsize=5_000)
def _is_device_key(key: str) -> bool:
    words = words_of(key)
    if not words:
        return False
    if "".join(words) in _NAMES:
        return True
    return len(words) > 1 and words[-1] in _ENDINGS and _OF_OTHER_THINGS.isdisjoint(words[:-1])


def tells_elements(key: str) -> bool:
    """Whether a key names what an array's objects are of: a device, or a gateway that heard one, too.

    Example:
        >>> tells_elements("gatewayId"), is_device_key("gatewayId"), tells_elements("message_id")
        (True, False, False)
    """
    words = words_of(key)
    is_gateway = len(words) > 1 and words[-1] in _ENDINGS and not _GATEWAYS.isdisjoint(words[:-1])
    return is_gateway or is_device_key(key)


def is_weak(key: str) -> bool:
    """Whether a key names a device, or counts messages.

    Example:
        >>> is_weak("id"), is_weak("device_id")
        (True, False)
    """
    return joined(key) in _WEAK


def devices_in(scope: Mapping[Any, Any]) -> dict[str, tuple[str, str | int]]:
    """(key, value) of whatever names what an object's values are of, by the pointer to it within the object.

    Example:
        >>> devices_in({"room": "bath", "t": 2}), devices_in({"tags": {"cpu": "cpu0"}, "usage": 2})
        ({'/room': ('room', 'bath')}, {'/tags/cpu': ('cpu', 'cpu0')})
    """
    found: dict[str, tuple[str, str | int]] = {}
    for pointer, key, value in _candidates(scope):
        if _tells_device(key, value) and len(found) < _MOST_KEYS:
            found[pointer] = (key, value)
    return found


def _candidates(scope: Mapping[Any, Any]) -> Iterator[tuple[str, str, Any]]:
    names = [key for key in scope if isinstance(key, str)]
    plain = {key: joined(key) for key in names}
    has_model = "model" in plain.values()
    has_radio = any(is_radio_setting(key) or plain[key] in ("rssi", "freq", "frequency") for key in names)
    for key in names:
        value = scope[key]
        if isinstance(value, Mapping):
            if len(value) <= _MOST_KEYS * 4:
                yield from _within(key, plain[key], value)
        elif (
            is_device_key(key)
            or plain[key] in _WEAK
            or (has_model and plain[key] in _BESIDE_A_MODEL)
            or (plain[key] in _INDICES and not has_radio and (type(value) is int or isinstance(value, str)))
        ):
            yield _pointer(key), key, value


def _within(key: str, plain: str, members: Mapping[Any, Any]) -> Iterator[tuple[str, str, Any]]:
    """The candidates in an object that describes a device, or holds tags."""
    for name, value in members.items():
        if not isinstance(name, str) or isinstance(value, (Mapping, list, tuple)):
            continue
        is_tag = plain in _WITH_ALL_TEXTS and isinstance(value, str)
        is_name = plain in _WITH_A_DEVICE and (is_device_key(name) or joined(name) in _WEAK)
        if is_tag or is_name:
            yield _pointer(key) + _pointer(name), name, value


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _tells_device(key: str, value: object) -> bool:
    """Whether a value can name a device: a text, or a whole number that is not measured, neither of them long."""
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_VALUE
    if type(value) is not int or abs(value) >= _INT64:
        return False
    sense = sense_of(key)
    return bool(sense.reason or sense.if_whole) or joined(key) in _INDICES
