"""The meaning of a value's key: a measurement and its unit, an id, a time, a version, a state.

There is no standard for it; the lists below hold the words that devices and their gateways are known to send. A
key counts by its words: `devEui`, `dev_eui` and `DevEUI` are `dev` and `eui`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ...base.units import symbol

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_]+")

_LONGEST_KEY, _MOST_WORDS = 100, 16
"""Characters, and words, that are looked at."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IDS = _words(
    """id ids uid uuid guid eui imei imsi iccid iccd serial serialnumber sn mac macaddress addr address ip ipv4
    ipv6 ipaddr ipaddress host hostname ssid bssid token hash deviceid devid nodeid sensorid stationid
    locationid gatewayid userid clientid appid applicationid uplinkid packetid messageid msgid meterid
    nid did rid deveui joineui appeui devaddr gweui macaddr apikey barcode postcode zip phone esn meid
    itemid hostid itemids pgn deviceaddress squawk"""
)
_NUMBERED = _words("serial part model phone account meter device order batch lot article")
_NUMBERS = _words("number no nr num")
_CHECKSUMS = _words("crc crc8 crc16 crc32 checksum chksum digest signature")
_VERSIONS = _words("version ver versions firmware fw fwver swver hwver build revision bver schema release")
_SEQUENCES = _words("seq seqno seqnum seqnr fcnt fcntup fcntdown framecount packetnum")
_INDICES = _words("idx index")
_PORTS = _words("port fport sockport peerport mqttport localport remoteport")
_UNITS = _words("unit units uom")
_ZONES = _words("timezone tz tzoffset utcoffset zoneoffset gmtoffset dst")
_ROUTES = _words(
    """channel endpoint subtype type model from to sender receiver src dst source dest destination gateway node
    nodenum hop hops hopstart hoplimit qos retain dup group cluster slot address subdevice manufacturer
    vendor product class category code rollingcode protocol mesh oper operator veh vehicle jrn journey
    line trip route desi stop usunits unit country zone parent commandclass hardware role chan rfch
    rfchain antenna board pid cod qc quality dataformat capturepid ns"""
)
_KINDS = _words("type subtype kind code format")
_RADIO = _words("bandwidth spreadingfactor coderate codingrate codr datarate datr dr modulation modu lorabw")
_RADIO_SCOPES = _words("txinfo modulation lora radio txpk rxpk")
_BESIDE_FREQUENCY = _words(
    """modulation modu mod datarate datr codingrate coderate codr spreadingfactor bandwidth dr lora spreading
    snr lorasnr noise"""
)
_FREQUENCIES = ("frequency", "freq")
_NOT_MEASURED_SCOPES = _words("ids versionids networkids endpointids applicationids")

_TIME_WORDS = """
    time timestamp ts tst datetime unixtime unixtimestamp epoch utc tsi timestampms timems epochms epochtime
    tms dateutc timeutc utctime stime devicetime measuredat measurementtime sampletime
    sourcetimestamp readingtime date dt t tstamp stamp
"""
_TIMES = _TIME_WORDS.split()
_LATER_TIME_WORDS = """
    receivedat servertimestamp publishedat published sentat sent recorded recordedat createdat created
    observed observedat lastseen lastupdate lastupdated updated updatedat lastchanged modified rtc clock
    tsms tsus tsns timestampus timestampns reportedat enqueuedtime observationtime observedtime
    phenomenontime resulttime readingtime now eventtime
"""
_LATER_TIMES = _LATER_TIME_WORDS.split()
_STAMPS = _words("created updated updatedat lastupdate lastupdated lastchanged modified")
"""Times that may be those of something else; they count only near the time of arrival."""

_OTHER_TIMES = _words(
    """lc lu minutets sunrise sunset moonrise moonset expires expiry expiration start end begin since until boot
    boottime lastboot lastreset starttime endtime timezone tz tzoffset dst nextupdate day month year hour
    weekday utcoffset oday tmst millis ticks"""
)
_PLAIN_TIMES = _words("time timestamp ts tst datetime epoch utc millis ticks tmst rtc unixtime eventtime")
_TIME_ENDINGS = _words("time timestamp ts date datetime at stamp epoch utc seen updated changed")

