"""The meaning of a value's key: a measurement and its unit, an id, a time, a version, a state.

There is no standard for it; the lists below hold the words that devices and their gateways are known to send. A
key counts by its words: `devEui`, `dev_eui` and `DevEUI` are `dev` and `eui`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_]+")

_LONGEST_KEY, _MOST_WORDS = 100, 16
"""Characters, and words, that are looked at."""


def words_in(text: str) -> frozenset[str]:
    """The words of a list of them."""
    return frozenset(text.split())


_IDS = words_in(
    """id ids uid uuid guid eui imei imsi iccid iccd serial serialnumber sn mac macaddress addr address ip ipv4
    ipv6 ipaddr ipaddress host hostname ssid bssid token hash deviceid devid nodeid sensorid stationid
    locationid gatewayid userid clientid appid applicationid uplinkid packetid messageid msgid meterid nid
    did rid deveui joineui appeui devaddr gweui macaddr apikey barcode postcode zip phone esn meid
    password passwd passkey
    itemid hostid itemids pgn deviceaddress squawk pid capturepid mmsi lsid txid eid icao iata oid cid gid sid tid
    vid vendorid productid modelid profileid sessionid traceid spanid correlationid requestid transactionid
    orderid partnumber articlenumber kundennummer seriennummer geraetenummer nummer matricule callsign
    fingerprint nonce etag"""
)
_NUMBERED = words_in("task serial part model phone account meter device order batch lot article")
_NUMBERS = words_in("number no nr num")
_CHECKSUMS = words_in("crc crc8 crc16 crc32 checksum chksum cksum digest signature")
_VERSIONS = words_in(
    """version ver versions firmware fw fwver swver hwver build revision bver schema release fwrev hwrev
    bootloader"""
)
_SEQUENCES = words_in(
    """seq seqno seqnum seqnr framecount packetnum msgnum msgcnt msgcount packetid packetno txcnt"""
)
_INDICES = words_in("idx index")
_PORTS = words_in("port fport sockport peerport mqttport localport remoteport")
_UNITS = words_in("unit units uom")
_ZONES = words_in("timezone tz tzoffset utcoffset zoneoffset gmtoffset dst")
_ROUTES = words_in(
    """station device unitid hw ttl pin gpio msg command
    channel endpoint subtype type model from to sender receiver src dst source
    dest destination gateway node
    nodenum hop hops hopstart hoplimit qos retain dup group cluster slot address subdevice manufacturer
    vendor product class category code rollingcode protocol mesh oper operator veh vehicle jrn journey line
    trip route desi stop usunits unit country zone parent commandclass hardware role chan rfch rfchain
    antenna board cod qc quality dataformat ns bus dlc payloadlen payloadsize payloadlength msglen packetlen
    prio priority debug rainsize opcode errorcode errcode err errno statuscode resultcode returncode
    reasoncode datastructuretype templateid encoding charset baudrate parity databits stopbits"""
)
_KINDS = words_in("type subtype kind code format")
_RADIO = words_in(
    """bandwidth spreadingfactor coderate codingrate codr datarate datr dr modulation modu lorabw spfact adr
    adrbit subband mtype late devlrrcnt lrrlat lrrlon lrrid lrcid lrrs ackreq"""
)
_RADIO_SCOPES = words_in("txinfo modulation lora radio txpk rxpk")
_BESIDE_FREQUENCY = words_in(
    """modulation modu mod datarate datr codingrate coderate codr spreadingfactor bandwidth dr lora spreading
    snr lorasnr noise"""
)
_FREQUENCIES = ("frequency", "freq")
_ID_SCOPES = words_in("ids versionids networkids endpointids applicationids")
_SCOPES = {
    "a setting": words_in(
        """cfg config conf configuration settings setting setup options preferences calibration limits thresholds
    schedule schedules einstellungen konfiguration parametres ajustes impostazioni instellingen"""
    ),
    "an error": words_in("error errors err fault faults fehler erreurs errores errori"),
    "a covariance": words_in("covariance covariances cov"),
    "a description": words_in("capabilities schema definition definitions"),
}
"""(why what stands under a key, however deep, is no measurement, the words that the key is or ends in)."""

_RADIO_BESIDE = ("rssi", "snr", "lsnr", "lqi", "datr", "modulation")
_FLAGS = words_in("flags flag bitmask bitfield mask bits statusword statusbits errorbits alarmbits")

_TIME_WORDS = """
    time timestamp ts tst datetime unixtime unixtimestamp epoch utc tsi timestampms timems epochms epochtime
    tms dateutc timeutc utctime stime devicetime measuredat measurementtime sampletime
    sourcetimestamp readingtime phenomenontime date dt t tstamp stamp
