"""The unit that a key ends in: `wind_avg_km_h`, `battery_mV`, `Temperature (°C)`, `power_w`, `tempf`.

Whole words and symbols count behind any key. A lone letter, and a word that may mean something else (`min`, `in`,
`bar`), count only behind the name of a quantity that is measured in it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ...base.units import is_known, symbol

_LONGEST_KEY = 40
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_]+|[%°µμΩ℃℉]+")
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_LONGEST_UNIT, _LONGEST_RUN = 16, 24
_BREAK = re.compile(r"[_\-\s.]")
_BEHIND_A_SIGN = re.compile(r"\s/\s?|/|,\s?|\s(?:in|en)\s")

# As they are written.
_EXACT = """
    mV kV mA kW kWh MWh Wh VA kVA Pa hPa kPa MPa mbar psi PSI inHg mmHg lx lux klx Hz kHz MHz GHz mm cm km mph
    dB dBm dBi ppm ppb rpm RPM deg pct percent degC degF mW MW mWh mAh Ah mOhm Nm kN mg kg lb lbs µA uA nA µS uS
    kB MB GB
"""

_WHOLE_WORDS = """
    percent percentage pct celsius fahrenheit kelvin volt volts amps ampere amperes watts kilowatt kilowatts
    ohms hertz lux lx rpm dbm db ppm ppb psi hpa kpa mbar millibar mbars inhg mmhg kmh kph mph kwh wh mwh kw mw
    mv kv mah ah kva kvar hz khz mhz ghz mm cm km kg lbs ntu bpm cfm degc degf degrees deg sec secs second
    seconds mins minutes hrs hours ms msec millis us usec days litres liters liter litre gallons grams kilograms
    pascal pascals meters metres inches feet knots kts kbps mbps bytes kb mb gb kilobytes megabytes gib mib kib
    grad prozent sekunden minuten stunden
"""
_WORDS = {word: symbol(word) for word in _WHOLE_WORDS.split()}
_WORDS |= {
    "mw": "mW",
    "mwh": "mWh",
    "mv": "mV",
    "kv": "kV",
    "kw": "kW",
    "wh": "Wh",
    "mah": "mAh",
    "ah": "Ah",
    "kva": "kVA",
    "kvar": "kvar",
    "hpa": "hPa",
    "kpa": "kPa",
    "mbars": "mbar",
    "khz": "kHz",
    "mhz": "MHz",
    "ghz": "GHz",
    "ntu": "NTU",
    "kb": "kB",
    "mb": "MB",
    "gb": "GB",
    "kilobytes": "kB",
    "megabytes": "MB",
    "gib": "GiB",
    "mib": "MiB",
    "kib": "KiB",
    "bytes": "B",
    "millis": "ms",
    "inhg": "inHg",
    "mmhg": "mmHg",
    "gallons": "gal",
    "grams": "g",
    "kilograms": "kg",
    "meters": "m",
    "metres": "m",
    "inches": "in",
    "feet": "ft",
    "knots": "kn",
    "kts": "kn",
    "kbps": "kbit/s",
    "mbps": "Mbit/s",
    "lbs": "lb",
    "pascal": "Pa",
    "grad": "°",
    "prozent": "%",
    "sekunden": "s",
    "minuten": "min",
    "stunden": "h",
    "kilowatt": "kW",
    "kilowatts": "kW",
    "us": "µs",
    "usec": "µs",
    "%": "%",
    "°": "°",
    "µa": "µA",
    "ua": "µA",
    "℃": "°C",
    "℉": "°F",
}
_WORDS_AS_WRITTEN = {**{word: symbol(word) for word in _EXACT.split()}, "PSI": "psi", "RPM": "rpm", "uA": "µA"}

_PHRASES = {
    **dict.fromkeys(("km h", "km hr", "km per h", "km per hour"), "km/h"),
    **dict.fromkeys(("m s", "m per s", "meters per second", "metres per second"), "m/s"),
    **dict.fromkeys(("mi h", "miles per hour"), "mph"),
    **dict.fromkeys(("mm h", "mm hr", "mm per hour", "mm per h"), "mm/h"),
    **dict.fromkeys(("in h", "in hr", "in per hour", "inches per hour"), "in/h"),
    **dict.fromkeys(("ug m 3", "µg m 3", "ugm 3", "ug per m 3"), "µg/m³"),
    **dict.fromkeys(("mg m 3", "mgm 3"), "mg/m³"),
    **dict.fromkeys(("w m 2", "w per m 2", "wm 2", "watts per m 2"), "W/m²"),
    **dict.fromkeys(("l h", "l hr", "l per h", "l per hour"), "L/h"),
    **dict.fromkeys(("l min", "l per min", "lpm", "l per minute", "liters per minute"), "L/min"),
    **dict.fromkeys(("m 3 h", "m 3 per h", "m 3 hr", "m 3h"), "m³/h"),
    **dict.fromkeys(("deg c", "degree c", "degrees c", "degree celsius", "degrees celsius", "° c"), "°C"),
    **dict.fromkeys(("deg f", "degree f", "degrees f", "degrees fahrenheit", "° f"), "°F"),
    **dict.fromkeys(("µs cm", "us cm"), "µS/cm"),
    **dict.fromkeys(("ms cm",), "mS/cm"),
    **dict.fromkeys(("in hg",), "inHg"),
    **dict.fromkeys(("mm hg",), "mmHg"),
    **dict.fromkeys(("deg s", "deg per s", "dps"), "°/s"),
    **dict.fromkeys(("m s 2", "m per s 2", "ms 2"), "m/s²"),
    **dict.fromkeys(("mg l", "mg per l"), "mg/L"),
    **dict.fromkeys(("k wh", "kw h"), "kWh"),
    "rain in": "in",
    "m 3": "m³",
}
_MOST_IN_PHRASE = 4

_TEMPERATURES = (
    "temp dew heat chill feels therm coolant ambient setpoint target tmp freez boiler flow_temp return_temp "
    "inlet outlet"
)
_LENGTHS = (
    "alt height heigh dist depth level range elev length width thick visib wave snow travel stroke gap radius"
)
_DURATIONS = """
    uptime up duration time interval age runtime elapsed period latency delay timeout lifetime remaining latenz
    dauer on_for off_for since laufzeit sleep awake ping rtt cycle response lag