_QUANTITIES = _words(
    """heat temperature temp humidity hum humid pressure press barometer battery batt voltage volt volts current
    ampere power watt energy level co2 co tvoc voc pm pm1 pm10 pm25 lux light illuminance illumination
    brightness wind rain rainfall speed rssi snr signal lqi linkquality soil moisture dew dewpoint uv
    distance depth flow volume weight load mass gas frequency angle tilt altitude height lat latitude lon
    lng long longitude count total percent radiation noise sound ph ec tds turbidity oxygen vibration
    acceleration torque rpm duty position setpoint target direction gust usage used free cpu memory
    uptime value val svalue nvalue"""
)
"""Words that vouch for a number whose form speaks against it; others are measurements, too, but for `_REASONS`."""
_FAR_BELOW_ZERO = _words(
    """power watt watts energy current position altitude alt depth balance offset error torque force grid total
    pwr w kw va var p"""
)
_TEMPERATURES = ("temp", "dew", "chill", "heat")
_STATES = _words(
    """state power relay switch output contact occupancy occupied motion presence present waterleak leak smoke
    tamper vibration open opened door window lock locked light lamp pump fan valve heater heating cooling
    low fault overload monoxide gas alarm on running active charging plugged input pir rain button
    doorbell movement flood moisture plug"""
)
_AVAILABILITY = _words("lwt availability will available")
_TOPIC_STATES = _words("state status online connected connection presence")

_WIRELESS = _words("wifi wlan wireless sta ap")

_AMBIGUOUS = _words("port host phone release units build address source")
_REASONS = (
    ("an id", _IDS),
    ("a checksum", _CHECKSUMS),
    ("a version", _VERSIONS),
    ("a sequence number", _SEQUENCES),
    ("a port", _PORTS),
    ("a time zone", _ZONES),
    ("a unit", _UNITS),
    ("a radio setting", _RADIO),
)
"""(why a value is no measurement, the words that its key is or ends in then)."""

_DEVICES = _words(
    """deveui deviceid devid devicename devname device mac macaddress serial serialnumber nodeid sensorid
    stationid meterid from imei coreid gwmac"""
)
_DEVICES_WITH_MODEL = _words("id idx channel")
_LONGEST_DEVICE, _INT64 = 64, 2**63
_MODELS = _words("model nvalue")

# Units that keys end in: `wind_avg_km_h`, `supply_mV`; a lone letter only behind the name of its quantity.
_SUFFIXES = """
    mV kV mA kW kWh Wh VA Pa hPa kPa mbar bar psi PSI inHg lx lux klx Hz mm cm km mph dB dBm ppm ppb rpm
    deg pct percent degC degF celsius fahrenheit kmh kph km_h mm_h ms us hpa kwh ohm ohms kg lb secs sec seconds
"""

_SUFFIX_SYMBOLS = {
    **{suffix: symbol(suffix) for suffix in _SUFFIXES.split()},
    "mv": "mV",
    "inch": "in",
    "PSI": "psi",
    "m_s": "m/s",
    "mi_h": "mph",
    "in_h": "in/h",
    "rain_in": "in",
    "ug_m3": "µg/m³",
    "W_m2": "W/m²",
    "L_h": "L/h",
    "m3": "m³",
    "m3h": "m³/h",
}

_LETTERS = {
    "C": ("°C", ("temp", "dew", "heat", "chill")),
    "F": ("°F", ("temp", "dew", "heat", "chill")),
    "K": ("K", ("temp", "colortemp")),
    "A": ("A", ("current", "amp")),
    "V": ("V", ("volt", "batt", "cap", "supply", "vcc")),
    "W": ("W", ("power", "watt")),
}


class KeySense(NamedTuple):
    """The meaning of a key.

    Attributes:
        reason: why its value is no measurement, whatever it is; `""` when it may be one.
        if_whole: why its value is no measurement if it is a whole number.
        time_rank: how likely its value is the time of the message, 0 the most; None when it is not.
        is_time: whether a value that can be a time is one.
        is_stamp: whether it may be the time of something else, such as when a device was installed.
        is_clock: whether even a value that cannot be a time is one: the ticks of a clock never set.
        is_frequency: whether it names a frequency, which may be that of a radio.
        is_quantity: whether it names something that is measured; False leaves nothing out.
        is_state: whether `true` or ON under it is a state to plot.
    """

    reason: str = ""
    if_whole: str = ""
    time_rank: int | None = None
    is_time: bool = False
    is_stamp: bool = False
    is_clock: bool = False
    is_frequency: bool = False
    is_quantity: bool = False
    is_state: bool = False