"""
_TIMES = _TIME_WORDS.split()
_LATER_TIME_WORDS = """
    receivedat servertimestamp publishedat published sentat sent recorded recordedat createdat created
    observed observedat lastseen lastupdate lastupdated updated updatedat lastchanged modified rtc clock
    tsms tsus tsns timestampus timestampns reportedat enqueuedtime observationtime observedtime
    resulttime readingtime now eventtime
"""
_LATER_TIMES = _LATER_TIME_WORDS.split()
_KNOWN_TIMES = frozenset((*_TIMES, *_LATER_TIMES))
_OF_NO_KNOWN_NAME = 1 + len(_KNOWN_TIMES) + 1
"""The rank of times whose keys only end like those of times."""

_STAMPS = words_in("created updated updatedat lastupdate lastupdated lastchanged modified")
"""Times that may be those of something else; they count only near the time of arrival."""

_OTHER_TIMES = words_in(
    """lc lu minutets sunrise sunset moonrise moonset expires expiry expiration start end begin since until
    boot boottime lastboot lastreset starttime endtime timezone tz tzoffset dst nextupdate day month year
    hour weekday utcoffset oday tmst millis ticks"""
)
_PLAIN_TIMES = words_in(
    "time timestamp ts tst datetime epoch utc millis ticks tmst rtc unixtime eventtime timebootms"
)
_TIME_ENDINGS = words_in(
    """time timestamp ts date datetime at stamp epoch utc seen updated changed unixtime tstamp clock since
    until zeit uhrzeit zeitstempel datum heure horodatage date fecha hora tiempo ora tijd tijdstip czas
    zeitpunkt timestring timestr timeiso isotime start end began begin started ended expires expiry
    expiration boot"""
)
"""Last words of keys whose value is a time if it can be one."""

_UNITS_OF_TIME = words_in("s ms us ns sec seconds millis iso utc str string")
_CLOCK_ENDINGS = words_in("timestamp ts datetime epoch tstamp zeitstempel horodatage unixtime dateutc")
_PARTICIPLES = words_in("sent seen begun start end done")
_NOT_CLOCKS = words_in(
    """t dt timems tms date now clock
    published observed recorded modified sent created updated lastseen lastchanged stamp"""
)
_OF_OTHER_THINGS = words_in(
    """start end begin began since until started ended expires expiry expiration boot booted reset sunrise
    sunset moonrise moonset install installed next schedule scheduled due birth built build calibration
    calibrated manufacture manufactured production produced warranty maintenance service alarm zone offset
    valid validity reboot restart deadline eta estimated planned forecast previous prev old window shift
    lease renew renewal factory commissioning commissioned inspection purchase battery error"""
)
"""Words of keys whose time is that of something else than of the message's numbers."""

_DURATIONS = words_in("uptime runtime downtime lifetime ontime offtime overtime playtime worktime burntime")
_OF_THE_SAMPLE = words_in(
    """measured measurement sample sampled reading acquisition sensor device gps gnss source event observed
    local meter"""
)
_ON_THE_WAY = words_in(
    """server received receive gateway publish published ingest upload uploaded store stored process processed
    broker cloud"""
)