"""
_LETTERS = {
    "c": ("°C", _TEMPERATURES),
    "f": ("°F", _TEMPERATURES),
    "k": ("K", "temp color_temp colortemp"),
    "a": ("A", "current amp curr strom ibat ipv charge_c"),
    "ma": ("mA", "current amp curr strom charg batt load solar pv shunt bus ch i_ "),
    "v": ("V", "volt batt bat cap supply vcc vdd vin vout pv panel solar cell spannung bus adc"),
    "w": ("W", "power watt load pv solar grid consumption leistung production export import panel charg heater"),
    "m": ("m", _LENGTHS),
    "s": ("s", _DURATIONS),
    "h": ("h", "runtime uptime duration hours laufzeit elapsed age remaining"),
    "min": ("min", "runtime uptime duration laufzeit elapsed age remaining interval"),
    "l": ("L", "volume vol tank water fuel consumption total usage"),
    "g": ("g", "weight mass load accel acc gewicht"),
    "t": ("t", "mass tonnage"),
    "pa": ("Pa", "press druck vapo vapour vpd partial baro"),
    "bar": ("bar", "press druck p1 p2 pump water oil inlet outlet"),
    "j": ("J", "energy work"),
    "n": ("N", "force thrust load"),
    "nm": ("Nm", "torque moment"),
    "in": ("in", "rain snow precip dist length depth_water height"),
    "ft": ("ft", _LENGTHS),
    "mi": ("mi", "dist range odo travel"),
    "wh": ("Wh", "energy"),
    "var": ("var", "react power"),
    "va": ("VA", "appar power"),
    "hour": ("h", "runtime uptime"),
    "gal": ("gal", "volume tank water fuel usage total"),
    "oz": ("oz", "weight mass"),
    "lb": ("lb", "weight mass load"),
    "ug": ("µg", "mass"),
    "mg": ("mg", "mass weight dose"),
    "ml": ("mL", "volume dose water"),
    "mps": ("m/s", "speed wind gust velo"),
    "kt": ("kn", "speed wind gust"),
    "kn": ("kn", "speed wind gust"),
    "ns": ("ns", "latency duration delay"),
}
"""Letters, and words that may be others: (unit, beginnings of words for what is measured in it)."""

_RUN_TOGETHER = re.compile(
    r"(?:temp|dewpoint|windchill|heatindex|feelslike)(?:in|out|[0-9]{1,2}){0,2}([cf])|"
    r"(?:wind|gust|maxdaily)[a-z]{0,12}(mph|kmh|kph)|baro[a-z]{0,12}(in)|[a-z]{0,10}(?<!u)rain(?!rate)[a-z]{0,8}(in)|"
    r"rainrate(in)|(?:temp|humid|press|volt|curr|power|energy)[a-z]{0,12}?(degc|degf|celsius|hpa|kpa|kwh)"
)
"""Keys of weather stations that write no `_` before the unit (the forms of Weather Underground and Ecowitt)."""

_SYMBOLS_RUN_TOGETHER = {
    "c": "°C",
    "f": "°F",
    "mph": "mph",
    "kmh": "km/h",
    "kph": "km/h",
    "degc": "°C",
    "degf": "°F",
}
_SYMBOLS_RUN_TOGETHER |= {"celsius": "°C", "hpa": "hPa", "kpa": "kPa", "kwh": "kWh"}
_SPEEDS = ("speed", "wind", "gust")


@lru_cache(maxsize=5_000)
def _unit_of(key: str) -> str:
    return _in_brackets(key) or _behind_a_sign(key) or _in_words(key) or _run_together(key)


def unit_in_key(key: str) -> str:
    """The unit that a key ends in, or `""`.

    Example:
        >>> unit_in_key("temperature_C"), unit_in_key("wind_avg_km_h"), unit_in_key("phase_A"), unit_in_key("tF")
        ('°C', 'km/h', '', '°F')
        >>> unit_in_key("Humidity [%]"), unit_in_key("uptime_s"), unit_in_key("temp_min"), unit_in_key("baroin")
        ('%', 's', '', 'inHg')
    """
    return _unit_of(key[-_LONGEST_KEY:])


def lone_letter(key: str) -> str:
    """The letter that a key ends in, behind `_`, where it may be a unit or tell one of several; `""` for none.

    Example:
        >>> lone_letter("current_a"), lone_letter("current_amps")
        ('a', '')
    """
    return key[-1] if key[-2:-1] == "_" and key[-1:].isalpha() else ""


def _in_brackets(key: str) -> str:
    opening = _BRACKETS.get(key[-1:])
    if opening is None:
        return ""
    text = key[key.rfind(opening) + 1 : -1].strip() if opening in key else ""
    return symbol(text) if 0 < len(text) <= _LONGEST_UNIT and _is_unit(text) else ""


def _behind_a_sign(key: str) -> str:
    """The unit in `Temperature / °C`, `Druck, hPa` and `Pressure in hPa`."""
    if "/" not in key and "," not in key and " " not in key:
        return ""
    *before, last = _BEHIND_A_SIGN.split(key[-_LONGEST_UNIT - 8 :])
    return symbol(last) if before and 0 < len(last) < len(key) - 3 and _is_unit(last) else ""


def _is_unit(text: str) -> bool:
    return is_known(text) and (len(text) > 1 or not text.islower() or text in "%°")


def _in_words(key: str) -> str:
    parts = _PART.findall(key)
    if not parts or (len(parts) == 1 and len(parts[0]) == len(key)):
        return ""
    lower = [part.lower() for part in parts]
    for count in range(min(_MOST_IN_PHRASE, len(parts)), 1, -1):
        unit = _PHRASES.get(" ".join(lower[-count:]), "")
        if unit and (count < len(parts) or unit == "in"):
            return "" if unit == "m/s" and not _measures(lower, " ".join(_SPEEDS) + " velo flow") else unit
    last = _BREAK.split(key)[-1]
    if len(last) == len(key) or not (last in _WORDS_AS_WRITTEN or last.lower() in _WORDS):
        last = parts[-1]
        if len(parts) > 2 and len(parts[-2]) == 1 and "".join(lower[-2:]) in _WORDS:
            last = parts[-2] + last  # the hPa of pressureHPa
    if len(last) == len(key):
        return ""
    unit = _WORDS_AS_WRITTEN.get(last, "") or _WORDS.get(last.lower(), "")
    if unit == "ms" and _measures(lower, " ".join(_SPEEDS)):
        return ""  # metres a second, perhaps
    return unit or _of_a_letter(key, lower, last)


def _of_a_letter(key: str, lower: list[str], last: str) -> str:
    if key in ("tC", "tF"):
        return f"°{last}"
    unit, measured = _LETTERS.get(last.lower(), ("", ""))
    if not unit or not _measures(lower[:-1], measured):
        return ""
    parted = key[-len(last) - 1 : -len(last)]
    return unit if parted in ("_", "-", " ", ".") or (parted.islower() and not last.islower()) else ""


def _measures(words: list[str], quantities: str) -> bool:
    """Whether one of some words begins like the name of one of some quantities."""
    starts = tuple(quantities.split())
    return any(word.startswith(starts) for word in words) or "_".join(words).startswith(starts)


def _run_together(key: str) -> str:
    match = _RUN_TOGETHER.fullmatch(key.lower()) if len(key) <= _LONGEST_RUN else None
    if match is None:
        return ""
    letter, speed, pressure, rain, rate, other = match.groups()
    if pressure or rain or rate:
        return "inHg" if pressure else "in" if rain else "in/h"
    return _SYMBOLS_RUN_TOGETHER[letter or speed or other]