def words_of(key: str) -> tuple[str, ...]:
    """The words of a key, in lower case; only the last ones of very many.

    Example:
        >>> words_of("devEui"), words_of("wind_avg_km_h"), words_of("esp8266id")
        (('dev', 'eui'), ('wind', 'avg', 'km', 'h'), ('esp', '8266', 'id'))
    """
    return tuple(word.lower() for word in _WORD.findall(key[:_LONGEST_KEY])[-_MOST_WORDS:])


def joined(key: str) -> str:
    """The words of a key, in lower case, put together: the same text however the key is spelt.

    Example:
        >>> joined("data_rate"), joined("DataRate")
        ('datarate', 'datarate')
    """
    return _joined(key[:_LONGEST_KEY])


@lru_cache(maxsize=5_000)
def _joined(key: str) -> str:
    return "".join(words_of(key))


def sense_of(key: str, parent: str = "") -> KeySense:
    """The meaning of `key` under the key `parent`.

    Example:
        >>> sense_of("device_id").reason, sense_of("temperature").reason, sense_of("Channel", "Wifi").if_whole
        ('an id', '', '')
    """
    above = parent[:_LONGEST_KEY]
    return _sense_of(key[:_LONGEST_KEY], above if above and _matters(above) else "")


@lru_cache(maxsize=5_000)
def _matters(parent: str) -> bool:
    """Whether keys under this one may mean something else."""
    words = words_of(parent)
    above = "".join(words)
    scopes = _RADIO_SCOPES | _WIRELESS
    return above in _NOT_MEASURED_SCOPES or not scopes.isdisjoint((above, *words))


@lru_cache(maxsize=5_000)
def _sense_of(key: str, parent: str) -> KeySense:
    words = words_of(key)
    if not words:
        return KeySense()
    joined, last = "".join(words), words[-1]
    above = words_of(parent) if parent else ()
    rank = _time_rank(joined)
    is_dated = len(words) > 1 and (last in _TIME_ENDINGS or words[0] in ("date", "time", "last"))
    is_time = rank is not None or joined in _OTHER_TIMES or is_dated
    return KeySense(
        reason=_reason(words, joined, above),
        if_whole=_reason_if_whole(words, joined, above),
        time_rank=rank,
        is_time=is_time,
        is_stamp=joined in _STAMPS,
        is_clock=joined in _PLAIN_TIMES,
        is_frequency=joined in _FREQUENCIES,
        is_quantity=any(word in _QUANTITIES for word in words),
        is_state=not {last, joined, _base(words)}.isdisjoint(_STATES) or words[0] in ("is", "has", "state"),
    )


def devices_in(scope: Mapping[Any, Any]) -> dict[str, str | int]:
    """The keys and values of an object that name the device it comes from, where one topic carries many.

    An `id` alone may count messages; beside a model it is a device's.

    Example:
        >>> devices_in({"model": "Acurite", "id": 1011, "t": 2}), devices_in({"id": 5, "t": 2})
        ({'model': 'Acurite', 'id': 1011}, {})
    """
    keys = {key: joined(key) for key in scope if isinstance(key, str)}
    names = _DEVICES
    if not _MODELS.isdisjoint(keys.values()):
        names = _DEVICES | _DEVICES_WITH_MODEL | _MODELS - {"nvalue"}
    values = {key: scope[key] for key, name in keys.items() if name in names}
    return {key: value for key, value in values.items() if _tells_device(value)}


def _tells_device(value: object) -> bool:
    """Whether a value can name a device: a text or a whole number, neither of them too long."""
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_DEVICE
    return type(value) is int and abs(value) < _INT64