_QUANTITIES = words_in(
    """heat temperature temp humidity hum humid pressure press barometer battery batt voltage volt volts
    current ampere power watt energy level co2 co tvoc voc pm pm1 pm10 pm25 lux light illuminance
    illumination brightness wind rain rainfall speed rssi snr signal lqi linkquality soil moisture dew
    dewpoint uv distance depth flow volume weight load mass gas frequency angle tilt altitude height lat
    latitude lon lng long longitude count total percent radiation noise sound ph ec tds turbidity oxygen
    vibration acceleration torque rpm duty position setpoint target direction gust usage used free cpu
    memory uptime value val svalue nvalue temperatur temperatura temperatuur feuchte feuchtigkeit
    luftfeuchte luftfeuchtigkeit druck luftdruck spannung strom leistung energie helligkeit drehzahl pegel
    tension courant puissance vitesse humedad presion voltaje corriente potencia velocidad pressione tensione
    corrente potenza umidita vochtigheid luchtvochtigheid luchtdruk spanning vermogen umidade pressao tensao"""
)
"""Words that vouch for a number whose form speaks against it; others are measurements, too, but for `_REASONS`."""
_FAR_BELOW_ZERO = words_in(
    """power watt watts energy current position altitude alt depth balance offset error torque force grid total
    pwr w kw va var p"""
)
_TEMPERATURES = ("temp", "dew", "chill", "heat")
_STATES = words_in(
    """state power relay switch output contact occupancy occupied motion presence present waterleak leak smoke
    tamper vibration open opened door window lock locked light lamp pump fan valve heater heating cooling
    low fault overload monoxide gas alarm on running active charging plugged input pir rain button doorbell
    movement flood moisture plug ignition moving online connected reachable available armed triggered
    emergency trouble sounding flowing defrost defrosting dry wet full empty jammed blocked stuck inuse home
    away burner boiler compressor brake engine di do din dout coil limit estop bewegung fenster tuer tür
    offen geöffnet rauch licht pumpe heizung alarme porte fenêtre fenetre ouvert ouverte mouvement fumée
    pompe puerta ventana abierta abierto movimiento humo luz bomba porta finestra aperto aperta luce deur
    raam beweging detected closed"""
)
_STATE_ENDINGS = ("active", "running", "alarm", "online", "connected", "detected", "charging", "isopen")
"""Ends of keys that are written in one word: heatingactive."""

_STATE_BEGINNINGS = words_in("is has state on low high over under at")
_AVAILABILITY = words_in("lwt availability will available")
_TOPIC_STATES = words_in("state status online connected connection presence")

_WIRELESS = words_in("wifi wlan wireless sta ap")

_AMBIGUOUS = words_in("port host phone release units build address source")
_REASONS = (
    ("an id", _IDS),
    ("a checksum", _CHECKSUMS),
    ("a version", _VERSIONS),
    ("a sequence number", _SEQUENCES),
    ("a port", _PORTS),
    ("a time zone", _ZONES),
    ("a unit", _UNITS),
    ("a radio setting", _RADIO),
    ("a kind", words_in("dpt dpst")),
)
"""(why a value is no measurement, the words that its key is or ends in then)."""


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
    return above in _ID_SCOPES or not scopes.isdisjoint((above, *words))


@lru_cache(maxsize=5_000)
def _sense_of(key: str, parent: str) -> KeySense:
    words = words_of(key)
    if not words:
        return KeySense()
    joined, last = "".join(words), words[-1]
    above = words_of(parent) if parent else ()
    rank = _time_rank(words, joined)
    is_dated = last in _TIME_ENDINGS or (len(words) > 1 and words[0] in ("date", "time", "last"))
    is_time = rank is not None or joined in _OTHER_TIMES or is_dated
    return KeySense(
        reason=_reason(words, joined, above),
        if_whole=_reason_if_whole(words, joined, above),
        time_rank=rank,
        is_time=is_time,
        is_stamp=joined in _STAMPS,
        is_clock=_is_clock(words, joined),
        is_frequency=joined in _FREQUENCIES,
        is_quantity=any(word in _QUANTITIES for word in words),
        is_state=not {last, joined, _base(words)}.isdisjoint(_STATES)
        or words[0] in _STATE_BEGINNINGS
        or joined.endswith(_STATE_ENDINGS),
    )


_LATITUDES, _LONGITUDES = words_in("lat latitude breite"), words_in("lon lng long longitude laenge")
_SETTINGS = words_in(
    """enable enabled disable disabled schedule setup calibrate calibrated calibration detection mode allow allowed
    permit auto autolock childlock invert inverted debug verbose test testmode buffered retained retain valid ok
    success ack acknowledged supported writable readable persistent secure tls dhcp cached late last"""
)


def is_setting(key: str) -> bool:
    """Whether what is true or false under a key is how a device is set, or how a message went.

    Example:
        >>> is_setting("child_lock_enabled"), is_setting("window")
        (True, False)
    """
    words = words_of(key)
    return not words or not _SETTINGS.isdisjoint((words[-1], "".join(words)))