def unit_in_key(key: str) -> str:
    """The unit that a key ends in, or `""`.

    Example:
        >>> unit_in_key("temperature_C"), unit_in_key("wind_avg_km_h"), unit_in_key("phase_A"), unit_in_key("tF")
        ('°C', 'km/h', '', '°F')
    """
    first, _, last = key.rpartition("_")
    before = first.rpartition("_")[2]
    unit = _SUFFIX_SYMBOLS.get(f"{before}_{last}") or (_SUFFIX_SYMBOLS.get(last, "") if first else "")
    if unit == "ms" and ("speed" in first or "wind" in first):
        return ""  # metres a second, perhaps
    return unit or _letter_unit(key)


def is_temperature(key: str) -> bool:
    """Whether a key names a temperature.

    Example:
        >>> is_temperature("outTemp_F"), is_temperature("DewPoint"), is_temperature("power")
        (True, True, False)
    """
    lower = key.lower()
    return any(word in lower for word in _TEMPERATURES)


def may_be_far_below_zero(key: str) -> bool:
    """Whether a key names a quantity that may be -999: power fed back, a place below the sea.

    Example:
        >>> may_be_far_below_zero("grid_power"), may_be_far_below_zero("humidity")
        (True, False)
    """
    return not _FAR_BELOW_ZERO.isdisjoint(words_of(key))


def is_availability(topic: str) -> bool:
    """Whether a topic tells if a device is there (a last will), and nothing that it measured."""
    return not _AVAILABILITY.isdisjoint(words_of(topic.rpartition("/")[2]))


def is_state_topic(topic: str) -> bool:
    """Whether `online` and `offline` in a topic are its state."""
    return not _TOPIC_STATES.isdisjoint(words_of(topic.rpartition("/")[2]))


def is_radio_setting(key: str) -> bool:
    """Whether a key says how a radio is set, or how well it is received: a frequency beside it is the radio's.

    Example:
        >>> is_radio_setting("data_rate"), is_radio_setting("power")
        (True, False)
    """
    return joined(key) in _BESIDE_FREQUENCY


def _base(words: tuple[str, ...]) -> str:
    """The last word that is no number: `POWER1`, `relay_2`."""
    named = [word for word in words if not word.isdecimal()]
    return named[-1] if named else ""


def _time_rank(joined: str) -> int | None:
    if joined in _TIMES:
        return _TIMES.index(joined)
    return len(_TIMES) + _LATER_TIMES.index(joined) if joined in _LATER_TIMES else None


def _reason(words: tuple[str, ...], joined: str, parent: tuple[str, ...]) -> str:
    above = "".join(parent)
    if above in _NOT_MEASURED_SCOPES:
        return "an id"
    if len(words) > 1 and words[-1] in _NUMBERS and words[-2] in _NUMBERED:
        return "a serial number"
    if not _SEQUENCES.isdisjoint(words) or joined in _INDICES or _counts_sequence(words):
        return "a sequence number"
    if words[-1] in _AMBIGUOUS and not _QUANTITIES.isdisjoint(words[:-1]):
        return ""  # the pressure at the release, the temperature of the hot water
    if "version" in words or words[0] == "firmware":
        return "a version"
    if joined in _FREQUENCIES and not _RADIO_SCOPES.isdisjoint((above, *parent)):
        return "a radio setting"
    return next((reason for reason, names in _REASONS if words[-1] in names or joined in names), "")


def _counts_sequence(words: tuple[str, ...]) -> bool:
    """Whether a key says `sequence` and means its number; the zero sequence current is measured."""
    return words[-1] == "sequence" or ("sequence" in words and words[-1] in _NUMBERS)


def _reason_if_whole(words: tuple[str, ...], joined: str, parent: tuple[str, ...]) -> str:
    if joined == "channel" and not _WIRELESS.isdisjoint(parent):
        return ""
    is_kind = joined in _ROUTES or words[0] == "hops" or words[-1] in _KINDS
    return "an address or a kind" if is_kind else ""


def _letter_unit(key: str) -> str:
    lower = key.lower()
    if key in ("tC", "tF") or lower in ("tempc", "tempf") or (lower[-2:] in ("_c", "_f") and "temp" in lower):
        return _LETTERS[key[-1].upper()][0]
    unit, measured = _LETTERS.get(key[-1:], ("", ()))
    rest = key[:-1].lower()
    parted = key[-2:-1] == "_" or key[-2:-1].islower()
    return unit if parted and any(word in rest for word in measured) else ""