def reason_of_scope(key: str) -> str:
    """Why nothing that stands under a key is a measurement; `""` where it may be.

    Example:
        >>> reason_of_scope("cfg"), reason_of_scope("orientation_covariance"), reason_of_scope("values")
        ('a setting', 'a covariance', '')
    """
    return _reason_of_scope(key[-_LONGEST_KEY:])


@lru_cache(maxsize=5_000)
def _reason_of_scope(key: str) -> str:
    words = words_of(key)
    if not words:
        return ""
    names = (words[-1], "".join(words))
    return next((reason for reason, scopes in _SCOPES.items() if not scopes.isdisjoint(names)), "")


def is_temperature(key: str) -> bool:
    """Whether a key names a temperature.

    Example:
        >>> is_temperature("outTemp_F"), is_temperature("DewPoint"), is_temperature("power")
        (True, True, False)
    """
    lower = key.lower()
    return any(word in lower for word in _TEMPERATURES)


_DIAGNOSES = words_in(
    """rssi snr lqi linkquality signal battery batt voltagebattery batteryvoltage uptime heap freeheap wifi channel
    retries errors interval sensorbattery lastseen distance powerdbm txpower noise loss ttl age"""
)


def is_diagnosis(key: str) -> bool:
    """Whether a key names a number about the device or its radio: a unit beside it is that of another one.

    Example:
        >>> is_diagnosis("rssi"), is_diagnosis("weight")
        (True, False)
    """
    words = words_of(key)
    return bool(words) and (words[0] in _DIAGNOSES or words[-1] in _DIAGNOSES or "".join(words) in _DIAGNOSES)


def most_degrees(key: str) -> float | None:
    """The highest latitude, or longitude, of any place, where a key names one; else None.

    Example:
        >>> most_degrees("latitude_i"), most_degrees("lng"), most_degrees("latency")
        (90.0, 180.0, None)
    """
    words = frozenset(words_of(key))
    if not words.isdisjoint(_LATITUDES):
        return 90.0
    return None if words.isdisjoint(_LONGITUDES) else 180.0


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


def _time_rank(words: tuple[str, ...], joined: str) -> int | None:
    """How likely the time under a key is that of the message, 0 the most; None where it is another's."""
    if len(words) > 1 and words[-1] in _UNITS_OF_TIME:
        words = words[:-1]
    if joined in _OTHER_TIMES:
        return None
    if joined in _TIMES:
        return _TIMES.index(joined)
    if joined in _LATER_TIMES:
        return len(_TIMES) + _LATER_TIMES.index(joined)
    is_time = words[-1] in _TIME_ENDINGS or joined.startswith(("timestamp", "datetime"))
    if not is_time and not (joined.endswith("time") and joined not in _DURATIONS):
        return None
    if not _OF_OTHER_THINGS.isdisjoint(words):
        return None
    if not _OF_THE_SAMPLE.isdisjoint(words):
        return _OF_NO_KNOWN_NAME - 1
    return _OF_NO_KNOWN_NAME + (0 if _ON_THE_WAY.isdisjoint(words) else 1)


def _is_clock(words: tuple[str, ...], joined: str) -> bool:
    """Whether a key is that of a time, whatever the number under it: the ticks of a clock never set."""
    if joined in _PLAIN_TIMES or words[-1] in _CLOCK_ENDINGS:
        return True
    if words[-1] == "at" and len(words) > 1:
        return words[-2].endswith("ed") or words[-2] in _PARTICIPLES
    return joined in _KNOWN_TIMES and joined not in _NOT_CLOCKS


def _reason(words: tuple[str, ...], joined: str, parent: tuple[str, ...]) -> str:
    above = "".join(parent)
    if above in _ID_SCOPES:
        return "an id"
    if len(words) > 1 and words[-1] in _NUMBERS and words[-2] in _NUMBERED:
        return "a serial number"
    if not _SEQUENCES.isdisjoint(words) or joined in _INDICES or _counts_sequence(words):
        return "a sequence number"
    if words[-1] in _AMBIGUOUS and not _QUANTITIES.isdisjoint(words[:-1]):
        return ""  # the pressure at the release, the temperature of the hot water
    if joined.startswith("fcnt"):
        return "a sequence number"
    if any(word.startswith("checksum") for word in words):
        return "a checksum"
    if "version" in words or words[0] in ("firmware", "fw", "bootloader"):
        return "a version"
    if words[-1] in _FLAGS:
        return "a set of flags"
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
